"""Folds of the training rows as the model will be used: fitted on the past, scored on later encounters of other subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class FoldRows:
    """Positions among the training rows: fitted on, and scored; no subject is in both."""

    fitted: Rows
    scored: Rows


def folds(time: Rows | None, subject: Rows, count: int, seed: int) -> list[FoldRows]:
    """``count`` folds.

    With time (any integers that order the rows): the rows are cut into ``count`` + 1 blocks of equal size by time, equal times
    together; fold k is fitted on the first k + 1 blocks and scored on the next, without the subjects that it was fitted on (forward
    chaining). Without time: subjects are dealt at random to ``count`` groups, each scored once.
    """
    if time is None:
        levels, codes = np.unique(subject, return_inverse=True)
        group = np.random.default_rng(seed).permutation(len(levels))[codes] % count
        return [FoldRows(np.flatnonzero(group != own), np.flatnonzero(group == own)) for own in range(count)]
    cuts = np.quantile(time, np.arange(1, count + 1) / (count + 1), method="lower")
    block = np.searchsorted(cuts, time, side="right")
    found = []
    for own in range(count):
        fitted = np.flatnonzero(block <= own)
        later = np.flatnonzero(block == own + 1)
        found.append(FoldRows(fitted, later[~np.isin(subject[later], subject[fitted])]))
    return found


def some_subjects(rows: Rows, subject: Rows, share: float, seed: int) -> Rows:
    """The rows of a share of the subjects; a larger share holds the smaller one, so that rounds of halving nest."""
    levels = np.unique(subject[rows])
    order = np.random.default_rng(seed).permutation(len(levels))
    kept = levels[order[: max(1, round(share * len(levels)))]]
    return rows[np.isin(subject[rows], kept)]
