"""The sections of a report, one module a subject: published values in, blocks out."""
