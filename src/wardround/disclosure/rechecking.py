"""Whether values that come back from an untrusted run keep the rules of disclosure, as far as they tell themselves.

Counts are rounded and not small; statistics have no more decimals than they say, and say no more than is allowed; what is
withheld holds no number; whatever derives from the score table is derived from it again and compared (DESIGN §9.1 to 9.4).
Complementary suppression is the audit's matter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from wardround.disclosure import derived, precision
from wardround.disclosure.published import (
    AtThreshold,
    Bin,
    Cohort,
    ColumnView,
    Count,
    Disclosed,
    FactView,
    FailureView,
    GroupChange,
    GroupView,
    HeldOutSiteView,
    LevelCount,
    Published,
    Quantity,
    Why,
)
from wardround.disclosure.room import STEPS
from wardround.disclosure.rounding import BASE, GROUP_DECIMALS, OVERALL_DECIMALS, to_ten
from wardround.disclosure.shapes import PROBLEMS
from wardround.disclosure.watched import OPERATIONS, SignalView, WatchView

#: What is said of a value, or nothing.
Said = Iterator[str]


def recheck(value: Any, least: int) -> tuple[str, ...]:
    """The first problems of a value and all that it holds, each with its place; none when it keeps the rules."""
    problems: list[str] = []
    for place, item in _walk(value, ""):
        try:
            said = list(_look(item, least))
        except Exception as error:  # noqa: BLE001 - evidence is hostile input: whatever it provokes must be told, not crash
            said = [f"its numbers contradict each other ({type(error).__name__})"]
        problems += (f"{place or 'the whole file'}: {text}" for text in said)
        if len(problems) >= PROBLEMS:
            break
    return tuple(problems[:PROBLEMS])


def _walk(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every dataclass below, with its place; entries of mappings by number, because names are content."""
    if dataclasses.is_dataclass(value):
        yield place, value
        for item in dataclasses.fields(value):
            yield from _walk(getattr(value, item.name), f"{place}.{item.name}" if place else item.name)
    elif isinstance(value, (tuple, Mapping)):
        parts = value.values() if isinstance(value, Mapping) else value
        for index, part in enumerate(parts):
            yield from _walk(part, f"{place}[{index}]")


def _look(value: Any, least: int) -> Said:
    for kind, rule in _RULES:
        if isinstance(value, kind):
            yield from rule(value, least)


def _small(number: int, least: int) -> str:
    if number % BASE:
        return f"a count is no multiple of {BASE}"
    return "a count is small" if number < to_ten(least) else ""


def _count(value: Count, least: int) -> Said:
    if (value.value is None) == (value.withheld is Why.SHOWN):
        yield "must be a number or a reason, one of them"
    if value.value is not None and (said := _small(value.value, least)):
        yield said


def _quantity(value: Quantity, _least: int) -> Said:
    limits = (value.low, value.high)
    if (value.value is None) == (value.withheld is Why.SHOWN):
        yield "must be a number or a reason, one of them"
    if value.value is None and limits != (None, None):
        yield "an interval stands beside a number that is withheld"
    if value.interval_withheld is not Why.SHOWN and limits != (None, None):
        yield "holds the interval that it withholds"
    if value.origin != "parameter":
        numbers = [number for number in (value.value, *limits) if number is not None]
        if any(round(number, value.decimals) != number for number in numbers):
            yield "is more precise than its decimals say"


def _fact(value: FactView, _least: int) -> Said:
    wanted = {"count": "count", "text": "text"}.get(value.type, "quantity")
    held = {
        "count": value.count is not None,
        "quantity": value.quantity is not None,
        "text": bool(value.text),
    }
    if any(has and name != wanted for name, has in held.items()) or (wanted != "text" and not held[wanted]):
        yield "does not hold what its type says"


def _bins(bins: tuple[Bin, ...], least: int) -> Said:
    if any(one.high != other.low for one, other in pairwise(bins)) or any(item.low >= item.high for item in bins):
        yield "the bins are not one after the other"
    for item in bins:
        said = _small(item.events, least) or _small(item.non_events, least)
        if said:
            yield said
        if (item.predicted is None) != (item.precision is None):
            yield "a mean probability needs its precision"
        elif item.predicted is not None and item.precision is not None:
            steps = item.predicted / item.precision if item.precision in STEPS else 0.5
            if round(round(steps) * item.precision, 6) != item.predicted or not 0 <= item.predicted <= 1:
                yield "a mean probability is more precise than it may be"


