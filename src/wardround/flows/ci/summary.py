"""The summary of a job: the comment's edition of the report, on the run's own page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: GitHub drops a step's summary above 1 MiB (*Workflow commands*, step isolation and limits).
LIMIT = 1024 * 1024


def append(env: Mapping[str, str], text: str) -> bool:
    """Appends ``text`` to the file that ``GITHUB_STEP_SUMMARY`` names, once; returns whether the file holds it.

    False where there is no such file, or no room: the report is in the artifact all the same.
    """
    name = env.get("GITHUB_STEP_SUMMARY", "")
    if not name:
        return False
    path = Path(name)
    there = path.read_bytes() if path.is_file() else b""
    more = text.rstrip("\n").encode() + b"\n"
    if more in there:
        return True
    if len(there) + len(more) + 1 > LIMIT:
        return False
    with path.open("ab") as stream:
        stream.write((b"\n" if there and not there.endswith(b"\n") else b"") + more)
    return True
