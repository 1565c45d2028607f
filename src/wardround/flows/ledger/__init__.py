"""The ledger in a repository: read from every branch that has some of it, verified, and written on one branch of its own."""
