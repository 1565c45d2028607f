"""The JSON files that a run writes: closed, versioned, canonical, hashed.

Full-precision evidence stays inside the trust boundary. What is published is made from it by ``wardround.disclosure``.
"""
