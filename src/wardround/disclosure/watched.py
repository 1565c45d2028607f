"""The published values of monitoring: what a report, a history entry, an alert or the dashboard may say of the windows."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from wardround.disclosure.shapes import Maybe, Number, Shape, Text
from wardround.disclosure.statements import FactView
from wardround.disclosure.values import Count, Disclosed, Quantity

#: Rules that count requests and runs of programs, not patients: small counts are no secret there, and are left out of the views.
OPERATIONS = frozenset(("service.latency", "service.errors", "service.memory", "service.pipeline", "monitor.heartbeat"))


@dataclass(frozen=True)
class WindowView(Disclosed):
    """A window: ``start`` included, ``end`` excluded, as ISO dates."""

    name: str
    start: str
    end: str


@dataclass(frozen=True)
class SignalView(Disclosed):
    """One measure of one window. Limits are parameters; ``state`` says why there is no number, where it was not assessed."""

    rule: str
    measure: str
    window: str
    column: str
    level: str
    n: Count
    estimate: Quantity
    low_limit: float | None
    high_limit: float | None
    crossed: bool
    state: str
    note: str

    @property
    def group(self) -> str:
        """``all``, or ``column=level``; an input's own name where there is no level."""
        return f"{self.column}={self.level}" if self.level else self.column or "all"


@dataclass(frozen=True)
class WatchFindingView(Disclosed):
    """What one rule of the monitor says; ``severity`` is ``note``, ``warning`` or ``alert``."""

    rule: str
    severity: str
    subject: str
    summary: str
    advice: str
    since: str
    windows: tuple[str, ...]
    facts: tuple[FactView, ...]


@dataclass(frozen=True)
class CauseView(Disclosed):
    """A probable cause, and the rules that speak for it."""

    kind: str
    subject: str
    summary: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class WatchView(Disclosed):
    """One look of the monitor, as it may be shown. Made by :func:`wardround.disclosure.watching.watched`."""

    _: KW_ONLY
    min_cell: int
    project: str
    stage: str
    versions: tuple[str, ...]
    until: str
    windows: tuple[WindowView, ...]
    answers: Count
    outcomes: Count
    matured: Count
    skipped: tuple[str, ...]
    signals: tuple[SignalView, ...]
    findings: tuple[WatchFindingView, ...]
    causes: tuple[CauseView, ...]

    @property
    def severity(self) -> str:
        """The worst severity of all findings; empty without findings."""
        found = {finding.severity for finding in self.findings}
        return next((name for name in ("alert", "warning", "note") if name in found), "")


_NAME = Text(longest=200)
_RULE = Text(longest=100, pattern=r"[a-z_]+(\.[a-z_0-9]+)*")
_DAY = Text(longest=10, pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LIMIT = Maybe(Number())
#: Exact shapes of the fields of these classes.
EXACT: tuple[tuple[tuple[str, str], Shape], ...] = (
    (("WindowView", "name"), _NAME),
    (("WindowView", "start"), _DAY),
    (("WindowView", "end"), _DAY),
    (("SignalView", "rule"), _RULE),
    (("SignalView", "measure"), _NAME),
    (("SignalView", "window"), _NAME),
    (("SignalView", "column"), _NAME),
    (("SignalView", "level"), _NAME),
    (("SignalView", "low_limit"), _LIMIT),
    (("SignalView", "high_limit"), _LIMIT),
    (("SignalView", "state"), Text(among=("assessed", "too few", "immature", "not available"))),
    (("WatchFindingView", "rule"), _RULE),
    (("WatchFindingView", "severity"), Text(among=("note", "warning", "alert"))),
    (("WatchFindingView", "subject"), Text(longest=401)),
    (("CauseView", "kind"), Text(longest=40, pattern="[a-z ]+")),
    (("WatchView", "project"), Text(longest=64, pattern=r"[a-z][a-z0-9-]{0,62}[a-z0-9]")),
    (("WatchView", "stage"), Text(longest=64, pattern=r"[a-z][a-z0-9-]*")),
    (("WatchView", "until"), _DAY),
    (("WatchView", "min_cell"), Number(whole=True, least=1, most=1000)),
)
