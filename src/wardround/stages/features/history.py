"""What earlier encounters say, for ``pipelines/features.py``: point-in-time correct, because only strictly earlier rows count.

Each function takes the frame that ``build`` is given (whole subjects, sorted by subject and time) and returns a column with its
index. An encounter at the same time as another is not earlier than it. Rows without a time have no history and are nobody's.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.stages.features.categories import FEW
from wardround.stages.features.frames import SUBJECT, TIME

_DAY = 86_400_000_000  # microseconds


def prior_encounters(encounters: pd.DataFrame, *, days: float | None = None) -> pd.Series[Any]:
    """How many earlier encounters the subject has; with ``days``, only those that began at most so many days before.

    Where time is an integer order, ``days`` counts its units.
    """
    return _count(encounters, None, days)


def prior_count(encounters: pd.DataFrame, which: pd.Series[Any], *, days: float | None = None) -> pd.Series[Any]:
    """How many earlier encounters of the subject are marked in ``which`` (missing is not marked)."""
    return _count(encounters, which.to_numpy(dtype=np.bool_, na_value=False), days)


def _count(encounters: pd.DataFrame, which: NDArray[np.bool_] | None, days: float | None) -> pd.Series[Any]:
    time, known, start, earlier, unit = _order(encounters)
    marked = known if which is None else which & known
    if days is None:
        before = np.zeros(len(time) + 1, dtype=np.int64)
        np.cumsum(marked, out=before[1:])
        counts = before[earlier] - before[start]
    else:
        counts = _within(time, marked, start, earlier, days * unit)
    # rows without a time have no earlier ones: nothing is counted there
    return pd.Series(counts.astype(np.float64), index=encounters.index, copy=False)


def prior_with(
    encounters: pd.DataFrame, column: str, value: str | float, *, days: float | None = None
) -> pd.Series[Any]:
    """How many earlier encounters of the subject have ``value`` in ``column``; with ``days``, as in :func:`prior_encounters`.

    The same as :func:`prior_count` of the rows where they are equal. A missing value is equal to none.
    """
    array = encounters[column].array
    if (
        isinstance(array.dtype, pd.StringDtype) and len(array) <= FEW
    ):  # a comparison in pandas costs more than all of this
        return _count(encounters, np.array([item == value for item in pa.array(array).to_pylist()], np.bool_), days)
    return prior_count(encounters, encounters[column] == value, days=days)


def days_since_last(encounters: pd.DataFrame, *, since: str | None = None) -> pd.Series[Any]:
    """Days from the latest earlier encounter to this one (units, where time is an integer order); NaN for the first.

    ``since`` names the column of the earlier encounter to count from, for instance its discharge; default: its own time. A
    negative number (it was not over yet) becomes NaN, because its end was not known.
    """
    time, known, start, earlier, unit = _order(encounters)
    there = earlier > start
    if not there.any():
        return pd.Series(np.full(len(time), np.nan), index=encounters.index, copy=False)
    origin, valid = (time, known) if since is None else _ticks(encounters[since])
    last = np.maximum(earlier - 1, 0)
    there &= valid[last]
    passed = (time - np.where(there, origin[last], time)) / unit
    return pd.Series(np.where(there & (passed >= 0), passed, np.nan), index=encounters.index, copy=False)


def previous_value(encounters: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The value of ``column`` in the latest earlier encounter, of the column's own type; missing for the first.

    Of several at that time, the last in the frame's order.
    """
    _, _, start, earlier, _ = _order(encounters)
    place = np.where(earlier > start, earlier - 1, -1)
    given = encounters[column]
    # numpy's own whole numbers and truth values have no missing value; pandas' do.
    plain = isinstance(given.dtype, np.dtype) and given.dtype.kind in "iub"
    values = pd.array(given.to_numpy()) if plain else given.array
    return pd.Series(values.take(place, allow_fill=True), index=encounters.index, copy=False)


#: Time in ticks; whether it is known; the subject's first row with a time; the first row at this time (the end of what is earlier); a
#: day's ticks. Where the time is not known nothing is earlier: start and end are the same.
_Order = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64], int]


class _Last(threading.local):
    """The frame that was asked about last, and its order: a team asks several questions about one frame."""

    frame: weakref.ref[pd.DataFrame] | None = None
    order: _Order | None = None


