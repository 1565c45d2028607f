"""Each encounter once, from a stream of answers: the one that is read first counts, as it does where outcomes are joined."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.tables.hashing import mix, stable_hash

#: Encounters that are remembered, 8 bytes each; beyond it the oldest are forgotten, and one of them that is asked again counts again. Project choice.
MOST = 1 << 24
#: Remembered in so many parts, so that what is forgotten is the oldest part and not all.
_PARTS = 8
#: What the log's keyed hashes are long: 64 hexadecimal digits, read as eight words.
_DIGITS, _WORDS = 64, 8

Hashes = NDArray[np.uint64]


class Once:
    """Give it every table, days in order (:meth:`fresh`). Of one day, whose parts are in no order, the first part counts."""

    def __init__(self, most: int = MOST) -> None:
        """``most`` encounters are remembered."""
        self._most = most
        self._known: list[Hashes] = []

    def fresh(self, table: pa.Table, encounter: str, moment: str) -> pa.Table:
        """The rows whose encounter was not met, each once, its earliest; rows without an encounter are encounters of their own."""
        column = table.column(encounter).cast(pa.string())
        named = pc.fill_null(pc.not_equal(column, ""), False).to_numpy().astype(bool)
        hashes = hashed(column.combine_chunks())
        order = np.argsort(table.column(moment).cast(pa.int64()).to_numpy(), kind="stable")
        order = order[named[order]]
        unique, place = np.unique(hashes[order], return_index=True)
        new = np.ones(unique.size, bool)
        for known in self._known:
            at = np.minimum(np.searchsorted(known, unique), known.size - 1)
            new &= known[at] != unique
        self._remember(unique[new])
        keep = ~named
        keep[order[place[new]]] = True
        return table if keep.all() else table.filter(pa.array(keep))

    def _remember(self, hashes: Hashes) -> None:
        """Sorted parts, the oldest first; small ones are merged, so that there are few to look through."""
        if not hashes.size:
            return
        self._known.append(hashes)
        while len(self._known) > 1 and self._known[-2].size + self._known[-1].size <= self._most // _PARTS:
            if self._known[-2].size > 2 * self._known[-1].size:
                break
            last = self._known.pop()
            self._known[-1] = np.sort(np.concatenate([self._known[-1], last]), kind="stable")
        while len(self._known) > 1 and sum(part.size for part in self._known) > self._most:
            del self._known[0]


def hashed(values: pa.Array | pa.ChunkedArray) -> Hashes:
    """A 64-bit hash of each text; ten times as quick where all are keyed hashes."""
    array = pa.concat_arrays(values.chunks) if isinstance(values, pa.ChunkedArray) and values.num_chunks else values
    if len(array) and not array.null_count:
        offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
        if (np.diff(offsets) == _DIGITS).all():
            data = np.frombuffer(array.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
            words = np.ascontiguousarray(data).view(np.uint64).reshape(-1, _WORDS)
            found = np.zeros(len(array), np.uint64)
            for place in range(_WORDS):
                found = mix(found ^ words[:, place])
            return found
    return stable_hash(array)
