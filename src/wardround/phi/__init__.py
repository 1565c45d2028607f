"""The scan for identifiers of patients (PHI) in everything that could leave: files, tables, messages, logs."""
