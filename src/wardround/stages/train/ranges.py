"""What the training rows held, feature by feature, for the warnings of a service: no value of fewer than eleven rows is told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.stages.features.spec import FeatureSpec

#: So many rows at each end are left out: one fewer than the smallest cell that may be published (``disclosure.min_cell``, 11).
OUTERMOST = 10


@dataclass(frozen=True)
class Range:
    """As in :class:`wardround.stages.serving.manifest.ManifestFeature`."""

    low: float | None = None
    high: float | None = None
    rare: tuple[int, ...] = ()
    complete: bool = False


def ranges(matrix: NDArray[np.float64], spec: FeatureSpec) -> list[Range]:
    """One for each column of the training matrix, which has shape (rows, features)."""
    return [_range(matrix[:, place], spec.categorical.get(name)) for place, name in enumerate(spec.names)]


def _range(column: NDArray[np.float64], categories: tuple[str, ...] | None) -> Range:
    there = column[~np.isnan(column)]
    complete = len(column) - len(there) <= OUTERMOST < len(column)
    if categories is not None:
        counts = np.bincount(there.astype(np.int64), minlength=len(categories))
        return Range(rare=tuple(np.flatnonzero(counts <= OUTERMOST).tolist()), complete=complete)
    if len(there) <= 2 * OUTERMOST:
        return Range(complete=complete)
    ends = np.partition(there, [OUTERMOST, len(there) - OUTERMOST - 1])
    return Range(low=float(ends[OUTERMOST]), high=float(ends[len(there) - OUTERMOST - 1]), complete=complete)
