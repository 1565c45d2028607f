"""Evidence of the monitor: what was looked at in which window, what was found, and what probably caused it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import ClassVar

from wardround.evidence.base import Evidence, Frozen
from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate


class Severity(StrEnum):
    """How much a finding asks for: nothing, a look, or action now (exit code 12)."""

    NOTE = "note"
    WARNING = "warning"
    ALERT = "alert"


class State(StrEnum):
    """Whether a signal could be assessed; everything but ``assessed`` never alarms."""

    ASSESSED = "assessed"
    TOO_FEW = "too few"
    IMMATURE = "immature"
    UNAVAILABLE = "not available"


class CauseKind(StrEnum):
    """What moved. ``covariate``: who comes; ``prior``: how many have the outcome; ``concept``: what the same inputs mean."""

    COVARIATE = "covariate"
    PRIOR = "prior"
    CONCEPT = "concept"
    UNITS = "units"
    CODING = "coding"
    OUTAGE = "outage"
    NEW_SITE = "new site"
    SERVICE = "service"
    UNKNOWN = "unknown"


#: Causes that lie in the data's supply: a new fit would learn the fault (they lead to an issue, never to a proposal).
UPSTREAM = frozenset({CauseKind.UNITS, CauseKind.CODING, CauseKind.OUTAGE})


class Span(Frozen):
    """A window of time: ``start`` included, ``end`` excluded (days, UTC). Windows of one look are disjoint."""

    name: str
    start: dt.date
    end: dt.date


class Signal(Frozen):
    """One measure of one window. ``column`` and ``level`` name an input, or a group; empty for everybody.

    ``n`` encounters were there and ``minimum`` are needed. ``limits`` are the lower and upper tolerated values, None where open;
    ``crossed`` says that the whole interval lies outside, after the correction for looking often. ``events`` are those of ``n`` that a
    measure counts, for shares, rates and O/E: outcomes, missing values, alerts; None where nothing is counted (AUROC, PSI). Disclosure
    control needs it: a share whose signal does not tell it is not published.
    """

    rule: str
    measure: str
    window: str
    column: str = ""
    level: str = ""
    n: int
    minimum: int
    events: int | None = None
    estimate: Estimate
    limits: tuple[float | None, float | None] = (None, None)
    crossed: bool = False
    state: State = State.ASSESSED
    note: str = ""


class MonitorFinding(Frozen):
    """What one rule says. ``subject`` names a column, a group or a site; ``since`` the first window of an unbroken run."""

    rule: str
    severity: Severity
    subject: str = ""
    summary: str
    advice: str = ""
    since: str = ""
    windows: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


class Cause(Frozen):
    """A probable cause, the findings' rules that speak for it, and the column, group or site that it concerns."""

    kind: CauseKind
    subject: str = ""
    summary: str
    rules: tuple[str, ...] = ()


class MonitorEvidence(Evidence):
    """What ``wardround monitor`` writes to ``monitor.json``. ``answers`` and ``outcomes`` are counted once each, whatever was written twice.

    ``day`` is the day as on which it looked, ``until`` the end of the last window. ``skipped`` lists what was not read, and why.
    """

    KIND: ClassVar[str] = "monitor"

    project: str
    stage: str
    versions: tuple[str, ...]
    until: dt.date
    windows: tuple[Span, ...]
    answers: int
    outcomes: int
    matured: int
    day: dt.date | None = None
    skipped: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()
    findings: tuple[MonitorFinding, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """The worst severity of all findings; None without findings."""
        order = list(Severity)
        return max((item.severity for item in self.findings), key=order.index, default=None)
