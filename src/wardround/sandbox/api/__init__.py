"""GitHub's REST API v3, as much of it as Wardround, PyGithub, git and CML use: one table of permissions, small handlers.

``view`` and ``shapes_*`` turn records into GitHub's JSON; ``permissions`` is the table; the other modules handle calls.
"""
