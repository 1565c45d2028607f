"""Profiles a table batch by batch; memory depends on the columns, never on the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.evidence.profile import ColumnProfile, LevelCounts, NumberSummary, Profile
from wardround.profile.buckets import KEYS, MANTISSA_BITS
from wardround.profile.counting import accumulate
from wardround.profile.exact import written
from wardround.profile.levels import fold
from wardround.profile.sums import EXPONENTS, exact_sums
from wardround.tables.months import NO_MONTH, month_name, months

#: Levels of a category that no contract closes. Project choice.
CAP = 1000
#: So many numbers a table are counted by numpy, in about the time that it takes to load the compiled loop. Measured on two busy cores: 25 to 50 ns
#: a number against 1 s.
COMPILED_FROM = 20_000_000
#: Read-only as Arrow's buffers are, so that the loop is compiled for one signature.
_EMPTY = np.frombuffer(b"\0", np.uint8)[:0]
Loop = Callable[[NDArray[np.int64], NDArray[np.uint8], int, NDArray[np.int64], NDArray[np.uint64]], tuple[int, int]]


@dataclass(frozen=True)
class ColumnSpec:
    """A column to profile. ``kind`` is one of the contract's kinds. ``levels`` are a category's declared levels, if any."""

    name: str
    kind: str
    levels: tuple[str, ...] | None = None


class _Numbers:
    """Histogram and exact sums of one column. Zeroed pages are not touched until a bucket is, so the array costs little."""

    def __init__(self) -> None:
        self.histogram = np.zeros(2 * KEYS, np.int64)
        self.sums = np.zeros((EXPONENTS, 8), np.uint64)
        self.infinite = 0

    def add(self, array: pa.Array, loop: Loop) -> int:
        """Counts the numbers of an Arrow array; returns how many are missing."""
        if array.null_count == len(array):
            return len(array)
        doubles = array if pa.types.is_float64(array.type) else array.cast(pa.float64(), safe=False)
        validity, values = doubles.buffers()
        bits = np.frombuffer(values, np.int64)[doubles.offset : doubles.offset + len(doubles)]
        bitmap = np.frombuffer(validity, np.uint8) if validity is not None and doubles.null_count else _EMPTY
        missing, infinite = loop(bits, bitmap, doubles.offset, self.histogram, self.sums)
        self.infinite += infinite
        return int(missing)

    def _used(self) -> NDArray[np.int64]:
        """Where the histogram is not zero: only buckets of exponents that have a sum, and those next to zero, can be. The rest stays untouched."""
        exponents = np.union1d(np.flatnonzero(self.sums.any(axis=1)), [0, 1])
        keys = (exponents[:, None] * (1 << MANTISSA_BITS) + np.arange(1 << MANTISSA_BITS)).ravel()
        places = KEYS + np.concatenate([-keys[:0:-1], keys])
        found: NDArray[np.int64] = places[self.histogram[places] != 0].astype(np.int64)
        return found

    def summary(self) -> NumberSummary:
        used = self._used()
        total, squares = exact_sums(self.sums)
        return NumberSummary(
            count=int(self.histogram.sum()),
            infinite=self.infinite,
            total=written(*total),
            squares=written(*squares),
            histogram={int(key) - KEYS: int(self.histogram[key]) for key in used},
        )


class _Column:
    """One column's counters."""

    def __init__(self, spec: ColumnSpec) -> None:
        self.spec = spec
        self.rows = 0
        self.missing = 0
        self.numbers = _Numbers() if spec.kind in {"integer", "float", "text"} else None
        self.levels: dict[str, int] = {}
        self.other = 0
        self.months: dict[int, int] = {}

    def add(self, array: pa.Array, loop: Loop) -> None:
        self.rows += len(array)
        kind = self.spec.kind
        if pa.types.is_null(array.type):
            self.missing += len(array)
        elif kind in {"integer", "float"}:
            assert self.numbers is not None
            self.missing += self.numbers.add(array, loop)
        elif kind == "text":
            assert self.numbers is not None
            self.missing += self.numbers.add(_lengths(array), loop)
        elif kind == "datetime":
            self.missing += array.null_count
            _count(self.months, months(array))
        else:
            self._levels(array)

    def _levels(self, array: pa.Array) -> None:
        self.missing += array.null_count
        encoded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
        names = [str(name).lower() if isinstance(name, bool) else name for name in encoded.dictionary.to_pylist()]
        counts = np.bincount(_codes(encoded.indices), minlength=len(names))
        declared = self.spec.levels
        for name, count in zip(names, counts, strict=True):
            if not count:
                continue
            if declared is None or name in declared:
                self.levels[name] = self.levels.get(name, 0) + int(count)
            else:
                self.other += int(count)
        if declared is None and len(self.levels) > 2 * CAP:
            self.levels, more = fold(self.levels, CAP)
            self.other += more

    def profile(self) -> ColumnProfile:
        spec = self.spec
        levels = None
        if spec.kind in {"category", "boolean"}:
            cap = CAP if spec.levels is None and spec.kind == "category" else 0
            kept, more = fold(self.levels, cap)
            levels = LevelCounts(counts=dict(sorted(kept.items())), other=self.other + more, cap=cap)
        summary = self.numbers.summary() if self.numbers else None
        stamped = {month_name(number): self.months[number] for number in sorted(self.months) if number != NO_MONTH}
        return ColumnProfile(
            name=spec.name,
            kind=spec.kind,
            rows=self.rows,
            missing=self.missing,
            numbers=summary if spec.kind != "text" else None,
            levels=levels,
            months=stamped if spec.kind == "datetime" else None,
            lengths=summary if spec.kind == "text" else None,
        )


