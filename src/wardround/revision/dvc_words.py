"""How DVC words what it does: which stage ran, was restored, or failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

RUNNING = re.compile(r"^Running stage '(?:.*:)?([\w-]+)'")
CACHED = re.compile(r"^Stage '(?:.*:)?([\w-]+)' is cached - skipping run")
UNCHANGED = re.compile(r"^Stage '(?:.*:)?([\w-]+)' didn't change, skipping")
_FAILED = re.compile(r"failed to reproduce '(?:.*:)?([\w-]+)'")
#: DVC's own lines of progress. What stages and the team's code print may hold cells of patient data and goes no further.
PROGRESS = re.compile(
    r"^(?:Running stage|Stage) '|^(?:Generating|Updating) lock file '|^(?:Fetching|Pulling|Downloading)\b"
)
#: How DVC refuses to overwrite an output that was edited.
UNSAVED = "Can't remove the following unsaved files"
ENDED = re.compile(r"failed to reproduce '[^']+': (?:failed to run: )?(.{1,300})")


def failed(lines: Sequence[str]) -> tuple[str, ...]:
    """Stages that could not be reproduced."""
    return tuple(match.group(1) for line in lines if (match := _FAILED.search(line)))


def names(pattern: re.Pattern[str], lines: Sequence[str]) -> tuple[str, ...]:
    """The stages of the lines that match."""
    return tuple(match.group(1) for line in lines if (match := pattern.match(line)))


def own_words(lines: Sequence[str]) -> str:
    """What DVC itself said, without what stages printed before it was ended."""
    return tail("\n".join(line for line in lines if PROGRESS.match(line) or line.startswith("ERROR: ")))


def tail(text: str, lines: int = 6) -> str:
    """The last lines, as one."""
    kept = [line.strip() for line in text.splitlines() if line.strip() and "troubleshooting" not in line]
    return " | ".join(kept[-lines:])[:800]
