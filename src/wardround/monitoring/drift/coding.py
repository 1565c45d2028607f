"""Suspects codes that changed their meaning: rows of one level that arrive under another, a reversed flag, a scale that begins one higher.

Another mix of patients makes one level grow at the cost of *all* others. A code that is renamed or merged takes from one level and gives to another, and
leaves the rest as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wardround.evidence.measures import Estimate
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift import noncentral
from wardround.monitoring.drift.bins import Floats, Keys, Levels, middles
from wardround.monitoring.drift.columns import Column
from wardround.monitoring.drift.measured import Measured
from wardround.monitoring.drift.shares import CONFIDENCE
from wardround.profile.distance import psi
from wardround.project.monitor_drift import MonitorDriftSection

#: What a level must lose to be a code that changed; what the rest must hold to tell it from other patients. Project choices.
LOST, REST, FEWEST_REST = 0.5, 0.2, 2
#: What may be left of the index when the suspicion is right. Project choices.
LEFT, LEFT_SHARE = 0.02, 0.2
#: A flag is reversed only if its share is this far from one half. Project choice.
FAR_FROM_HALF = 0.15
#: A scale of whole numbers: at most so many values, and this share at its lowest one, of which this much is gone. Project choices.
LONGEST_SCALE, AT_LOWEST, GONE = 64, 0.05, 0.2


@dataclass(frozen=True)
class Recoded:
    """What seems to have happened, in words."""

    what: str


def suspected(column: Column) -> Recoded | None:
    """The change of codes that explains the window, if one does."""
    worth = column.seen.of(column.n)
    if column.levels is not None:
        names = [*column.levels.names, "other"]
        if np.count_nonzero(column.levels.reference) == 2 == np.count_nonzero(column.levels.window):
            return _reversed(column.levels, worth)
        return _transferred(column.levels, names, worth)
    if column.reference.numbers is not None and column.reference.numbers.whole and column.numbers is not None:
        return _one_higher(column, *column.numbers, worth)
    return None


def _explains(expected: Floats, window: Floats, before: float, worth: float) -> bool:
    left = psi(expected * window.sum(), window) - (len(window) - 1) / worth
    return left < LEFT and left < LEFT_SHARE * before


def _transferred(levels: Levels, names: list[str], worth: float) -> Recoded | None:
    p, q = levels.reference / levels.reference.sum(), levels.window / levels.window.sum()
    gap = q - p
    source = int(np.argmin(gap))
    target = int(np.argmax(gap))
    rest = np.delete(p, [source, target])
    if -gap[source] < LOST * p[source] or rest.sum() < REST or np.count_nonzero(rest) < FEWEST_REST:
        return None
    moved = p.copy()
    moved[source] += gap[source]
    moved[target] -= gap[source]
    if not _explains(moved, levels.window, psi(levels.reference, levels.window), worth):
        return None
    return Recoded(f"encounters of {names[source]} arrive as {names[target] if p[target] else 'a level that is new'}")


def _reversed(levels: Levels, worth: float) -> Recoded | None:
    used = levels.reference > 0
    p = levels.reference[used] / levels.reference.sum()
    q = levels.window[used]
    if abs(p[0] - 0.5) < FAR_FROM_HALF or not q.sum():
        return None
    before = psi(levels.reference[used], q)
    return Recoded("the two levels seem to be exchanged") if _explains(p[::-1].copy(), q, before, worth) else None


def _one_higher(column: Column, keys: Keys, counts: Floats, worth: float) -> Recoded | None:
    held = column.reference.numbers
    assert held is not None
    if len(held.keys) > LONGEST_SCALE or held.counts[0] / held.total < AT_LOWEST:
        return None
    own, now = held.middles, middles(keys, whole=True)
    p, q = held.counts / held.total, counts / counts.sum()
    if float(q[now <= own[0]].sum()) > GONE * float(p[0]):
        return None
    values = np.union1d(own + 1.0, now)
    expected, window = np.zeros(len(values)), np.zeros(len(values))
    expected[np.searchsorted(values, own + 1.0)] = p
    window[np.searchsorted(values, now)] = counts
    index = column.index
    assert index is not None
    common = expected * worth >= 5.0
    left = np.append(expected[common], expected[~common].sum())
    right = np.append(window[common], window[~common].sum())
    return Recoded("the scale seems to begin one higher") if _explains(left, right, index.value, worth) else None


def recoded(column: Column, settings: MonitorDriftSection) -> Measured | None:
    """The index of a column whose codes seem to have changed; None where nothing hints at it."""
    index = column.index
    if index is None or column.n < settings.rows or index.value < settings.psi / 2:
        return None
    found = suspected(column)
    if found is None:
        return None
    low, high = noncentral.limits(index, CONFIDENCE)
    p = noncentral.exceeds(index, settings.psi / 2)
    return Measured(
        rules.CODING,
        "psi",
        column.name,
        column.n,
        Estimate(value=index.value, low=low, high=high, method="noncentral chi-square"),
        (None, settings.psi / 2),
        p,
        p,
        detail=found.what,
    )
