"""From measures of windows to alarms that chance alone seldom raises, however many measures, groups and windows are looked at.

The declared rate of false alerts is shared equally by the families of tests, and within a family by all its tests of a window
(Bonferroni). An alert needs a limit that is crossed in k of n windows, the last among them. Windows hold different encounters: the
probability that a measure at its limit is taken for one beyond it k times is at most C(n - 1, k - 1) p^k, which gives p of a single window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Signal, Span, State

#: Everybody's measures, groups', gaps between groups, regions of the inputs, and what needs no outcomes.
FAMILIES = 5
Limits = tuple[float | None, float | None]
#: The interval at that many standard errors.
IntervalAt = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Candidate:
    """A measure of a window that is to be held against ``limits``; ``far`` are limits beyond which one window is enough for an alert."""

    rule: str
    measure: str
    n: int
    estimate: Estimate
    at: IntervalAt | None = None
    limits: Limits = (None, None)
    far: Limits = (None, None)
    column: str = ""
    level: str = ""
    minimum: int = 0
    events: int | None = None
    state: State = State.ASSESSED
    note: str = ""
    #: Of how many looks this is the worst: all pairs of a grouping, for example.
    tests: int = 1

    @property
    def tested(self) -> bool:
        """Whether there is something to hold against a limit."""
        return self.state is State.ASSESSED and self.at is not None and self.limits != (None, None)


@dataclass(frozen=True)
class Judged:
    """A signal, whether it alone is an alert (``urgent``), and on which side of its limits it lies: -1 below, 1 above, 0 within."""

    signal: Signal
    urgent: bool = False
    side: int = 0


def judge(candidates: Sequence[Candidate], window: Span, rate: float, persistence: tuple[int, int]) -> list[Judged]:
    """Signals of one family of one window. ``rate`` is the family's share of false alerts in 100 windows."""
    tests = sum(candidate.tests for candidate in candidates if candidate.tested)
    single, repeated = quantiles(rate, tests, persistence)
    return [_judged(candidate, window, single, repeated) for candidate in candidates]


def quantiles(rate: float, tests: int, persistence: tuple[int, int]) -> tuple[float, float]:
    """Standard errors that a limit must be away: for an alert by one window, and for one of the k windows."""
    wanted, of = persistence
    each = rate / 100.0 / max(tests, 1)
    repeated = (each / math.comb(of - 1, wanted - 1)) ** (1.0 / wanted)
    normal = NormalDist()
    return -normal.inv_cdf(min(each, 0.4)), -normal.inv_cdf(min(repeated, 0.4))


def side(interval: tuple[float, float], limits: Limits) -> int:
    """Where the whole interval lies: -1 below the limits, 1 above them, 0 neither."""
    low, high = limits
    if low is not None and interval[1] < low:
        return -1
    return 1 if high is not None and interval[0] > high else 0


def _judged(candidate: Candidate, window: Span, single: float, repeated: float) -> Judged:
    where = far = 0
    if candidate.tested and candidate.at is not None:
        where = side(candidate.at(repeated), candidate.limits)
        far = side(candidate.at(single), candidate.far) if candidate.far != (None, None) else 0
    signal = Signal(
        rule=candidate.rule,
        measure=candidate.measure,
        window=window.name,
        column=candidate.column,
        level=candidate.level,
        n=candidate.n,
        minimum=candidate.minimum,
        events=candidate.events,
        estimate=candidate.estimate,
        limits=candidate.limits,
        crossed=where != 0,
        state=candidate.state,
        note=candidate.note,
    )
    return Judged(signal, urgent=far != 0 and far == where, side=where)


@dataclass(frozen=True)
class Run:
    """A measure that lies beyond its limits in the last window in which it could be assessed.

    ``windows`` are those of the last n in which it did, on the same side; ``since`` is the first of the unbroken run.
    """

    last: Judged
    windows: tuple[str, ...]
    since: str
    alert: bool


#: Of a region of the inputs a window tells the worst level only, whichever it is, and on whichever side.
REGION = "odds_region"


def runs(judged: Iterable[Judged], order: Sequence[str], persistence: tuple[int, int]) -> list[Run]:
    """Measures that are beyond their limits now, in the order in which they were first given."""
    place = {name: position for position, name in enumerate(order)}
    series: dict[tuple[str, str, str, str], list[Judged]] = {}
    for one in judged:
        signal = one.signal
        if signal.state is State.ASSESSED:
            level = "" if signal.measure == REGION else signal.level
            series.setdefault((signal.rule, signal.measure, signal.column, level), []).append(one)
    found = []
    wanted, of = persistence
    for values in series.values():
        values.sort(key=lambda item: place[item.signal.window])
        last = values[-1]
        if last.side == 0:
            continue
        alike = (-1, 1) if last.signal.measure == REGION else (last.side,)
        recent = [item for item in values[-of:] if item.side in alike]
        since = last
        for item in reversed(values):
            if item.side not in alike:
                break
            since = item
        names = tuple(item.signal.window for item in recent)
        found.append(Run(last, names, since.signal.window, alert=last.urgent or len(recent) >= wanted))
    return found
