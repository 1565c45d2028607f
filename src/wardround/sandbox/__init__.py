"""A local forge: GitHub's API, git and storage on loopback, so that the whole loop runs on a laptop, offline.

It stands beside the tower: it imports what it needs, and nothing imports it but ``cli`` and tests.
"""
