"""The scheduled look at what the served model did: windows of the log and of outcomes, findings, report, history, alerts."""
