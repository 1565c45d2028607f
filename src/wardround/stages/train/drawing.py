"""Synthetic encounters drawn from the contract alone: no patient is near them, and they pass the contract.

Values are uniform over the declared ranges and categories (project choice); rows that a check of the contract refuses are drawn again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from wardround.contract import Contract, ContractColumn, Kind
from wardround.project.sections import Columns

#: Share of missing values in a nullable column.
MISSING = 0.15
#: How often rows are drawn, four for each that is still wanted, before it is given up.
TRIES = 20
_START, _DAYS = dt.datetime(2020, 1, 1), 1461  # noqa: DTZ001 - snapshots have no time zone


def draw(contract: Contract, columns: Columns, wanted: int, rng: np.random.Generator) -> pd.DataFrame:
    """Up to ``wanted`` encounters that pass the contract, numbered from 0, with the contract's types; fewer where checks are too narrow.

    Encounters and subjects are named ``golden-1`` and so on (or numbered), each row another.
    """
    found: list[pd.DataFrame] = []
    missing, number = wanted, 0
    for _ in range(TRIES):
        if missing <= 0:
            break
        rows = max(missing * 4, 16)
        made = _rows(contract, columns, rows, rng, number)
        number += rows
        good = made[passing(contract, made)].head(missing)
        missing -= len(good)
        found.append(good)
    return pd.concat(found, ignore_index=True) if found else _rows(contract, columns, 0, rng, 0)


def passing(contract: Contract, made: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows no check of the contract refuses; none where a check judges the table as one, and refuses it."""
    keep = np.ones(len(made), dtype=np.bool_)
    schema = contract.schema
    assert schema is not None
    try:
        schema.validate(made, lazy=True)
    except Exception as error:  # noqa: BLE001 - pandera's own type is behind the contract's door
        cases = getattr(error, "failure_cases", None)
        if cases is None or cases["index"].isna().any():
            return np.zeros(len(made), dtype=np.bool_)
        keep[cases["index"].astype(np.int64).unique()] = False
    return keep


def _rows(contract: Contract, columns: Columns, rows: int, rng: np.random.Generator, first: int) -> pd.DataFrame:
    keys = {columns.encounter, columns.subject} - {None}
    start = rng.integers(_DAYS * 1440, size=rows)
    made: dict[str, Any] = {}
    for column in contract.columns:
        if column.name in keys or column.unique:
            values = _identifiers(column, rows, first)
        elif column.kind is Kind.DATETIME:
            values = _moments(column, rng, start, is_time=column.name == columns.time)
        else:
            values = _values(column, rng, rows)
        if column.nullable and column.name not in {*keys, columns.time}:
            gone = rng.random(rows) < MISSING
            values = [None if is_gone else value for value, is_gone in zip(values, gone, strict=True)]
        made[column.name] = values
    return _frame(made, contract)


def _frame(made: dict[str, Any], contract: Contract) -> pd.DataFrame:
    from wardround.stages.serving.records import frame_from_records

    plain = {
        name: [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
        for name, values in made.items()
    }
    names = list(plain)
    return frame_from_records(
        [dict(zip(names, row, strict=True)) for row in zip(*plain.values(), strict=True)], contract
    )


def _identifiers(column: ContractColumn, rows: int, first: int) -> list[Any]:
    numbers = range(first + 1, first + rows + 1)
    if column.kind is Kind.TEXT:
        return [f"golden-{number}" for number in numbers]
    low = int(column.low) if column.low is not None and column.kind is not Kind.DATETIME else 0
    if column.kind is Kind.FLOAT:
        return [float(low + number) for number in numbers]
    return [low + number for number in numbers]


def _values(column: ContractColumn, rng: np.random.Generator, rows: int) -> list[Any]:
    allowed = _allowed(column)
    if allowed:
        return [allowed[place] for place in rng.integers(len(allowed), size=rows)]
    if column.kind is Kind.BOOLEAN:
        return [bool(value) for value in rng.integers(2, size=rows)]
    if column.kind is Kind.TEXT:
        return [f"golden-{number}" for number in rng.integers(100, size=rows)]
    low, high = _ends(column)
    if column.kind is Kind.INTEGER:
        return [int(value) for value in rng.integers(int(np.ceil(low)), int(np.floor(high)) + 1, size=rows)]
    return [round(float(value), 3) for value in rng.uniform(low, high, rows)]


def _allowed(column: ContractColumn) -> list[Any]:
    if column.categories is not None:
        return list(column.categories)
    for check in column.checks:
        if check.name == "isin":
            return sorted(item for item in (check.statistics or {}).get("allowed_values", ()) if item is not None)
    return []


def _ends(column: ContractColumn) -> tuple[float, float]:
    """The declared range, closed; 100 wide where one end is open, 0 to 100 where both are."""
    low, high = column.low, column.high
    step = 1.0 if column.kind is Kind.INTEGER else 1e-3
    if low is not None and not column.low_closed:
        low += step
    if high is not None and not column.high_closed:
        high -= step
    if low is None:
        low = high - 100 if high is not None else 0
    return float(low), float(high if high is not None else low + 100)


def _moments(column: ContractColumn, rng: np.random.Generator, start: Any, *, is_time: bool) -> list[Any]:
    """Minutes of one shared start; what is known at discharge or later lies hours to weeks after it."""
    later = (
        0
        if is_time or column.known_at in ("admission", "encounter")
        else 1440 * (12 if column.known_at == "discharge" else 40)
    )
    shift = rng.integers(1, max(later, 2), size=len(start)) if later else np.zeros(len(start), dtype=np.int64)
    low, high = column.low or _START, column.high
    moments = [low + dt.timedelta(minutes=int(a) + int(b)) for a, b in zip(start, shift, strict=True)]
    if high is not None:
        span = max(int((high - low).total_seconds() // 60), 1)
        moments = [low + dt.timedelta(minutes=int((a + b) % span)) for a, b in zip(start, shift, strict=True)]
    return moments
