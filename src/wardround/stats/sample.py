"""Encounters of one group in subject order, and one model's scores on them in score order: sorted once, used by all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

    ``ends[k]`` is one past the last sorted row of block k; ``block`` maps a sorted row to its block; ``below_n`` and
    ``below_events`` count encounters and events in the blocks before block k (length: blocks + 1).
    """

    sample: Sample
    probability: Floats
    order: Ints
    sorted_probability: Floats
    ends: Ints
    block: Ints
    below_n: Ints
    below_events: Ints

    def positions(self, thresholds: tuple[float, ...]) -> Ints:
        """For each threshold the first sorted row with p >= threshold."""
        return np.searchsorted(self.sorted_probability, np.asarray(thresholds, dtype=np.float64), side="left")

    def events_before(self, positions: Ints) -> Ints:
        """Events among the first ``positions`` sorted rows; positions must be block bounds."""
        return self.below_events[np.searchsorted(self.below_n, positions)]


def rank(sample: Sample, probability: NDArray[Any]) -> Ranked:
    """Sorts the scores of a sample (already in its row order)."""
    p = np.asarray(probability, dtype=np.float64)
    order = np.argsort(p)
    ascending = p[order]
    new = np.ones(p.size, dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    ends = np.append(np.flatnonzero(new)[1:], p.size) if p.size else np.zeros(0, dtype=np.int64)
    cumulative = np.cumsum(sample.outcome[order]).astype(np.int64)
    zero = np.zeros(1, dtype=np.int64)
    return Ranked(
        sample,
        p,
        order,
        ascending,
        ends,
        np.cumsum(new) - 1,
        np.concatenate([zero, ends]),
        np.concatenate([zero, cumulative[ends - 1]]) if p.size else zero,
    )
