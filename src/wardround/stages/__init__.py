"""The pipeline: ingest, validate, features, split, tune, train, evaluate. Pure functions with thin input and output."""
