"""A project: one model, its ``params.yaml`` and its paths."""
