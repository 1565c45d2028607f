"""The command line: one file per command, which parses, calls a flow, renders and sets the exit code."""
