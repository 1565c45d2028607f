"""What can be said before outcomes are known, and why that is blind to a change of what the inputs mean."""
