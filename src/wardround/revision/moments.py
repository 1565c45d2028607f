"""When a commit was made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.revision.git import Git


def day(git: Git, commit: str) -> str:
    """The day of a commit in UTC, as ``2026-05-01``."""
    moment: dt.datetime = git.repository.commit(commit).committed_datetime
    return moment.astimezone(dt.UTC).date().isoformat()
