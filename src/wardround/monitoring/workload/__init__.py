"""What the people at the bedside get: alerts a day, and how the scores are spread."""
