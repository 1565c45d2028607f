"""Which rows of a large matrix have a warning, in one pass over it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.stages.serving.manifest import ManifestFeature
from wardround.stats.jit import compiled


def flagging(features: tuple[ManifestFeature, ...]) -> Callable[[NDArray[np.float64]], NDArray[np.bool_]]:
    """As :meth:`wardround.service.ranging.Ranges.flagged`, without masks of the matrix's size: rows (n, features) to (n,)."""
    low = np.array([-np.inf if feature.low is None else feature.low for feature in features])
    high = np.array([np.inf if feature.high is None else feature.high for feature in features])
    complete = np.array([feature.complete for feature in features], np.bool_)
    begins = np.cumsum([0, *(len(feature.rare) for feature in features)]).astype(np.int64)
    rare = np.array([code for feature in features for code in feature.rare], np.float64)

    def flagged(matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
        found = np.zeros(len(matrix), np.bool_)
        for place in range(matrix.shape[1]):
            column = np.ascontiguousarray(matrix[:, place])
            _flag(column, low[place], high[place], complete[place], rare[begins[place] : begins[place + 1]], found)
        return found

    return flagged


@compiled
def _flag(column: Any, low: Any, high: Any, complete: Any, rare: Any, found: Any) -> None:  # noqa: PLR0913, PLR0917 - a kernel
    for row in range(column.shape[0]):
        value = column[row]
        found[row] |= (value < low) | (value > high) | (complete & math.isnan(value))
    for code in rare:
        for row in range(column.shape[0]):
            found[row] |= column[row] == code
