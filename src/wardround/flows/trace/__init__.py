"""From an answer back to its data and forth again: every link looked at, and said to be verified or not."""
