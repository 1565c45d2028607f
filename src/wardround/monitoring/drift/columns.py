"""What is measured of one column of one window against its reference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.evidence.profile import ColumnProfile
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift import noncentral, shares
from wardround.monitoring.drift.bins import Floats, Keys, Levels, Numbers, histogram, levels, numbers
from wardround.monitoring.drift.distances import along, divergence
from wardround.monitoring.drift.measured import Measured, Seen, share
from wardround.project.monitor_drift import MonitorDriftSection

#: A column of which training already had this share at one value, or missing, cannot fall silent. Project choice.
MOSTLY = 0.5
#: A site that is expected this often, and does not occur, is worth a word. Project choice.
EXPECTED = 20.0
#: The same of a level, which training has seen as often: from five on a count that is expected is one to go by (Cochran 1954). Project choice.
GONE = 5.0


class Reference:
    """A column of training, prepared once for all windows."""

    def __init__(self, profile: ColumnProfile) -> None:
        """``profile`` holds at least one row."""
        self.profile = profile
        self.name = profile.name

    @cached_property
    def numbers(self) -> Numbers | None:
        """The numbers, if it holds any."""
        return numbers(self.profile)

    @property
    def values(self) -> int:
        """Rows that are not missing."""
        return self.profile.rows - self.profile.missing

    @cached_property
    def unseen(self) -> float | None:
        """The share of encounters that bring a level for the first time although nothing has changed.

        Good's (1953) estimate: levels seen once, over all encounters. None where the profile does not hold all levels.
        """
        held = self.profile.levels
        if held is None or not self.values or (held.cap and held.other):
            return None
        once = sum(1 for count in held.counts.values() if count == 1)
        return (once + held.other) / self.values


class Column:
    """A column in one window: counts on both sides, made when asked for."""

    def __init__(self, reference: Reference, profile: ColumnProfile, seen: Seen) -> None:
        """``profile`` is the window's, of the same kind as the reference's."""
        self.reference = reference
        self.profile = profile
        self.seen = seen
        self.name = reference.name
        self.n = profile.rows - profile.missing

    @cached_property
    def levels(self) -> Levels | None:
        """Counts by level, for categories and booleans."""
        return levels(self.reference.profile, self.profile)

    @cached_property
    def numbers(self) -> tuple[Keys, Floats] | None:
        """The window's buckets and counts, if both sides hold numbers."""
        summary = self.profile.numbers
        if self.reference.numbers is None or summary is None or not summary.histogram:
            return None
        return histogram(summary)

    @cached_property
    def binned(self) -> tuple[Floats, Floats] | None:
        """Counts on the bins of the index; None where one side has no value."""
        if self.numbers is not None and self.reference.numbers is not None:
            return self.reference.numbers.cut(*self.numbers)
        return None if self.levels is None else self.levels.pooled(self.seen.of(self.n))

    @cached_property
    def index(self) -> noncentral.Index | None:
        """The population stability index; None where one side has no value."""
        return None if self.binned is None else noncentral.index(*self.binned, self.seen.of(self.n))


def measure(column: Column, settings: MonitorDriftSection, *, beside: bool = True) -> Iterator[Measured]:
    """Everything but contract, units and codes, which have modules of their own; ``beside`` also what stands beside the index."""
    yield from _missing(column, settings)
    if column.n < settings.rows:
        untold = Estimate(value=None, note="too few values")
        yield Measured(rules.FEATURE, "psi", column.name, column.n, untold, (None, settings.psi), state=State.TOO_FEW)
        return
    yield from _values(column, settings)
    yield from _constant(column, settings)
    if beside:
        yield from _beside(column, settings)
        yield from _levels(column, settings)


def _missing(column: Column, settings: MonitorDriftSection) -> Iterator[Measured]:
    own, before = column.profile, column.reference.profile
    worth = column.seen.of(own.rows)
    low, high = shares.interval(own.missing, own.rows, worth)
    was = before.missing / before.rows
    gone = was < MOSTLY
    yield Measured(
        rules.MISSING,
        "missing",
        column.name,
        own.rows,
        Estimate(value=own.missing / own.rows, low=low, high=high, method="wilson"),
        (max(0.0, was - settings.missing) or None, min(1.0, was + settings.missing)),
        shares.differs((own.missing, own.rows, worth), (before.missing, before.rows), settings.missing),
        shares.more_than(own.missing, own.rows, worth, settings.outage) if gone else None,
        events=own.missing,
    )


