"""What stands in ``deploy/``: which version runs in a stage, and the files that run it. Values in, texts out; nothing is written here."""
