"""One model on one group: from exact evidence and the plan to what may be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from wardround.disclosure import derived, room
from wardround.disclosure.cells import Binning, fine_cells, merged
from wardround.disclosure.published import KEY, AtThreshold, Bin, Count, GroupView, Quantity, Why
from wardround.disclosure.rounding import GROUP_DECIMALS, OVERALL_DECIMALS, observed_expected, to_ten, wilson
from wardround.evidence.measures import Estimate, GroupMeasures

#: Measures that rank people, and measures that use the probabilities themselves.
RANKS = ("auroc", "auprc")
PROBABILITIES = ("brier", "scaled_brier", "citl", "slope", "intercept", "ici", "ece")
_SQUARES = ("brier",)


@dataclass(frozen=True)
class Frame:
    """What all groups share: fine edges, declared thresholds and the smallest count."""

    edges: tuple[float, ...]
    thresholds: tuple[float, ...]
    least: int


def hidden(group: GroupMeasures, why: Why) -> GroupView:
    """A group of which nothing but its name is shown."""
    nothing = Count(KEY, None, why)
    return GroupView(KEY, group.column, group.level, nothing, nothing, why)


def view(group: GroupMeasures, binning: Binning | None, days: float | None, frame: Frame) -> GroupView:
    """What may be shown of the group, by the bins that the plan gives it."""
    cells = fine_cells(group, frame.edges)
    if binning is None or cells is None or group.table is None:
        return hidden(group, Why.SMALL if group.assessed else Why.NOT_ASSESSED)
    n, events = Count(KEY, to_ten(group.n)), Count(KEY, to_ten(group.events))
    if not group.assessed:
        return GroupView(KEY, group.column, group.level, n, events, Why.NOT_ASSESSED)
    decimals = GROUP_DECIMALS if group.column else OVERALL_DECIMALS
    sizes = merged(cells, binning)
    expected = np.add.reduceat(np.asarray(group.table.expected), binning[:-1])
    masses = [_mass(frame.edges, binning, i, int(sizes[:, i].sum()), float(expected[i])) for i in range(len(expected))]
    means = [room.coarsened(mass, frame.least) for mass in masses]
    bins = tuple(
        Bin(KEY, mass.low, mass.high, to_ten(sizes[0, i]), to_ten(sizes[1, i]), means[i].shown, means[i].precision)
        for i, mass in enumerate(masses)
    )
    weighs = room.total_hides([mean.known for mean in means], float(expected.sum()), frame.least)
    total = to_ten(float(expected.sum())) if weighs and expected.sum() >= frame.least else None
    rate = wilson(to_ten(group.events), to_ten(group.n))
    measures = {
        "event_rate": rounded(Estimate(value=rate.value, low=rate.low, high=rate.high), decimals, "table"),
        "oe": _observed_expected(group, total, decimals),
        **from_scores(group, decimals, frame.least, weighs=weighs),
    }
    at = tuple(derived.at_threshold(bins, threshold, days, decimals) for threshold in frame.thresholds)
    return GroupView(
        KEY,
        group.column,
        group.level,
        n,
        events,
        measures=measures,
        thresholds=at,
        expected=Count(KEY, total, Why.SHOWN if total is not None else Why.PRECISE),
        bins=bins,
        roc=derived.roc(bins),
        calibration=derived.calibration(bins),
        decision_curve=derived.decision_curve(bins),
    )


def _mass(edges: tuple[float, ...], binning: Binning, place: int, n: int, expected: float) -> room.Mass:
    low, high = binning[place], binning[place + 1]
    return room.Mass(n, edges[low], edges[high], edges[low + 1 : high], expected, expected)


def _observed_expected(group: GroupMeasures, expected: int | None, decimals: int) -> Quantity:
    """O/E and its interval, from both counts rounded to 10."""
    if expected is None:
        return Quantity(KEY, None, withheld=Why.PRECISE)
    ratio = observed_expected(to_ten(group.events), expected)
    return rounded(Estimate(value=ratio.value, low=ratio.low, high=ratio.high), decimals, "table")


def from_scores(group: GroupMeasures, decimals: int, least: int, *, weighs: bool) -> dict[str, Quantity]:
    """Measures of the scores themselves, at the stated decimals, where they leave room for the people they must hide."""
    area = group.measures["auroc"].value if "auroc" in group.measures else None
    others = group.n - group.events
    step = None if area is None else room.rank_step(area, group.events, others, least, 10.0**-decimals)
    shown: dict[str, Quantity] = {}
    for name in RANKS:
        if name in group.measures:
            shown[name] = to_step(group.measures[name], step, decimals)
    for name in PROBABILITIES:
        if name in group.measures:
            estimate = group.measures[name]
            allowed = weighs and (
                name not in _SQUARES
                or (estimate.value is not None and room.squares_hide(estimate.value, group.n, least))
            )
            shown[name] = rounded(estimate, decimals) if allowed else Quantity(KEY, None, withheld=Why.PRECISE)
    return shown


def to_step(estimate: Estimate, step: float | None, decimals: int) -> Quantity:
    """The estimate at a precision; a coarse one rounds the interval outwards, so that its middle tells no more."""
    if estimate.value is None:
        return Quantity(KEY, None, decimals=decimals, withheld=Why.UNDEFINED)
    if step is None:
        return Quantity(KEY, None, decimals=decimals, withheld=Why.PRECISE)
    if step == 10.0**-decimals:
        return rounded(estimate, decimals)
    decimals = 2 if step < 0.1 else 1
    low = None if estimate.low is None else round(math.floor(estimate.low / step) * step, decimals)
    high = None if estimate.high is None else round(math.ceil(estimate.high / step) * step, decimals)
    value = round(round(estimate.value / step) * step, decimals)
    return Quantity(KEY, value, low, high, decimals=decimals, origin="scores")


def rounded(estimate: Estimate, decimals: int, origin: str = "scores") -> Quantity:
    """The estimate at ``decimals``; not defined stays not defined."""
    if estimate.value is None:
        return Quantity(KEY, None, decimals=decimals, withheld=Why.UNDEFINED)
    low, high = (None if number is None else round(number, decimals) for number in (estimate.low, estimate.high))
    return Quantity(KEY, round(estimate.value, decimals), low, high, decimals=decimals, origin=origin)


def threshold_of(name: str) -> tuple[str, float] | None:
    """``sensitivity@0.2`` as its parts; None for measures without a threshold."""
    measure, _, at = name.partition("@")
    try:
        return (measure, float(at)) if at else None
    except ValueError:
        return None


def quantity(view_of: GroupView | None, name: str) -> Quantity:
    """The published quantity of that name (``auroc``, ``sensitivity@0.2``); withheld when it is not there."""
    missing = Quantity(KEY, None, withheld=Why.SMALL)
    if view_of is None or view_of.withheld:
        return missing
    parts = threshold_of(name)
    if parts is None:
        return view_of.measures.get(name, Quantity(KEY, None, withheld=Why.UNDEFINED))
    at: AtThreshold | None = next((item for item in view_of.thresholds if item.threshold == parts[1]), None)
    return at.measures.get(parts[0], missing) if at and not at.withheld else missing
