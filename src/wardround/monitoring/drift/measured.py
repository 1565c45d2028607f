"""A measure of one column of one window, and how sure it is that it lies beyond its limits."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.drift import shares

Limits = tuple[float | None, float | None]


@dataclass(frozen=True)
class Measured:
    """``p`` is the p-value of the effect being within ``limits``, ``p_far`` of its being within what one window alone may show.

    None: not tested. ``detail`` says in words what was found (no patient's number in it), ``note`` what a reader must know.
    """

    rule: str
    measure: str
    column: str
    n: int
    estimate: Estimate
    limits: Limits = (None, None)
    p: float | None = None
    p_far: float | None = None
    level: str = ""
    events: int | None = None
    state: State = State.ASSESSED
    note: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Seen:
    """How much a window's rows are worth: ``worth`` independent encounters a row, at most 1, because subjects come again."""

    worth: float = 1.0

    def of(self, n: float) -> float:
        """What ``n`` of the rows are worth."""
        return max(1.0, n * self.worth)


def share(found: tuple[str, str, str], count: int, n: int, seen: Seen, tests: tuple[float, float | None]) -> Measured:
    """A share of the window's rows held against an upper limit; ``found`` is (rule, measure, column), ``tests`` (limit, far limit)."""
    limit, far = tests
    worth = seen.of(n)
    low, high = shares.interval(count, n, worth)
    return Measured(
        *found,
        n,
        Estimate(value=count / n, low=low, high=high, method="wilson"),
        limits=(None, limit),
        p=shares.more_than(count, n, worth, limit),
        p_far=None if far is None else shares.more_than(count, n, worth, far),
        events=count,
    )
