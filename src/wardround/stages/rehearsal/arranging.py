"""From independent rows to what looks like a hospital's table. Each step gives another frame with the same rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa

from wardround.contract import Contract, ContractColumn, Kind
from wardround.project.sections import Columns, DataSection
from wardround.stages.ingest.casting import Wanted
from wardround.stages.ingest.label import Positive, same_kind

#: Subjects for each encounter, and sites where the contract names none. Project choice.
SUBJECTS, SITES = 0.6, 3
#: Where a time is bounded by nothing: four years.
_START, _SPAN = dt.datetime(2020, 1, 1), dt.timedelta(days=1461)  # noqa: DTZ001 - snapshots have no time zone
_NUMBERS = 10_000


def times(frame: pd.DataFrame, contract: Contract, data: DataSection, rng: np.random.Generator) -> pd.DataFrame:
    """Times drawn evenly over the window; dates that nothing bounds move with them, so that what came later stays later."""
    name = data.columns.time
    column = contract.column(name) if name else None
    if name is None or column is None:
        return frame
    made = frame.copy()
    if column.kind is Kind.INTEGER:
        low, high = _numbers(column, data)
        made[name] = pd.Series(rng.integers(low, high, size=len(frame)), index=frame.index).astype(frame[name].dtype)
        return made
    start, end = _moments(column, data)
    minutes = max(int((end - start).total_seconds() // 60), 1)
    chosen = pd.Series(
        np.datetime64(start, "us") + rng.integers(minutes, size=len(frame)).astype("timedelta64[m]"), index=frame.index
    )
    moved = chosen - frame[name]
    for other in contract.columns:
        bounded = other.low is not None and other.high is not None
        if other.kind is Kind.DATETIME and other.name in made and (other.name == name or not bounded):
            made[other.name] = (frame[other.name] + moved).astype(frame[other.name].dtype)
    return made


def _moments(column: ContractColumn, data: DataSection) -> tuple[dt.datetime, dt.datetime]:
    """From when to when encounters may lie; the end is excluded."""
    start, end = (
        dt.datetime.combine(bound, dt.time()) if isinstance(bound, dt.date) else None
        for bound in (data.window.start, data.window.end)
    )
    low = max((bound for bound in (start, column.low) if bound is not None), default=None)
    high = min((bound for bound in (end, column.high) if bound is not None), default=None)
    if low is None:
        low = high - _SPAN if high is not None else _START
    return low, high if high is not None else low + _SPAN


def _numbers(column: ContractColumn, data: DataSection) -> tuple[int, int]:
    """The same for an order without dates."""
    start, end = (bound if isinstance(bound, int) else None for bound in (data.window.start, data.window.end))
    low = max((int(bound) for bound in (start, column.low) if bound is not None), default=None)
    high = min((int(bound) for bound in (end, column.high) if bound is not None), default=None)
    if low is None:
        low = high - _NUMBERS if high is not None else 0
    return low, max(high if high is not None else low + _NUMBERS, low + 1)


def subjects(frame: pd.DataFrame, contract: Contract, columns: Columns, rng: np.random.Generator) -> pd.DataFrame:
    """Some subjects come several times."""
    name = columns.subject
    column = contract.column(name) if name else None
    if name is None or column is None or column.unique or name == columns.encounter:
        return frame
    people = frame[name].drop_duplicates().iloc[: max(int(SUBJECTS * len(frame)), 1)]
    made = frame.copy()
    made[name] = people.take(rng.integers(len(people), size=len(frame))).to_numpy()
    made[name] = made[name].astype(frame[name].dtype)
    return made


def sites(frame: pd.DataFrame, contract: Contract, columns: Columns, rng: np.random.Generator) -> pd.DataFrame:
    """A few sites where the contract leaves their names open; those that it names were drawn already."""
    name = columns.site
    column = contract.column(name) if name else None
    if name is None or column is None or column.kind is not Kind.TEXT or name in {columns.subject, columns.encounter}:
        return frame
    made = frame.copy()
    made[name] = pd.Series(
        [f"site-{number + 1}" for number in rng.integers(SITES, size=len(frame))],
        index=frame.index,
        dtype=frame[name].dtype,
    )
    return made


def outcomes(
    frame: pd.DataFrame, contract: Contract, data: DataSection, rate: float, rng: np.random.Generator
) -> pd.DataFrame:
    """The event at about ``rate`` of the encounters whose outcome is known; which values count is params' word."""
    name = data.columns.outcome
    column = contract.column(name)
    if column is None:
        return frame
    positive, negative = _pools(frame[name], column, data)
    if not positive or not negative:
        return frame
    known = frame[name].notna().to_numpy()
    event = rng.random(len(frame)) < rate
    values = [
        (positive[place % len(positive)] if is_event else negative[place % len(negative)]) if is_known else None
        for is_known, is_event, place in zip(known, event, rng.integers(1 << 30, size=len(frame)), strict=True)
    ]
    made = frame.copy()
    made[name] = pd.Series(values, index=frame.index, dtype=frame[name].dtype)
    return made


def _pools(drawn: pd.Series, column: ContractColumn, data: DataSection) -> tuple[list[object], list[object]]:
    """Values with and without the event: those that were drawn; others only where one kind is missing among them."""
    wanted = Wanted.of(column)
    is_event = Positive.of(data.positive, wanted)

    def sort(values: list[object]) -> tuple[list[object], list[object]]:
        array = pa.array(values, type=column.arrow_type, from_pandas=True)
        flags = is_event(array).to_pylist()
        pairs = list(zip(array.to_pylist(), flags, strict=True))
        return [value for value, flag in pairs if flag == 1], [value for value, flag in pairs if flag == 0]

    here = list(drawn.dropna().drop_duplicates().head(200))
    positive, negative = sort(here)
    if positive and negative:
        return positive, negative
    more: list[object] = (
        [0, 1, -1] if column.kind.numeric else [False, True] if column.kind is Kind.BOOLEAN else ["none"]
    )
    if column.kind.numeric:
        edge = float(is_event.value.as_py())
        more += [edge - 1, edge, edge + 1] if column.kind is Kind.FLOAT else [int(edge) - 1, int(edge), int(edge) + 1]
    elif (own := same_kind(data.positive, wanted)) is not None:
        more.append(own.as_py())
    others = sort(more)
    return positive or others[0], negative or others[1]
