"""What a look at outcomes is asked, and what it gives back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.evidence.measures import Metrics
from wardround.evidence.monitor import Cause, MonitorFinding, Signal, Span
from wardround.project.params import Params


@dataclass(frozen=True)
class OutcomeRequest:
    """One look.

    ``windows`` are disjoint and in order. ``until`` is the day of the look (UTC): what was answered or recorded after it does not exist yet.
    ``log`` and ``outcomes`` are fsspec URLs (``outcomes`` None: nothing is known of what happened); a relative local one starts at ``root``.
    ``key`` is the log's key, needed where outcomes name encounters as the hospital does. ``reference`` is what ``evaluate`` measured of the
    version. ``version`` None takes the one that answered last. ``runs`` holds the content of ``run.json`` of past pipeline runs. ``inputs`` are the
    contract's columns whose regions are looked at for concept drift; those that the log does not hold are left out. ``today`` is the day on
    which the look is made (None: ``until``): what the log holds of days between the two is no clock that is ahead.
    """

    params: Params
    log: str
    outcomes: str | None
    windows: tuple[Span, ...]
    until: dt.date
    key: bytes = b""
    reference: Metrics | None = None
    version: str | None = None
    wal: Path | None = None
    root: Path = Path()
    runs: tuple[Mapping[str, Any], ...] = ()
    inputs: tuple[str, ...] = ()
    today: dt.date | None = None

    @property
    def ended(self) -> dt.date:
        """The first day (UTC) of which something is still to come: the day of the look itself where it is the day on which the look is made.

        Nothing is older than the whole days before it.
        """
        return min(self.until + dt.timedelta(days=1), self.today or self.until)


@dataclass(frozen=True)
class OutcomeLook:
    """What was found. ``answers`` are encounters of the stage, ``outcomes`` those of them whose outcome is known, ``matured`` those in mature windows.

    ``skipped`` says what was not read or not counted, and why, without a value of a patient.
    """

    signals: tuple[Signal, ...] = ()
    findings: tuple[MonitorFinding, ...] = ()
    causes: tuple[Cause, ...] = ()
    version: str = ""
    versions: tuple[str, ...] = ()
    answers: int = 0
    outcomes: int = 0
    matured: int = 0
    skipped: tuple[str, ...] = ()
    #: Windows whose outcomes count as known.
    mature: tuple[str, ...] = field(default=())
