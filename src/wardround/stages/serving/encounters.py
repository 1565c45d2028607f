"""Many encounters at once, each with the history of its own subject, as the frame that ``build`` is given: the way of a service.

The frame is the one that :func:`wardround.stages.serving.records.with_keys` makes, but it is made column by column and sorted before
pandas sees it, because that is most of the time of one encounter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract import ContractColumn, Kind
from wardround.project.sections import Columns
from wardround.stages.features.assembling import from_arrays
from wardround.stages.features.frames import ENCOUNTER, SITE, SUBJECT, TIME

#: Values of one encounter, in the order of the columns; dates as ``datetime``, None where missing.
Row = Sequence[Any]
_TEXT = pd.StringDtype(na_value=np.nan)
_TEXTS: Any = _TEXT.construct_array_type()


@dataclass(frozen=True)
class Keys:
    """Which columns of a row are the encounter, subject, time and site; None where the project has none."""

    columns: tuple[ContractColumn, ...]
    encounter: int | None
    subject: int | None
    time: int | None
    site: int | None

    @classmethod
    def of(cls, columns: Sequence[ContractColumn], named: Columns) -> Keys:
        """The places of the named columns among ``columns``."""
        places = {column.name: place for place, column in enumerate(columns)}
        return cls(
            tuple(columns),
            places.get(named.encounter or ""),
            places.get(named.subject or ""),
            places.get(named.time or ""),
            places.get(named.site or ""),
        )


def arrange(rows: Sequence[Row], keys: Keys) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The frame of ``rows`` (at least one), sorted as a snapshot is and numbered from 0, and at which of its rows each of them stands."""
    order = _order(rows, keys)
    given = rows if order is None else [rows[place] for place in order]
    values = list(zip(*given, strict=True))
    numbers = [str(place) for place in (range(len(rows)) if order is None else order)]
    made = {column.name: typed(values[place], column) for place, column in enumerate(keys.columns)}
    made[ENCOUNTER] = _key(made, values, keys, keys.encounter, numbers)
    made[SUBJECT] = _key(made, values, keys, keys.subject, numbers)
    if keys.time is not None:
        made[TIME] = made[keys.columns[keys.time].name].copy()
    if keys.site is not None:
        made[SITE] = _key(made, values, keys, keys.site, numbers)
    where = np.arange(len(rows), dtype=np.int64)
    if order is not None:
        where[order] = np.arange(len(rows))
    return _frame(made, len(rows)), where


def _frame(made: dict[str, Any], rows: int) -> pd.DataFrame:
    arrays = [_moments(array) if array.dtype.kind == "M" else array for array in made.values()]
    return from_arrays(arrays, tuple(made), pd.RangeIndex(rows))


def _moments(array: NDArray[np.datetime64]) -> Any:
    """``pd.array(array)``, without looking for a type that is known here."""
    quick = getattr(pd.arrays.DatetimeArray, "_simple_new", None)
    return pd.array(array) if quick is None else quick(array, dtype=array.dtype)


def _order(rows: Sequence[Row], keys: Keys) -> list[int] | None:
    """By subject, time and encounter, missing last, ties as they came; None where one row needs no order."""
    if len(rows) == 1:
        return None
    subjects, encounters = _sorting(rows, keys.subject), _sorting(rows, keys.encounter)
    moments: Sequence[tuple[bool, Any]] = [(False, 0)] * len(rows)
    if keys.time is not None:
        times = [row[keys.time] for row in rows]
        moments = [(value is None, 0 if value is None else value) for value in times]
    order = list(zip(subjects, moments, encounters, strict=True))
    return sorted(range(len(rows)), key=order.__getitem__)


def _sorting(rows: Sequence[Row], place: int | None) -> list[tuple[bool, str]]:
    """A key column as what its text sorts by, missing last; the rows' numbers where the project has none."""
    if place is None:
        return [(False, str(number)) for number in range(len(rows))]
    return [(value is None, "" if value is None else str(value)) for value in [row[place] for row in rows]]


def _key(
    made: dict[str, Any], values: Sequence[Sequence[Any]], keys: Keys, place: int | None, numbers: list[str]
) -> Any:
    """A reserved column: the named column as text, or the rows' numbers."""
    if place is None:
        return _texts(numbers)
    column = keys.columns[place]
    if column.kind in (Kind.CATEGORY, Kind.TEXT):
        return made[column.name].copy()  # what a team writes into one column must not be in the other
    return _texts([None if value is None else str(value) for value in values[place]])


def _texts(values: Sequence[str | None]) -> Any:
    """Text as ``pd.array`` makes it, without looking for a type that is known here."""
    if _TEXT.storage == "pyarrow":
        return _TEXTS(pa.array(values, pa.large_string()), dtype=_TEXT)
    return pd.array(values, dtype=_TEXT)


def typed(values: Sequence[Any], column: ContractColumn) -> Any:
    """One column in the contract's type, as :func:`wardround.stages.serving.records.frame_from_records` types it."""
    if column.kind is Kind.FLOAT:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if column.kind is Kind.DATETIME:
        # Arrow reads Python's moments ten times as fast as numpy does
        return np.array(pa.array(values, pa.timestamp("us")).to_numpy(zero_copy_only=False), "datetime64[us]")
    if column.kind in (Kind.CATEGORY, Kind.TEXT):
        return _texts(values)
    mask = np.array([value is None for value in values], dtype=np.bool_)
    if column.kind is Kind.BOOLEAN:
        return pd.arrays.BooleanArray(np.array([bool(value) for value in values], dtype=np.bool_), mask)
    return pd.arrays.IntegerArray(np.array([0 if value is None else value for value in values], dtype=np.int64), mask)
