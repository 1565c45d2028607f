"""What the monitor is asked, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.disclosure.watched import WatchView
    from wardround.evidence.monitor import MonitorEvidence
    from wardround.project.layout import Project


def silent(_line: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class MonitorRequest:
    """One look at ``now`` (aware). ``until`` is the day at which it looks, None for today (UTC); a day of the past looks as it was known then.

    ``stage`` empty: that of the params. ``record`` False writes no history, and ``alert`` False sends nothing. ``env`` is the environment:
    places of log and key, forge, secrets of alerts.
    """

    project: Project
    now: dt.datetime
    until: dt.date | None = None
    stage: str = ""
    record: bool = True
    alert: bool = True
    env: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = silent

    @property
    def day(self) -> dt.date:
        """The day at which the look looks."""
        return self.until or self.now.astimezone(dt.UTC).date()


@dataclass(frozen=True)
class MonitorResult:
    """What was seen and where it was written. ``entry`` is the history's, empty when none was written; ``recorded`` False: it was there already.

    ``note`` is the report as Markdown without pictures. ``sent`` are the ways by which the alert went out, ``unsent`` those that failed, with the reason.
    ``owed`` are the ways by which the next look has to send what could not be sent, by this look or by one before it.
    """

    evidence: MonitorEvidence
    watch: WatchView
    report: Path
    entry: str = ""
    recorded: bool = False
    sent: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    note: str = ""
