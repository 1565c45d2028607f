"""Which columns of an input are read, and as what; decided before a row is read."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wardround.contract import ContractColumn, Kind
from wardround.errors import ContractViolation, Problem, UsageError
from wardround.scoring.source import Table
from wardround.stages.ingest.casting import Wanted
from wardround.stages.ingest.dates import order_of, undecided


@dataclass(frozen=True)
class Reading:
    """How a table is read. ``wanted`` are the contract's columns that it has, ``extra`` are columns that nobody asked for."""

    wanted: tuple[Wanted, ...]
    extra: tuple[str, ...]


def reading(table: Table, shown: Sequence[ContractColumn], known: Sequence[str]) -> Reading:
    """How ``table`` is read for the columns ``shown`` (those that a request holds); ``known`` are names that the contract has besides.

    Raises :class:`ContractViolation` that lists the columns that must be there, :class:`UsageError` for dates whose order nothing tells.
    """
    names = table.reader.columns
    free = [name for name in names if name not in {column.name for column in shown}]
    lost = [column.name for column in shown if column.required and column.name not in names]
    if lost:
        raise ContractViolation(
            problems=[
                Problem(
                    f"the column {name!r} of the contract is missing",
                    where=table.where,
                    next=f"did you mean {near[0]}?"
                    if (near := difflib.get_close_matches(name, free, n=1))
                    else "export it, or correct its name",
                )
                for name in lost
            ]
        )
    wanted = [Wanted.of(column) for column in shown if column.name in names]
    extra = tuple(sorted(name for name in names if name in free and name not in known))
    return Reading(tuple(_with_order(table, wanted)), extra)


def _with_order(table: Table, wanted: list[Wanted]) -> list[Wanted]:
    """For dates such as 3/4/2024, whether the day comes first: what all of the column says together, as at ingest."""
    schema = table.reader.schema
    textual = {
        item.name for item in wanted if item.kind is Kind.DATETIME and str(schema.field(item.name).type) == "string"
    }
    if not textual:
        return wanted
    names = sorted(textual)
    first = next(table.batches(names), None)
    proved: dict[str, set[bool]] = {}
    if first is not None:
        proved = {name: set() for name in textual if undecided(_texts(first, name))}
    if not proved:
        return wanted
    for batch in table.batches(names):
        for name in proved:
            proved[name] |= order_of(_texts(batch, name))
    if ambiguous := sorted(name for name, orders in proved.items() if len(orders) != 1):
        raise UsageError(
            problems=[
                Problem(
                    "dates such as 3/4/2024 do not tell day and month apart",
                    where=f"{table.where}: {name}",
                    wanted="one order in the whole column, or ISO 8601 (2024-04-03)",
                    next="export the column as ISO 8601",
                )
                for name in ambiguous
            ]
        )
    return [replace(item, day_first=next(iter(proved[item.name])) if item.name in proved else None) for item in wanted]


def _texts(batch: object, name: str) -> list[str]:
    column = batch.column(name)  # type: ignore[attr-defined]  # pyarrow has no types
    return [text.strip() for text in column.unique().to_pylist() if text]
