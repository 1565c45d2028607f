"""What ingest will do with each column, decided and checked before a row is read. All mistakes are reported together."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from wardround.contract import RESERVED, Contract, Kind
from wardround.errors import ContractViolation, Problem, UsageError
from wardround.project.sections import Columns, DataSection
from wardround.stages.ingest.casting import Wanted
from wardround.stages.ingest.dates import order_of, undecided
from wardround.stages.ingest.label import Positive
from wardround.stages.ingest.raw import Raw

_ROLES = ("encounter", "subject", "time", "site", "outcome", "outcome_time")


@dataclass(frozen=True)
class Plan:
    """Columns in the order of the source, how each is read, and the rules for rows."""

    data: DataSection
    columns: tuple[Wanted, ...]
    dropped: tuple[str, ...]
    positive: Positive
    where: str

    @property
    def roles(self) -> Columns:
        """Which column plays which part."""
        return self.data.columns

    def wanted(self, name: str) -> Wanted:
        """How that column is read."""
        return next(item for item in self.columns if item.name == name)


def make_plan(data: DataSection, contract: Contract, raw: Raw) -> Plan:
    """Raises :class:`UsageError` for params that do not fit the table, :class:`ContractViolation` for missing columns."""
    names = tuple(raw.schema.names)
    problems = [
        *_reserved(names, raw.where),
        *_nested(data, contract, raw),
        *_missing_roles(data, (*names, *raw.nested), raw.where),
    ]
    lost = [
        column.name
        for column in contract.columns
        if column.required and column.name not in names and column.name not in raw.nested
    ]
    lost_problems = [
        Problem(
            f"the column {name!r} of the contract is missing",
            where=raw.where,
            next=_nearest(name, [other for other in names if contract.column(other) is None]),
        )
        for name in lost
    ]
    if problems:
        raise UsageError(problems=[*problems, *lost_problems])
    if lost_problems:
        raise ContractViolation(problems=lost_problems)
    used = {getattr(data.columns, role) for role in _ROLES} | set(data.exclude)
    dropped = tuple(
        name for name in names if contract.strict == "filter" and contract.column(name) is None and name not in used
    )
    wanted = [_wanted(contract, name, raw.schema.field(name).type) for name in names if name not in dropped]
    problems = list(_unfit(data, wanted))
    if problems:
        raise UsageError(problems=problems)
    columns = tuple(_with_date_order(wanted, raw))
    outcome = next(item for item in columns if item.name == data.columns.outcome)
    return Plan(data, columns, (*dropped, *raw.nested), Positive.of(data.positive, outcome), raw.where)


def _reserved(names: tuple[str, ...], where: str) -> Iterator[Problem]:
    taken = [name for name in names if name.startswith(RESERVED)]
    if taken:
        yield Problem(
            f"column names that begin with {RESERVED} are reserved: {', '.join(taken)}", where=where, next="rename them"
        )


def _nested(data: DataSection, contract: Contract, raw: Raw) -> Iterator[Problem]:
    """Columns of lists, structures or bytes are dropped where the contract drops what it does not name, and refused elsewhere."""
    used = {getattr(data.columns, role) for role in _ROLES} | set(data.exclude)
    wanted = [
        name for name in raw.nested if contract.strict != "filter" or contract.column(name) is not None or name in used
    ]
    if wanted:
        yield Problem(
            f"columns hold lists, structures or bytes: {', '.join(wanted)}",
            where=raw.where,
            wanted="one plain value a cell",
            next='write these as plain columns of their own, or leave them out of the file or (strict = "filter") the contract',
        )


def _missing_roles(data: DataSection, names: tuple[str, ...], where: str) -> Iterator[Problem]:
    asked = [(f"data.columns.{role}", getattr(data.columns, role)) for role in _ROLES]
    asked += [(f"data.exclude.{name}", name) for name in data.exclude]
    for key, name in asked:
        if name is not None and name not in names:
            yield Problem(
                f"the table has no column {name!r}",
                where=f"params.yaml: {key}",
                wanted=f"a column of {where}",
                next=_nearest(name, list(names)),
            )


def _nearest(name: str, names: list[str]) -> str:
    folded = {other.lower(): other for other in names}
    near = difflib.get_close_matches(name.lower(), folded, n=2, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(folded[item] for item in near)}?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"the table's other columns: {shown}" if names else "the table has no other column"


def _wanted(contract: Contract, name: str, kind: pa.DataType) -> Wanted:
    column = contract.column(name)
    if column is not None:
        return Wanted.of(column)
    guessed = Kind.TEXT
    for test, result in (
        (pa.types.is_integer, Kind.INTEGER),
        (pa.types.is_floating, Kind.FLOAT),
        (pa.types.is_decimal, Kind.FLOAT),
        (pa.types.is_boolean, Kind.BOOLEAN),
        (pa.types.is_timestamp, Kind.DATETIME),
        (pa.types.is_date, Kind.DATETIME),
    ):
        if test(kind):
            guessed = result
    return Wanted(name, guessed, declared=False)


def _unfit(data: DataSection, wanted: list[Wanted]) -> Iterator[Problem]:
    kinds = {item.name: item.kind for item in wanted}
    time = data.columns.time
    bounds = [("start", data.window.start), ("end", data.window.end)]
    given = [(name, value) for name, value in bounds if value is not None]
    if time is None:
        for name, _ in given:
            yield Problem(
                "a window needs a time column", where=f"params.yaml: data.window.{name}", next="set data.columns.time"
            )
        return
    if kinds[time] not in (Kind.DATETIME, Kind.INTEGER):
        yield Problem(
            f"the time column {time!r} is {kinds[time]}",
            where="pipelines/contract.py",
            wanted="Series[pd.Timestamp], or Series[pd.Int64Dtype] for an order without dates",
        )
        return
    for name, value in given:
        if isinstance(value, dt.date) != (kinds[time] is Kind.DATETIME):
            yield Problem(
                "the window does not fit the time column",
                where=f"params.yaml: data.window.{name}",
                wanted="a date" if kinds[time] is Kind.DATETIME else "an integer",
                found="an integer" if kinds[time] is Kind.DATETIME else "a date",
            )
    start, end = data.window.start, data.window.end
    if start is not None and end is not None and type(start) is type(end) and start >= end:  # type: ignore[operator]  # same type
        yield Problem("the window is empty: its start is not before its end", where="params.yaml: data.window")


def _with_date_order(wanted: list[Wanted], raw: Raw) -> Iterator[Wanted]:
    """Looks through columns with dates such as 3/4/2024 once, so that the whole column has one order of day and month."""
    textual = [
        item.name
        for item in wanted
        if item.kind is Kind.DATETIME and pa.types.is_string(raw.schema.field(item.name).type)
    ]
    proved: dict[str, set[bool]] = {}
    if textual:
        first = next(iter(raw.batches()))
        proved = {name: set() for name in textual if undecided(_texts(first, name))}
    if proved:
        for batch in raw.batches():
            for name in proved:
                proved[name] |= order_of(_texts(batch, name))
    ambiguous = sorted(name for name, orders in proved.items() if len(orders) != 1)
    if ambiguous:
        raise UsageError(
            problems=[
                Problem(
                    "dates such as 3/4/2024 do not tell day and month apart"
                    if not proved[name]
                    else "some dates put the day first, others the month",
                    where=f"{raw.where}: {name}",
                    wanted="one order in the whole column, or ISO 8601 (2024-04-03)",
                    next="export the column as ISO 8601",
                )
                for name in ambiguous
            ]
        )
    for item in wanted:
        order = next(iter(proved[item.name])) if item.name in proved else None
        yield replace(item, day_first=order)


def _texts(batch: pa.RecordBatch, name: str) -> list[str]:
    return [text.strip() for text in batch.column(name).unique().to_pylist() if text]
