"""From an alarm of the monitor to one proposal that argues its case, or to an issue for those who supply the data."""
