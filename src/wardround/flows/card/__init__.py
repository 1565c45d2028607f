"""The card of a revision: its material gathered, its forms written, its numbers checked against the evidence."""
