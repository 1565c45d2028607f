"""The rules, one module a family. Each has a page in ``docs/rules``."""
