"""What the model is worth, under assumptions that its owners state."""
