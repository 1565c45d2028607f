"""A reference column, prepared once: its bins, and how a window's counts fall into them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.profile import ColumnProfile, NumberSummary
from wardround.profile.buckets import SHIFT
from wardround.profile.distance import BINS

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]
#: Levels that are expected less often than this in a window share one bin: the chi-square needs some (Cochran 1954).
FEWEST_EXPECTED = 5.0


def histogram(summary: NumberSummary) -> tuple[Keys, Floats]:
    """Bucket keys, ascending, and how many values each holds."""
    keys = np.fromiter(summary.histogram.keys(), np.int64, len(summary.histogram))
    counts = np.fromiter(summary.histogram.values(), np.float64, len(keys))
    order = np.argsort(keys)
    return keys[order], counts[order]


def middles(keys: Keys, *, whole: bool) -> Floats:
    """The number that stands for each bucket, as :func:`wardround.profile.buckets.middle` has it."""
    size = np.abs(keys).astype(np.uint64)
    low = (size << np.uint64(SHIFT)).view(np.float64)
    high = ((size + np.uint64(1)) << np.uint64(SHIFT)).view(np.float64)
    value = np.where(keys == 0, 0.0, low + (high - low) / 2)
    if whole:
        value = np.where(high - low <= 1, np.ceil(low), value)
    value[keys == 0] = 0.0
    return np.where(keys < 0, -value, value)


@dataclass(frozen=True)
class Numbers:
    """A column of numbers of the reference: buckets, counts, and the share of values below each."""

    keys: Keys
    counts: Floats
    whole: bool

    @cached_property
    def before(self) -> Floats:
        """Values in the buckets before each, and in all."""
        return np.concatenate([[0.0], np.cumsum(self.counts)])

    @property
    def total(self) -> float:
        """How many values there are."""
        return float(self.before[-1])

    @cached_property
    def middles(self) -> Floats:
        """The number of each bucket."""
        return middles(self.keys, whole=self.whole)

    def cut(self, keys: Keys, counts: Floats) -> tuple[Floats, Floats]:
        """Reference and window on the reference's deciles: exactly the bins of :func:`wardround.profile.distance.cut`."""
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        same = self.keys[place] == keys
        rank = np.where(
            same, self.before[place] + self.counts[place] / 2, self.before[np.searchsorted(self.keys, keys)]
        )
        own = np.minimum((rank / self.total * BINS).astype(int), BINS - 1)
        mine = np.minimum(((self.before[:-1] + self.counts / 2) / self.total * BINS).astype(int), BINS - 1)
        left = np.bincount(mine, self.counts, BINS).astype(float)
        right = np.bincount(own, counts, BINS).astype(float)
        used = (left > 0) | (right > 0)
        return left[used], right[used]

    def outside(self, keys: Keys, counts: Floats) -> float:
        """How many values lie in buckets beyond the reference's first and last."""
        return float(counts[(keys < self.keys[0]) | (keys > self.keys[-1])].sum())


def numbers(column: ColumnProfile) -> Numbers | None:
    """The numbers of a column; None if it holds none."""
    if column.numbers is None or not column.numbers.histogram:
        return None
    return Numbers(*histogram(column.numbers), whole=column.kind == "integer")


@dataclass(frozen=True)
class Levels:
    """Counts by level on both sides; the last entry of each holds what is in no named level."""

    names: tuple[str, ...]
    reference: Floats
    window: Floats

    def pooled(self, worth: float) -> tuple[Floats, Floats]:
        """Both sides with rare levels in one bin: those that a window worth ``worth`` is expected to hold fewer than five times."""
        total = self.reference.sum()
        rare = self.reference / total * worth < FEWEST_EXPECTED
        rare |= self.reference < FEWEST_EXPECTED
        if not rare.any():
            return self.reference, self.window
        left = np.append(self.reference[~rare], self.reference[rare].sum())
        right = np.append(self.window[~rare], self.window[rare].sum())
        return (left, right) if left[-1] or right[-1] else (left[:-1], right[:-1])


def levels(reference: ColumnProfile, window: ColumnProfile) -> Levels | None:
    """Levels of a category or boolean on both sides; None for other kinds, or without any value."""
    if reference.levels is None or window.levels is None:
        return None
    one, two = reference.levels, window.levels
    names = tuple(sorted(set(one.counts) | set(two.counts)))
    left = np.array([*(one.counts.get(name, 0) for name in names), one.other], float)
    right = np.array([*(two.counts.get(name, 0) for name in names), two.other], float)
    return Levels(names, left, right) if left.sum() and right.sum() else None