class Profiler:
    """Give it every batch (:meth:`look`), then take the :meth:`profile`."""

    def __init__(self, specs: Sequence[ColumnSpec]) -> None:
        """``specs`` are the columns, in the order of the profile. A column that batches lack is missing in all rows."""
        self._columns = [_Column(spec) for spec in specs]
        self._numbers = sum(column.numbers is not None for column in self._columns)
        self._loop: Loop = accumulate
        self.rows = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Adds one batch. Columns are in the contract's types; a column of another type counts as missing."""
        self.rows += batch.num_rows
        if self._loop is accumulate and self.rows * self._numbers > COMPILED_FROM:
            from wardround.profile.kernels import accumulate as compiled

            self._loop = compiled
        present = set(batch.schema.names)
        for column in self._columns:
            name = column.spec.name
            if name in present and _fits(batch.schema.field(name).type, column.spec.kind):
                column.add(batch.column(name), self._loop)
            else:
                column.rows += batch.num_rows
                column.missing += batch.num_rows

    def profile(self) -> Profile:
        """The profile of all batches so far."""
        return Profile(rows=self.rows, columns=tuple(column.profile() for column in self._columns))


def profile_batches(specs: Sequence[ColumnSpec], batches: Iterable[pa.RecordBatch]) -> Profile:
    """The profile of a stream of batches."""
    profiler = Profiler(specs)
    for batch in batches:
        profiler.look(batch)
    return profiler.profile()


def _fits(kind: pa.DataType, wanted: str) -> bool:
    if pa.types.is_null(kind):
        return True
    if wanted in {"integer", "float"}:
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
    if wanted == "boolean":
        return bool(pa.types.is_boolean(kind))
    if wanted == "datetime":
        return bool(pa.types.is_timestamp(kind))
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _codes(indices: pa.Array) -> NDArray[np.integer[Any]]:
    """The codes that are not null, from the buffer: Arrow's fill_null imports pandas, which takes longer than a small table."""
    held = indices.drop_null() if indices.null_count else indices
    values = np.frombuffer(held.buffers()[1] or b"", held.type.to_pandas_dtype())
    return values[held.offset : held.offset + len(held)]


def _lengths(array: pa.Array) -> pa.Array:
    if not pa.types.is_dictionary(array.type):
        return pc.utf8_length(array)
    return pc.utf8_length(array.dictionary).take(array.indices)


def _count(counts: dict[int, int], numbers: NDArray[np.int32]) -> None:
    if not len(numbers):
        return
    low, high = int(numbers.min()), int(numbers.max())
    if low == high:
        counts[low] = counts.get(low, 0) + len(numbers)
        return
    for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
        counts[int(number)] = counts.get(int(number), 0) + int(count)
