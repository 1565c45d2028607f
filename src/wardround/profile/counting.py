"""One pass over a column of numbers gives its histogram and exact sums. numpy alone: loading a compiler takes longer than counting a million rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.evidence.profile import NumberSummary
from wardround.profile.buckets import KEYS, SHIFT
from wardround.profile.exact import written
from wardround.profile.sums import BLOCK, UNIT, ExactSums, Floats, Integers, Workspace

#: Buckets of so many numbers are counted at a time. Project choice.
_STRETCH = 8 * BLOCK
#: Integers up to this size are counted one by one, and all else is told from the counts. Project choice.
_COUNTED = 1 << 15
_ENDLESS = 0x7FF << 52 >> SHIFT
_SIZE = np.int64(0x7FFFFFFFFFFFFFFF)

Mask = NDArray[np.bool_]


class Room(Workspace):
    """What the counting of all columns shares."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: Integers = np.empty(_STRETCH, np.int64)


class Numbers:
    """Histogram and exact sums of one column. Zeroed pages are not touched until a bucket is, so the array costs little."""

    def __init__(self) -> None:
        self._histogram = np.zeros(2 * KEYS, np.int64)
        self._sums = ExactSums()
        self._infinite = 0
        self._low, self._high = KEYS, -KEYS

    def add(self, array: pa.Array, room: Room) -> int:
        """Counts the numbers of an Arrow array of integers or floats; returns how many are missing. NaN is missing."""
        missing = int(array.null_count)
        if missing == len(array):
            return missing
        if pa.types.is_integer(array.type) and self._whole(array):
            return missing
        doubles = array if pa.types.is_float64(array.type) else array.cast(pa.float64(), safe=False)
        values, valid = _values(doubles), _valid(doubles) if missing else None
        for start in range(0, len(values), _STRETCH):
            end = start + _STRETCH
            missing += self._stretch(values[start:end], None if valid is None else valid[start:end], room)
        self._sums.settle(room)
        return missing

    def _whole(self, array: pa.Array) -> bool:
        """Counts integers if all are small; returns whether it has."""
        values = held(array)
        low, high = int(values.min()), int(values.max())
        if low < -_COUNTED or high > _COUNTED:
            return False
        values = values.astype(np.int64, copy=False)
        counts = np.bincount(values if low >= 0 else values - low)
        used = np.flatnonzero(counts)
        counts, numbers = counts[used], used + min(low, 0)
        self._sums.counted(numbers, counts)
        keys = np.abs(numbers).astype(np.float64).view(np.int64) >> SHIFT
        self._count(np.where(numbers < 0, -keys, keys), counts)
        return True

    def _stretch(self, values: Floats, valid: Mask | None, room: Room) -> int:
        """Counts doubles; returns how many are NaN."""
        filled = missing = 0
        for start in range(0, len(values), BLOCK):
            block = values[start : start + BLOCK]
            if valid is not None:
                block = block[valid[start : start + BLOCK]]
            if not len(block):
                continue
            bits = block.view(np.int64)
            keys = np.right_shift(bits, SHIFT, out=room.keys[filled : filled + len(bits)])
            signed = int(keys.min()) < 0
            if signed:
                np.right_shift(bits & _SIZE, SHIFT, out=keys)
            if int(keys.max()) >= _ENDLESS:
                finite = keys < _ENDLESS
                nan = int(np.count_nonzero(np.isnan(block)))
                missing += nan
                self._infinite += len(block) - int(np.count_nonzero(finite)) - nan
                block, finite_keys = block[finite], keys[finite]
                keys = keys[: len(block)]
                keys[:] = finite_keys
                if not len(block):
                    continue
            self._sums.add(block, keys, room)
            if signed:
                np.copyto(keys, -keys, where=block < 0)
            filled += len(block)
        if filled:
            self._buckets(room.keys[:filled])
        return missing

    def _buckets(self, keys: Integers) -> None:
        low, high = int(keys.min()), int(keys.max())
        if high - low > 4 * len(keys):
            self._count(*np.unique(keys, return_counts=True))
            return
        counts = np.bincount(np.subtract(keys, low, out=keys))
        used = np.flatnonzero(counts)
        self._count(used + low, counts[used])

    def _count(self, keys: Integers, counts: Integers) -> None:
        np.add.at(self._histogram, KEYS + keys, counts)
        self._low, self._high = min(self._low, int(keys.min())), max(self._high, int(keys.max()))

    def summary(self) -> NumberSummary:
        """All that was counted so far."""
        held = self._histogram[KEYS + self._low : KEYS + self._high + 1]
        used = np.flatnonzero(held)
        return NumberSummary(
            count=int(held.sum()),
            infinite=self._infinite,
            total=written(self._sums.total, -UNIT),
            squares=written(self._sums.squares, -2 * UNIT),
            histogram={key + self._low: count for key, count in zip(used.tolist(), held[used].tolist(), strict=True)},
        )


def held(array: pa.Array) -> NDArray[np.integer[Any]]:
    """The integers of an Arrow array that are not null. Arrow's own ways take longer, or import pandas."""
    values = _values(array)
    return values[_valid(array)] if array.null_count else values


def _values(array: pa.Array) -> NDArray[Any]:
    kind = array.type.to_pandas_dtype()
    return np.frombuffer(array.buffers()[1] or b"", kind)[array.offset : array.offset + len(array)]


def _valid(array: pa.Array) -> Mask:
    """Which values are there, from the bitmap."""
    end = array.offset + len(array)
    bitmap = np.frombuffer(array.buffers()[0], np.uint8)
    return np.unpackbits(bitmap, bitorder="little", count=end)[array.offset :].view(bool)
