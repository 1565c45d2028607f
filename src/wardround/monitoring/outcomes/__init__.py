"""What became of the patients of whom the service answered: outcomes joined to the log, and what they say of the model."""
