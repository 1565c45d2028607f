"""The withdrawal of subjects: where they are, what is erased, what remains of that, and what must be trained again."""