def _values(column: Column, settings: MonitorDriftSection) -> Iterator[Measured]:
    index = column.index
    if index is None:
        return
    low, high = noncentral.limits(index, shares.CONFIDENCE)
    smallest = noncentral.visible(index.n, index.freedom, settings.psi, settings.false_alerts / 10, settings.power)
    yield Measured(
        rules.FEATURE,
        "psi",
        column.name,
        column.n,
        Estimate(value=index.value, low=low, high=high, method="noncentral chi-square"),
        (None, settings.psi),
        noncentral.exceeds(index, settings.psi),
        noncentral.exceeds(index, settings.psi_large),
        note=f"an index below {smallest:.2g} would not be seen here" if smallest > settings.psi_large else "",
    )


def _beside(column: Column, settings: MonitorDriftSection) -> Iterator[Measured]:
    binned, worth = column.binned, column.seen.of(column.n)
    if binned is None:
        return
    yield Measured(rules.FEATURE, "js", column.name, column.n, divergence(*binned, worth))
    if column.numbers is not None and column.reference.numbers is not None:
        smirnov, distance = along(column.reference.numbers, *column.numbers, worth)
        yield Measured(rules.FEATURE, "ks", column.name, column.n, smirnov)
        if distance is not None:
            yield Measured(rules.FEATURE, "wasserstein", column.name, column.n, distance)
        beyond = int(column.reference.numbers.outside(*column.numbers))
        which = (rules.RANGE, "out_of_range_share", column.name)
        yield share(which, beyond, column.n, column.seen, (settings.out_of_range, None))


def _constant(column: Column, settings: MonitorDriftSection) -> Iterator[Measured]:
    if column.numbers is not None and column.reference.numbers is not None:
        keys, counts = column.numbers
        top = int(np.argmax(counts))
        count, before = counts[top], column.reference.numbers
        place = np.flatnonzero(before.keys == keys[top])
        was = float(before.counts[place].sum()) / before.total
    elif column.levels is not None:
        top = int(np.argmax(column.levels.window))
        count = column.levels.window[top]
        was = float(column.levels.reference[top] / column.levels.reference.sum())
    else:
        return
    if was < MOSTLY:
        which = (rules.CONSTANT, "one_value_share", column.name)
        yield share(which, int(count), column.n, column.seen, (settings.outage, settings.outage))


def _levels(column: Column, settings: MonitorDriftSection) -> Iterator[Measured]:
    counted, unseen = column.levels, column.reference.unseen
    if counted is None or unseen is None:
        return
    fresh = counted.reference[:-1] == 0
    new = int(counted.window[:-1][fresh].sum() + counted.window[-1])
    which = (rules.CATEGORY, "new_levels_share", column.name)
    yield share(which, new, column.n, column.seen, (min(1.0, settings.new_levels + unseen), settings.fault + unseen))
    yield from _gone(column, counted)


def _gone(column: Column, counted: Levels) -> Iterator[Measured]:
    """Levels of training that stay away, held against the lower limit of their share in training, which is itself a sample."""
    before, all_before = counted.reference[:-1], float(counted.reference.sum())
    worth = column.seen.of(column.n)
    expected = before / all_before * worth
    for place in np.flatnonzero((counted.window[:-1] == 0) & (before >= GONE) & (expected >= GONE)):
        least = shares.interval(float(before[place]), all_before, all_before)[0]
        yield Measured(
            rules.CATEGORY,
            "level_share",
            column.name,
            column.n,
            Estimate(value=0.0, low=0.0, high=shares.interval(0, column.n, worth)[1], method="wilson"),
            (least, None),
            shares.fewer_than(0, column.n, worth, least),
            level=counted.names[place],
            events=0,
            note="this level of training does not occur",
        )