_LAST = _Last()


def _order(encounters: pd.DataFrame) -> _Order:
    """The order of the frame's rows; the reserved columns are taken not to change while ``build`` runs."""
    if _LAST.order is not None and _LAST.frame is not None and _LAST.frame() is encounters:
        return _LAST.order
    found = _ordered(encounters)
    _LAST.frame, _LAST.order = weakref.ref(encounters), found
    return found


def _ordered(encounters: pd.DataFrame) -> _Order:
    """Rows without a time must come last of their subject, as a snapshot has them, or first; either way they count as nobody's past."""
    if TIME not in encounters:
        raise UsageError(
            "history needs to know which encounter came first, and this project names no time column",
            where="params.yaml: data.columns.time",
            next="name the time column, or use no history in pipelines/features.py",
        )
    moments = encounters[TIME]
    time, known = _ticks(moments)
    unit = _DAY if pd.api.types.is_datetime64_any_dtype(moments.dtype) else 1
    n = len(time)
    rows = np.arange(n)
    if n == 1:
        return time, known, rows, rows, unit
    everywhere = bool(known.all())
    new_subject = np.ones(n, dtype=np.bool_)
    new_subject[1:] = _changes(encounters[SUBJECT])
    new_time = new_subject.copy()
    new_time[1:] |= time[1:] != time[:-1]
    back = (time[1:] < time[:-1]) & ~new_subject[1:]
    if not everywhere:
        new_time[1:] |= known[1:] != known[:-1]
        back &= known[1:] & known[:-1]
    if back.any():
        raise UsageError(
            "history was asked about encounters that are not sorted by subject and time",
            where="pipelines/features.py",
            next="give history the frame that build received, in its order",
        )
    first = np.maximum.accumulate(rows * new_subject)
    start = first if everywhere else np.where(known, _past_start(known, first), rows)
    earlier = np.maximum.accumulate(rows * new_time)
    return time, known, start, np.maximum(earlier, start), unit


def _changes(subjects: pd.Series[Any]) -> NDArray[np.bool_]:
    """Whether each subject but the first is another one than the one before; missing ones are one subject. Texts are only compared, not hashed."""
    if isinstance(subjects.dtype, pd.StringDtype):
        values = pa.array(subjects.array)
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if not values.null_count:
            found: NDArray[np.bool_] = pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
            return found
    numbers = np.asarray(pd.factorize(subjects)[0], dtype=np.int64)
    return np.asarray(numbers[1:] != numbers[:-1], dtype=np.bool_)


def _past_start(known: NDArray[np.bool_], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the first row of its subject that has a time."""
    n = len(known)
    place = np.full(n, n, dtype=np.int64)
    np.minimum.at(place, first, np.where(known, np.arange(n), n))
    return np.asarray(place[first])


def _ticks(column: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since 1970 of dates, or an integer order as it is; 0 where missing, and whether it is there."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "M":
        moments = column.to_numpy().astype("datetime64[us]", copy=False)
        ticks, known = moments.view(np.int64), ~np.isnat(moments)
    else:
        known = column.notna().to_numpy(dtype=np.bool_)
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            ticks = column.to_numpy(dtype="datetime64[us]").astype(np.int64)
        elif known.all():
            ticks = column.to_numpy(dtype=np.int64)
        else:
            ticks = column.to_numpy(dtype=np.int64, na_value=0)
    return ticks if known.all() else np.where(known, ticks, 0), known


def _within(
    time: NDArray[np.int64],
    marked: NDArray[np.bool_],
    start: NDArray[np.int64],
    earlier: NDArray[np.int64],
    window: float,
) -> NDArray[np.int64]:
    """Marked rows in [start, earlier) at most ``window`` ticks before; walks back one row at a time for all rows at once."""
    counts = np.zeros(len(time), dtype=np.int64)
    active = np.flatnonzero(earlier > start)
    place = earlier[active] - 1
    while active.size:
        near = time[active] - time[place] <= window
        active, place = active[near], place[near]
        counts[active] += marked[place]
        place = place - 1
        inside = place >= start[active]
        active, place = active[inside], place[inside]
    return counts
