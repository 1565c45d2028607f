"""What happens after a release: what the service answered, and what became of it."""
