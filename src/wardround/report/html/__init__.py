"""A document as one self-contained page: no script, no address, nothing beside the file."""
