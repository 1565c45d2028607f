"""Whether the service and the pipeline work: from the log, from the service's metrics, and from past runs."""
