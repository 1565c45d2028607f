"""From a table to a project: look at every cell once, decide what each column is for, and write files that people read."""
