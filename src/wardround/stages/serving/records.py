"""Encounters as plain records (JSON) and as the frame that ``build`` is given: the way of one patient through a service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from wardround.contract import Contract, ContractColumn, Kind
from wardround.errors import Problem, UsageError
from wardround.project.sections import Columns
from wardround.stages.features.frames import ENCOUNTER, SITE, SUBJECT, TIME

_DTYPES: dict[Kind, Any] = {
    Kind.INTEGER: pd.Int64Dtype(),
    Kind.FLOAT: np.dtype(np.float64),
    Kind.BOOLEAN: pd.BooleanDtype(),
    Kind.CATEGORY: pd.StringDtype(na_value=np.nan),
    Kind.TEXT: pd.StringDtype(na_value=np.nan),
    Kind.DATETIME: np.dtype("datetime64[us]"),
}


def frame_from_records(records: Sequence[Mapping[str, Any]], contract: Contract) -> pd.DataFrame:
    """Records with the contract's types, one row each, columns in the contract's order; an absent or null value is missing.

    Dates are ISO 8601 text. Columns that no record has are left out. Raises :class:`UsageError` that names the columns whose values
    cannot be read, never a value.
    """
    present = {name for record in records for name in record}
    columns, problems = {}, []
    for column in contract.columns:
        if column.name not in present:
            continue
        try:
            columns[column.name] = _typed([record.get(column.name) for record in records], column)
        except (TypeError, ValueError, OverflowError):
            problems.append(Problem("values cannot be read", where=column.name, wanted=str(column.kind)))
    if problems:
        raise UsageError(problems=problems)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(records)))


def _typed(values: list[Any], column: ContractColumn) -> Any:
    if column.kind is Kind.DATETIME:
        moments = [None if value is None else dt.datetime.fromisoformat(value) for value in values]
        return pd.Series(moments, dtype="datetime64[us]")
    if column.kind is Kind.FLOAT:
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    if column.kind in (Kind.CATEGORY, Kind.TEXT) and any(
        value is not None and not isinstance(value, str) for value in values
    ):
        raise TypeError(column.name)
    return pd.array([pd.NA if value is None else value for value in values], dtype=_DTYPES[column.kind])


def with_keys(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The frame with the reserved columns of a snapshot, sorted as a snapshot is; ``wr_row`` numbers are not kept.

    Without a subject or encounter column each row is one of its own, as in a snapshot.
    """
    result = frame.copy(deep=False)
    numbered = pd.Series([str(number) for number in range(len(frame))], index=frame.index, dtype=_DTYPES[Kind.TEXT])
    result[ENCOUNTER] = frame[columns.encounter].astype(_DTYPES[Kind.TEXT]) if columns.encounter in frame else numbered
    result[SUBJECT] = frame[columns.subject].astype(_DTYPES[Kind.TEXT]) if columns.subject in frame else numbered
    order = [SUBJECT]
    if columns.time in frame:
        result[TIME] = frame[columns.time]
        order.append(TIME)
    if columns.site in frame:
        result[SITE] = frame[columns.site].astype(_DTYPES[Kind.TEXT])
    return result.sort_values([*order, ENCOUNTER], kind="stable")


def to_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The reverse of :func:`frame_from_records`: JSON types, dates as ISO 8601 text, missing as null."""
    return [
        {str(name): _plain(value) for name, value in zip(frame.columns, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
