"""Score bins: fixed global edges, and counts of encounters and events between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import ScoreTable

#: Edges when none are declared (project choice): steps of 0.01 up to 0.1, of 0.02 up to 0.3, of 0.05 up to 0.6, of 0.1
#: above. Clinical outcomes are mostly rare, so most scores and thresholds are low. They never depend on the data:
#: edges taken from data would disclose scores, and two models could not share them.
DEFAULT_EDGES = tuple(
    number / 100 for number in (*range(10), *range(10, 30, 2), *range(30, 60, 5), *range(60, 101, 10))
)


def score_edges(thresholds: Iterable[float], bin_edges: Iterable[float] = ()) -> tuple[float, ...]:
    """Ascending global edges: those declared (else ``DEFAULT_EDGES``), with every threshold, 0 and 1 added."""
    declared = tuple(bin_edges)
    return tuple(sorted({0.0, 1.0, *map(float, thresholds), *map(float, declared or DEFAULT_EDGES)}))


def score_table(outcome: NDArray[Any], probability: NDArray[np.float64], edges: tuple[float, ...]) -> ScoreTable:
    """Counts per bin ``edges[i] <= p < edges[i + 1]``, the last bin closed."""
    bins = len(edges) - 1
    place = np.minimum(np.searchsorted(np.asarray(edges), probability, side="right") - 1, bins - 1)
    n = np.bincount(place, minlength=bins)
    events = np.bincount(place[np.asarray(outcome) == 1], minlength=bins)
    expected = np.bincount(place, weights=probability, minlength=bins)
    return ScoreTable(
        edges=edges, n=tuple(n.tolist()), events=tuple(events.tolist()), expected=tuple(expected.tolist())
    )
