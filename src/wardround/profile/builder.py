"""Profiles a table batch by batch; memory depends on the columns, never on the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.evidence.profile import ColumnProfile, LevelCounts, Profile
from wardround.profile.counting import Numbers, Room, held
from wardround.profile.levels import fold
from wardround.tables.months import NO_MONTH, month_name, months

#: Levels of a category that no contract closes. Project choice.
CAP = 1000


@dataclass(frozen=True)
class ColumnSpec:
    """A column to profile. ``kind`` is one of the contract's kinds. ``levels`` are a category's declared levels, if any."""

    name: str
    kind: str
    levels: tuple[str, ...] | None = None


class _Column:
    """One column's counters."""

    def __init__(self, spec: ColumnSpec) -> None:
        self.spec = spec
        self.rows = 0
        self.missing = 0
        self.numbers = Numbers() if spec.kind in {"integer", "float", "text"} else None
        self.levels: dict[str, int] = {}
        self.other = 0
        self.months: dict[int, int] = {}

    def add(self, array: pa.Array, room: Room) -> None:
        self.rows += len(array)
        kind = self.spec.kind
        if pa.types.is_null(array.type):
            self.missing += len(array)
        elif kind in {"integer", "float"}:
            assert self.numbers is not None
            self.missing += self.numbers.add(array, room)
        elif kind == "text":
            assert self.numbers is not None
            self.missing += self.numbers.add(_lengths(array), room)
        elif kind == "datetime":
            self.missing += array.null_count
            _count(self.months, months(array))
        else:
            self._levels(array)

    def _levels(self, array: pa.Array) -> None:
        self.missing += array.null_count
        declared = self.spec.levels
        for name, count in _counted(array):
            if not count:
                continue
            if declared is None or name in declared:
                self.levels[name] = self.levels.get(name, 0) + count
            else:
                self.other += count
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
        self._room = Room()
        self.rows = 0

    def look(self, batch: pa.RecordBatch) -> None:
        """Adds one batch. Columns are in the contract's types; a column of another type counts as missing."""
        self.rows += batch.num_rows
        present = set(batch.schema.names)
        for column in self._columns:
            name = column.spec.name
            if name in present and _fits(batch.schema.field(name).type, column.spec.kind):
                column.add(batch.column(name), self._room)
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


def _counted(array: pa.Array) -> Iterable[tuple[str, int]]:
    """Levels and how often each occurs."""
    if pa.types.is_boolean(array.type):
        return (("false", array.false_count), ("true", array.true_count))
    encoded = array if pa.types.is_dictionary(array.type) else pc.dictionary_encode(array)
    names = encoded.dictionary.to_pylist()
    return zip(names, np.bincount(held(encoded.indices), minlength=len(names)).tolist(), strict=True)


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
