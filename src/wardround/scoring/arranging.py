"""The order of a part's rows: by subject, time and encounter, as :func:`pyarrow.compute.sort_indices` has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.stats.jit import compiled

Places = NDArray[np.int64]
#: Up to so many rows are put in order one by one.
_FEW = 32
_LAST = np.iinfo(np.int64).max


def arranged(table: pa.Table, owner: pa.Array, keys: Sequence[str]) -> tuple[pa.Array, Places, Places]:
    """The stable order by ``owner`` (text without nulls) and the columns ``keys``; the sorted rows' groups, from 0; each group's first row.

    Texts are compared once for each subject, and the keys as numbers where the first one is time; only rows that are still
    equal are sorted by Arrow, which compares cell by cell.
    """
    keys = list(dict.fromkeys(keys))
    rank = _ranks(owner)
    first = _numbers(table.column(keys[0])) if keys else np.zeros(len(rank), np.int64)
    order = np.empty(len(rank), np.int64)
    _arrange(rank, first, np.bincount(rank), order)
    group, moment = rank[order], first[order]
    same = (group[1:] == group[:-1]) & (moment[1:] == moment[:-1])
    if keys and same.any():
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = table.select(keys).take(pa.array(order[tied])).append_column("wr_group", pa.array(group[tied]))
        sorting = [("wr_group", "ascending"), *((name, "ascending") for name in keys)]
        order[tied] = order[tied][pc.sort_indices(rows, sort_keys=sorting).to_numpy()]
    new = np.append(True, group[1:] != group[:-1]) if len(group) else np.empty(0, np.bool_)
    return pa.array(order), np.cumsum(new) - 1, np.flatnonzero(new)


def _ranks(owner: pa.Array) -> Places:
    encoded = owner.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ranks: Places = rank[encoded.indices.to_numpy()]
    return ranks


@compiled
def _arrange(rank: Any, key: Any, counts: Any, order: Any) -> None:
    """The stable order by rank, then key: by counting, and then within each rank, where mostly a few rows are."""
    ends = np.cumsum(counts)
    begins = ends - counts
    for row in range(rank.shape[0]):
        group = rank[row]
        order[begins[group]] = row
        begins[group] += 1
    for group in range(counts.shape[0]):
        low, high = ends[group] - counts[group], ends[group]
        if high - low > _FEW:
            rows = order[low:high].copy()
            order[low:high] = rows[np.argsort(key[rows], kind="mergesort")]
            continue
        for place in range(low + 1, high):
            row = order[place]
            before = place - 1
            while before >= low and key[order[before]] > key[row]:
                order[before + 1] = order[before]
                before -= 1
            order[before + 1] = row


def _numbers(column: pa.ChunkedArray) -> Places:
    """Moments and whole numbers in their order, missing ones last; all equal for other types."""
    if not (pa.types.is_timestamp(column.type) or pa.types.is_integer(column.type)):
        return np.zeros(len(column), np.int64)
    numbers: Places = column.combine_chunks().cast(pa.int64()).fill_null(_LAST).to_numpy()
    return numbers
