"""Differences between head and reference: points from published numbers, intervals only where nobody can be counted.

For measures of the published table the difference is that of the two published numbers. The width of its paired
interval would tell how many people one model alerts and the other does not, in both directions; it is shown only when both
are large for sure.
"""

from __future__ import annotations

from dataclasses import dataclass

from wardround.disclosure.derived import AT_THRESHOLD
from wardround.disclosure.groups import Frame, quantity, rounded, threshold_of
from wardround.disclosure.published import KEY, Count, DifferenceView, GroupChange, GroupView, Quantity, Why
from wardround.disclosure.rounding import GROUP_DECIMALS, OVERALL_DECIMALS, Z
from wardround.evidence.comparison import Difference, GroupDifferences

#: How many people, in units of the smallest count, must have moved beyond the net flow (project choice: 11 each way, and half
#: as much again because clustering makes the standard error an estimate).
_MOVED = 3


@dataclass(frozen=True)
class Pair:
    """One group's differences, what is shown of both models, and the common frame."""

    group: GroupDifferences
    head: GroupView
    reference: GroupView
    frame: Frame


def view(group: GroupDifferences, head: GroupView | None, reference: GroupView | None, frame: Frame) -> GroupChange:
    """The differences of one group, given what is shown of both models."""
    if head is None or reference is None or head.withheld or reference.withheld:
        why = head.withheld if head is not None and head.withheld else Why.SMALL
        n, events = (head.n, head.events) if head is not None else (Count(KEY, None, why), Count(KEY, None, why))
        return GroupChange(KEY, group.column, group.level, n, events, why)
    if not group.assessed:
        return GroupChange(KEY, group.column, group.level, head.n, head.events, Why.NOT_ASSESSED)
    pair = Pair(group, head, reference, frame)
    differences = tuple(_difference(item, pair) for item in group.differences)
    return GroupChange(KEY, group.column, group.level, head.n, head.events, differences=differences)


def _difference(item: Difference, pair: Pair) -> DifferenceView:
    head, reference = quantity(pair.head, item.measure), quantity(pair.reference, item.measure)
    decimals = GROUP_DECIMALS if pair.group.column else OVERALL_DECIMALS
    if head.value is None or reference.value is None:
        difference = Quantity(KEY, None, decimals=decimals, withheld=head.withheld or reference.withheld)
    elif head.origin == reference.origin == "scores":
        difference = rounded(item.difference, decimals)
    else:
        difference = _of_table(item, pair, head, reference)
    return DifferenceView(KEY, item.measure, item.better, reference, head, difference)


def _of_table(item: Difference, pair: Pair, head: Quantity, reference: Quantity) -> Quantity:
    """The difference of two published numbers; the paired interval is moved to it, if it may be shown."""
    assert head.value is not None
    assert reference.value is not None
    value = round(head.value - reference.value, head.decimals)
    estimate = item.difference
    shown = None not in (estimate.value, estimate.low, estimate.high) and head.origin == reference.origin == "table"
    if not shown or not _nobody_counted(item, pair.group, pair.frame):
        return Quantity(KEY, value, decimals=head.decimals, interval_withheld=Why.PRECISE)
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    low, high = (round(value + limit - estimate.value, head.decimals) for limit in (estimate.low, estimate.high))
    return Quantity(KEY, value, low, high, decimals=head.decimals)


def _nobody_counted(item: Difference, group: GroupDifferences, frame: Frame) -> bool:
    """Whether many people moved both ways, among events and among non-events, as far as the measure depends on them."""
    if item.standard_error == 0 and item.difference.value == 0:
        return True
    parts = threshold_of(item.measure)
    if parts is None or parts[0] not in AT_THRESHOLD:
        return item.measure == "oe"  # the events are the same; only expected ones differ, which are no people
    measure, threshold = parts
    needed = {"sensitivity": ("sensitivity",), "specificity": ("specificity",)}.get(
        measure, ("sensitivity", "specificity")
    )
    sizes = {"sensitivity": group.events, "specificity": group.n - group.events}
    return all(_moved(group.of(f"{name}@{threshold!r}"), sizes[name], frame.least) for name in needed)


def _moved(item: Difference | None, size: int, least: int) -> bool:
    """McNemar: the variance of a paired difference of shares is (b + c - (b - c)^2 / size) / size^2."""
    if item is None or item.difference.value is None:
        return False
    error = item.standard_error
    if error is None and item.difference.low is not None and item.difference.high is not None:
        error = (item.difference.high - item.difference.low) / (2 * Z)
    if error is None:
        return False
    net = abs(item.difference.value) * size
    return (error * size) ** 2 - net >= _MOVED * least
