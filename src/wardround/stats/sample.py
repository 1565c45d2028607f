"""Encounters of one group in subject order, and one model's scores on them in score order: sorted once, used by all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.stats.sorting import ascending_order, equal_blocks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Outcomes of n encounters of G subjects, sorted by subject.

    ``subject`` holds positions 0..G-1, never falling; ``starts`` the first row of each subject; ``codes`` the subject
    codes that the caller gave, ascending, which is how resample counts are looked up.
    """

    outcome: Floats
    subject: Ints
    starts: Ints
    codes: Ints

    @property
    def n(self) -> int:
        """Number of encounters."""
        return self.outcome.size

    @property
    def subjects(self) -> int:
        """Number of subjects."""
        return self.starts.size

    @property
    def events(self) -> int:
        """Number of encounters with the outcome."""
        return int(self.outcome.sum())


def make_sample(outcome: NDArray[Any], subject: NDArray[Any]) -> tuple[Sample, Ints | None]:
    """The sample, and the order that brings a score vector into its row order (None if it is in order already)."""
    codes = np.asarray(subject, dtype=np.int64)
    order: Ints | None = None
    if codes.size and np.any(codes[1:] < codes[:-1]):
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
    new = np.ones(codes.size, dtype=bool)
    np.not_equal(codes[1:], codes[:-1], out=new[1:])
    starts = np.flatnonzero(new)
    y = np.asarray(outcome, dtype=np.float64)
    return Sample(y if order is None else y[order], np.cumsum(new) - 1, starts, codes[starts]), order


@dataclass(frozen=True)
class Ranked:
    """One model's scores on a sample, with the rows in ascending score order and the blocks of equal scores.

    ``below_n`` and ``below_events`` count encounters and events in the blocks before block k (length: blocks + 1).
    """

    sample: Sample
    probability: Floats
    order: Ints
    sorted_probability: Floats
    sorted_event: NDArray[np.uint8]
    below_n: Ints
    below_events: Ints

    @property
    def block(self) -> Ints:
        """The block of each sorted row."""
        return np.repeat(np.arange(self.below_n.size - 1), np.diff(self.below_n))

    def positions(self, thresholds: tuple[float, ...]) -> Ints:
        """For each threshold the first sorted row with p >= threshold."""
        return np.searchsorted(self.sorted_probability, np.asarray(thresholds, dtype=np.float64), side="left")

    def events_before(self, positions: Ints) -> Ints:
        """Events among the first ``positions`` sorted rows; positions must be block bounds."""
        return self.below_events[np.searchsorted(self.below_n, positions)]


def rank(sample: Sample, probability: NDArray[Any]) -> Ranked:
    """Sorts the scores of a sample (already in its row order)."""
    p = np.ascontiguousarray(probability, dtype=np.float64)
    order, ascending = ascending_order(p)
    blocks = equal_blocks(order, ascending, sample.outcome.astype(np.uint8))
    return Ranked(sample, p, order, ascending, *blocks)
