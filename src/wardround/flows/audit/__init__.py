"""What an auditor asks for, of a period: one zip file that is the same bytes for the same repository."""
