"""Uniqueness in eight bytes a row: hashes in one pass, and a second pass only over what stands twice.

Two different values share a 64-bit hash with probability 2**-64 a pair: one false alarm in ten million rows about once in
370,000 runs (n²/2 pairs), and never a missed duplicate.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract.kernels import nan_as_null
from wardround.tables.hashing import mix, stable_hash

Hashes = NDArray[np.uint64]
_NULL = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1B54A32D192ED03)


def hash_column(array: pa.Array) -> Hashes:
    """A hash of each value; null (and NaN) has one of its own. Numbers of one type never collide: the mix is a bijection."""
    if pa.types.is_dictionary(array.type):
        levels = np.append(stable_hash(array.dictionary.cast(pa.string())), _NULL)
        coded: Hashes = levels[array.indices.fill_null(len(levels) - 1).to_numpy(zero_copy_only=False)]
        return coded
    array = nan_as_null(array)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        hashes = stable_hash(array)
    elif pa.types.is_floating(array.type):
        numbers = array.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) + 0.0  # -0.0 equals 0.0
        hashes = mix(numbers.view(np.uint64))
    else:
        kind = pa.uint8() if pa.types.is_boolean(array.type) else pa.int64()
        whole = array.cast(kind).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        hashes = mix(whole.view(np.uint64))
    if array.null_count:
        hashes = hashes.copy()
        hashes[array.is_null().to_numpy(zero_copy_only=False)] = _NULL
    return hashes


def hash_columns(arrays: list[pa.Array]) -> Hashes:
    """A hash of each row over several columns; of one column, :func:`hash_column`."""
    hashes = hash_column(arrays[0])
    for array in arrays[1:]:
        with np.errstate(over="ignore"):
            hashes = mix(hashes * _ODD + hash_column(array))
    return hashes


class HashLog:
    """All hashes of a pass: eight bytes a row, and a quarter more while it grows."""

    def __init__(self, rows: int = 1 << 16) -> None:
        """``rows`` is how many are expected, where that is known."""
        self._values = np.empty(max(rows, 1), np.uint64)
        self._size = 0

    def append(self, hashes: Hashes) -> None:
        """Keeps the hashes of one batch."""
        needed = self._size + len(hashes)
        if needed > len(self._values):
            self._values.resize(max(needed, len(self._values) + len(self._values) // 4), refcheck=False)
        self._values[self._size : needed] = hashes
        self._size = needed

    def repeated(self) -> Repeated:
        """The hashes that stand more than once. Ends the log: its memory is sorted in place and let go."""
        values = self._values[: self._size]
        values.sort()
        again = values[1:][values[1:] == values[:-1]]
        found, more = np.unique(again, return_counts=True)
        self._values, self._size = np.empty(0, np.uint64), 0
        return Repeated(found, more + 1)


class Repeated:
    """Hashes that stand more than once, for a second pass that asks which rows those are."""

    def __init__(self, values: Hashes, counts: NDArray[np.int64]) -> None:
        """``values`` sorted, ``counts`` how often each stands."""
        self.values = values
        self.counts = counts

    def __len__(self) -> int:
        return len(self.values)

    def positions(self, hashes: Hashes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows of a batch whose hash is repeated, and which of :attr:`values` each has."""
        where = np.searchsorted(self.values, hashes)
        where[where == len(self.values)] = 0
        rows = np.flatnonzero(self.values[where] == hashes) if len(self.values) else np.empty(0, np.intp)
        return rows, where[rows]

    def failing(self, hashes: Hashes) -> NDArray[np.bool_]:
        """The rows of a batch whose value stands more than once in the table."""
        mask = np.zeros(len(hashes), np.bool_)
        mask[self.positions(hashes)[0]] = True
        return mask
