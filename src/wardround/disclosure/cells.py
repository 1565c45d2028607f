"""Score bin x outcome cells, and the choice of bins in which every cell is large (DESIGN §9.2).

``cells`` arrays have the shape (..., 2, bins): events first, then non-events, on the fine, fixed, global edges. A binning is a
tuple of positions in those edges, from 0 to the number of fine bins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import GroupMeasures

Cells = NDArray[np.int64]
Binning = tuple[int, ...]


def fine_cells(group: GroupMeasures, edges: tuple[float, ...]) -> Cells | None:
    """The group's cells, shape (2, bins); None without a table, on other edges, or when the table contradicts n or events."""
    table = group.table
    if table is None and group.n == 0:
        return np.zeros((2, len(edges) - 1), dtype=np.int64)
    if table is None or table.edges != edges or not len(table.n) == len(table.events) == len(edges) - 1:
        return None
    events = np.asarray(table.events, dtype=np.int64)
    others = np.asarray(table.n, dtype=np.int64) - events
    if events.sum() != group.events or others.sum() != group.n - group.events or min(events.min(), others.min()) < 0:
        return None
    return np.stack([events, others])


def merged(cells: Cells, binning: Binning) -> Cells:
    """Sums of adjacent fine bins, shape (..., 2, len(binning) - 1)."""
    summed: Cells = np.add.reduceat(cells, binning[:-1], axis=-1)
    return summed


def whole(bins: int) -> Binning:
    """The binning with one bin."""
    return (0, bins)


def large(cells: Cells, binning: Binning, least: int) -> bool:
    """Whether every merged cell, and the sum over outcomes, is at least ``least`` in size (differences may be negative)."""
    if not cells.size:
        return True
    parts = merged(cells, binning)
    return bool((np.abs(parts) >= least).all() and (np.abs(parts.sum(axis=-2)) >= least).all())


@dataclass(frozen=True)
class Wanted:
    """Which inner edges may be used: ``first`` in this order (thresholds), then ``others`` where most people are."""

    first: tuple[int, ...]
    others: tuple[int, ...]

    def within(self, binning: Binning) -> Wanted:
        """Only edges of ``binning``."""
        return Wanted(tuple(e for e in self.first if e in binning), tuple(e for e in self.others if e in binning))


def choose(cells: Cells, start: Binning, wanted: Wanted, least: int) -> Binning:
    """Adds edges to ``start`` as long as every cell stays large; ``start`` itself must be large.

    Thresholds come first, in declared order, so that an alert's consequences are shown wherever they can be. Then,
    again and again, the edge whose smallest new cell is largest.
    """
    chosen = set(start)
    for edge in wanted.first:
        if edge not in chosen and large(cells, tuple(sorted({*chosen, edge})), least):
            chosen.add(edge)
    rest = [edge for edge in wanted.others if edge not in chosen]
    while rest:
        sizes = {edge: _smallest(cells, tuple(sorted(chosen)), edge) for edge in rest}
        best = max(rest, key=lambda edge: (sizes[edge], -edge))
        if sizes[best] < least:
            break
        chosen.add(best)
        rest.remove(best)
    return tuple(sorted(chosen))


def _smallest(cells: Cells, binning: Binning, edge: int) -> int:
    low = max(e for e in binning if e < edge)
    high = min(e for e in binning if e > edge)
    halves = (cells[..., low:edge].sum(axis=-1), cells[..., edge:high].sum(axis=-1))
    return int(min(min(np.abs(half).min(), np.abs(half.sum(axis=-1)).min()) for half in halves))


def contrasts(arrays: Sequence[Cells]) -> list[Cells]:
    """What anybody can subtract: pairwise differences of cohorts, and differences of differences.

    For nested cohorts these are counts of people (returning subjects; returning subjects that were left out), so they
    count as published cells.
    """
    found = [first - second for first, second in combinations(arrays, 2)]
    places = range(len(arrays))
    found += [
        arrays[plus[0]] + arrays[plus[1]] - arrays[minus[0]] - arrays[minus[1]]
        for plus in combinations(places, 2)
        for minus in combinations([place for place in places if place not in plus], 2)
        if plus < minus
    ]
    return found


def stack(arrays: Iterable[Cells], bins: int) -> Cells:
    """All arrays as one, shape (k, 2, bins); k may be 0."""
    listed = list(arrays)
    return np.stack(listed) if listed else np.zeros((0, 2, bins), dtype=np.int64)
