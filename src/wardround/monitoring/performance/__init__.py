"""How well the served model predicts what then happened: decay against what was validated, by group, and where it lies."""
