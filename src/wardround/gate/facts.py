"""Typed facts of findings, and the one place where an estimate becomes an interval that rules may trust."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate

#: Two-sided 95 %: the confidence that all evidence has. The gate refuses to read intervals of any other level.
CONFIDENCE = 0.95
#: The normal quantile that belongs to it.
Z = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A number with both limits of its two-sided 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """How wide the interval is."""
        return self.high - self.low


def interval(estimate: Estimate | None) -> Interval | None:
    """The estimate with its interval; None when any of the three numbers is missing or the limits are the wrong way round."""
    if estimate is None or estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    if estimate.low > estimate.high:
        return None
    return Interval(estimate.value, estimate.low, estimate.high)


def measure(name: str, estimate: Estimate | Interval | None, group: str = "") -> tuple[Fact, ...]:
    """The estimate as a fact of ``group``; nothing when there is no number."""
    if estimate is None or estimate.value is None:
        return ()
    return (Fact(name=name, type="measure", value=estimate.value, low=estimate.low, high=estimate.high, group=group),)


def count(name: str, number: int, group: str = "") -> Fact:
    """A number of encounters, subjects or events."""
    return Fact(name=name, type="count", count=number, group=group)


def margin(name: str, value: float) -> Fact:
    """A param; never a secret."""
    return Fact(name=name, type="margin", value=value)


def text(name: str, value: str) -> Fact:
    """A name: a column, a rule, a commit. Never a cell value."""
    return Fact(name=name, type="text", text=value)


def listed(names: list[str] | tuple[str, ...], most: int = 8) -> str:
    """Names in one phrase, in their order, cut after ``most``."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
