"""Parts of the log put together: where a column has another type in one of them, that part and that column are named."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from wardround.errors import EnvironmentFailure

#: Where a table says which part it was read from.
_PART = b"wardround.part"


def labelled(table: pa.Table, part: str) -> pa.Table:
    """The table, with the name of its part."""
    return table.replace_schema_metadata({_PART: part.encode()})


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """All rows, of all columns. Raises :class:`EnvironmentFailure` when a column's types cannot be made one."""
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise _explained(tables) from error


def part_of(table: pa.Table) -> str:
    """The part that a table was read from."""
    known: dict[bytes, bytes] = table.schema.metadata or {}
    return known.get(_PART, b"a segment that is not compacted yet").decode()


def _explained(tables: Sequence[pa.Table]) -> EnvironmentFailure:
    first: dict[str, tuple[pa.DataType, str]] = {}
    for table in tables:
        part = part_of(table)
        for column in table.schema:
            kind, other = first.setdefault(column.name, (column.type, part))
            if not _alike(kind, column.type):
                return EnvironmentFailure(
                    "a column of the prediction log has another type in one part than in another",
                    where=f"{part}: {column.name}",
                    wanted=f"{kind}, as in {other}",
                    found=str(column.type),
                    next="see which service wrote that part: answers of another contract need a version of their own",
                )
    return EnvironmentFailure("parts of the prediction log cannot be put together", next="look at their columns")


def _alike(one: pa.DataType, other: pa.DataType) -> bool:
    try:
        pa.unify_schemas([pa.schema([("x", one)]), pa.schema([("x", other)])], promote_options="permissive")
    except pa.ArrowException:
        return False
    return True
