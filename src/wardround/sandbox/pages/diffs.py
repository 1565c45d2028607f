"""A file's difference as the rows of a table, with the numbers of both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wardround.sandbox.gitread import FileChange

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
#: A longer difference is folded, as on GitHub.
LONG = 400
#: Lines of one file that are shown at most.
MOST = 3000


@dataclass(frozen=True)
class Row:
    """One line. ``kind``: hunk, add, delete, same or note; ``old`` and ``new`` are 0 where the side has no such line."""

    kind: str
    text: str
    old: int = 0
    new: int = 0


@dataclass(frozen=True)
class FileDiff:
    """One file. ``left_out`` counts lines that are not shown."""

    change: FileChange
    rows: tuple[Row, ...]
    left_out: int = 0

    @property
    def folded(self) -> bool:
        """Whether the page opens with the file closed: long ones, and locks that nobody reads line by line."""
        return len(self.rows) > LONG or self.change.path.endswith((".lock", ".svg"))


def diffs(changes: tuple[FileChange, ...]) -> tuple[FileDiff, ...]:
    """The files as a page shows them."""
    made = []
    for change in changes:
        found = rows(change.patch)
        made.append(FileDiff(change, found[:MOST], max(0, len(found) - MOST)))
    return tuple(made)


def rows(patch: str) -> tuple[Row, ...]:
    """The lines of a patch."""
    made, old, new = [], 0, 0
    for line in patch.split("\n") if patch else ():
        match = _HUNK.match(line)
        if match:
            old, new = int(match[1]), int(match[2])
            made.append(Row("hunk", line))
        elif line.startswith("+"):
            made.append(Row("add", line[1:], 0, new))
            new += 1
        elif line.startswith("-"):
            made.append(Row("delete", line[1:], old))
            old += 1
        elif line.startswith("\\"):
            made.append(Row("note", line[2:]))
        else:
            made.append(Row("same", line[1:], old, new))
            old, new = old + 1, new + 1
    return tuple(made)