def _group(value: GroupView, least: int) -> Said:
    held = (value.measures, value.thresholds, value.bins, value.roc, value.calibration, value.decision_curve)
    if value.withheld:
        counted = value.withheld is not Why.NOT_ASSESSED and (value.n.shown or value.events.shown)
        if any(held) or value.expected is not None or counted:
            yield "is withheld and holds numbers"
        return
    if not value.bins or value.n.value is None or value.events.value is None:
        yield "is shown without its table"
        return
    if value.n.value - value.events.value < BASE * (least // BASE):
        yield "a count is small"
    problems = list(_bins(value.bins, least))
    yield from problems or _table(value)


def _table(value: GroupView) -> Said:
    """Whether everything that is a function of the table is that function of it."""
    decimals = GROUP_DECIMALS if value.column else OVERALL_DECIMALS
    for name in ("roc", "calibration", "decision_curve"):
        if getattr(value, name) != getattr(derived, name)(value.bins):
            yield f"{name} does not follow from the bins"
    for at in value.thresholds:
        again = derived.at_threshold(value.bins, at.threshold, None, decimals)
        bare = {name: measure for name, measure in at.measures.items() if name != "alerts_per_day"}
        same = (at.tp, at.fp, at.fn, at.tn, at.withheld) == (again.tp, again.fp, again.fn, again.tn, again.withheld)
        if not same or bare != again.measures:
            yield "the counts or measures at a threshold do not follow from the bins"


def _threshold(value: AtThreshold, _least: int) -> Said:
    counts = (value.tp, value.fp, value.fn, value.tn)
    if value.withheld and (value.measures or any(count.shown for count in counts)):
        yield "is withheld and holds numbers"


def _emptied(name: str, value: Any, *parts: Any) -> Said:
    if value.withheld and any(part.shown if isinstance(part, (Count, Quantity)) else part for part in parts):
        yield f"{name} is withheld and holds numbers"


def _cohort(value: Cohort, _least: int) -> Said:
    yield from _emptied("the cohort", value, value.models, value.changes)
    if not value.withheld and not value.models:
        yield "is shown without a model"


def _change(value: GroupChange, _least: int) -> Said:
    yield from _emptied("the group", value, value.differences)


def _site(value: HeldOutSiteView, _least: int) -> Said:
    yield from _emptied("the site", value, value.n, value.events, value.measures)


def _column(value: ColumnView, _least: int) -> Said:
    yield from _emptied("the column", value, value.cells)


def _failure(value: FailureView, _least: int) -> Said:
    beside = value.share.shown or value.by_site or value.by_month
    if not value.count.shown and beside:
        yield "the count is withheld and stands elsewhere"


def _level(value: LevelCount, _least: int) -> Said:
    if value.share.shown and not value.count.shown:
        yield "the count is withheld and its share is not"


def _signal(value: SignalView, _least: int) -> Said:
    counted = value.n.shown or value.rule in OPERATIONS
    if value.estimate.shown and (not counted or value.state != "assessed"):
        yield "a number stands beside a count that is withheld, or a state that has none"


def _whole(value: Published | WatchView, least: int) -> Said:
    if value.min_cell != least:
        yield f"min_cell is not {least}, which the base's params say"


_RULES: tuple[tuple[type, Callable[[Any, int], Said]], ...] = (
    (Count, _count),
    (Quantity, _quantity),
    (FactView, _fact),
    (GroupView, _group),
    (AtThreshold, _threshold),
    (Cohort, _cohort),
    (GroupChange, _change),
    (GroupChange, precision.differences),
    (HeldOutSiteView, _site),
    (ColumnView, _column),
    (FailureView, _failure),
    (LevelCount, _level),
    (Published, _whole),
    (SignalView, _signal),
    (WatchView, _whole),
    (Disclosed, precision.parameters),
    (Disclosed, precision.decimals),
)
