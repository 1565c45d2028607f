"""Regions of the input space: levels of categories, quarters of numbers, and the score between the declared thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: More levels than this are not looked at one by one, and a number with no more values than the second is one of levels (project choices).
MAX_LEVELS, FEW_VALUES = 30, 6
#: Fewest values from which quarters are cut.
_LEAST = 100
SCORE = "(score)"
_QUARTERS = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
_MISSING = "(missing)"


@dataclass(frozen=True)
class Region:
    """A division of all rows: ``codes`` (n,) are positions in ``levels``, -1 for rows in none."""

    column: str
    levels: tuple[str, ...]
    codes: NDArray[np.int16]


class Regions:
    """Divides windows alike: quarters are cut where the first window with enough values has them, so that windows can be compared."""

    def __init__(self, columns: tuple[str, ...], thresholds: tuple[float, ...]) -> None:
        self._columns = columns
        self._thresholds = tuple(sorted(thresholds))
        self._edges: dict[str, NDArray[np.float64]] = {}

    def of(self, frame: pd.DataFrame, probability: NDArray[np.float64]) -> Iterator[Region]:
        """The regions of a window's rows."""
        bounds = [f"{value:g}" for value in self._thresholds]
        levels = (f"<{bounds[0]}", *(f"{a}-{b}" for a, b in pairwise(bounds)), f">={bounds[-1]}")
        codes = np.searchsorted(np.asarray(self._thresholds), probability, side="right").astype(np.int16)
        yield Region(SCORE, levels, codes)
        for column in self._columns:
            if column not in frame:
                continue
            values = frame[column]
            if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
                found = self._numbers(column, values)
            elif pd.api.types.is_datetime64_any_dtype(values):
                found = None
            else:
                found = _categories(column, values)
            if found is not None:
                yield found

    def _numbers(self, column: str, values: pd.Series[float]) -> Region | None:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        known = numbers[np.isfinite(numbers)]
        if column not in self._edges:
            if known.size < _LEAST:
                return None
            few = np.unique(known)
            cut = few[1:] if few.size <= FEW_VALUES else np.unique(np.quantile(known, (0.25, 0.5, 0.75)))
            self._edges[column] = np.asarray(cut, dtype=np.float64)
        edges = self._edges[column]
        codes = np.searchsorted(edges, numbers, side="right").astype(np.int16)
        codes[~np.isfinite(numbers)] = edges.size + 1
        names = (
            _QUARTERS if edges.size == 3 else tuple(f"part {k + 1} of {edges.size + 1}" for k in range(edges.size + 1))
        )
        return Region(column, (*names, _MISSING), codes)


def _categories(column: str, values: pd.Series[str]) -> Region | None:
    codes, levels = pd.factorize(values.astype("string"), sort=True)
    if len(levels) > MAX_LEVELS:
        return None
    places = np.where(codes < 0, len(levels), codes).astype(np.int16)
    return Region(column, (*(str(level) for level in levels), _MISSING), places)
