"""One door to raw tables: :func:`open_table` looks at every file once, then gives the rows in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from wardround.errors import Problem, UsageError
from wardround.tables.parquet import conform, inspect_parquet, is_nested, parquet_batches
from wardround.tables.source import SourceFile, TableSource, find_files
from wardround.tables.streams import Sniffed, plain_stream
from wardround.tables.text import inspect_text, text_batches


@dataclass(frozen=True)
class TablePart:
    """One file of a table and what was found out about it. ``columns`` are in the file's own order."""

    file: SourceFile
    sniffed: Sniffed
    columns: tuple[str, ...]
    #: Columns whose cells are lists, structures or bytes: they are not read.
    nested: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableReader:
    """A table that is ready to be read, as often as wanted.

    ``schema`` holds strings only for CSV (an empty cell is empty text) and the files' own plain types for Parquet.
    """

    source: TableSource
    parts: tuple[TablePart, ...]
    schema: pa.Schema

    @property
    def nested(self) -> tuple[str, ...]:
        """Columns of any file that are not read, because a cell holds no plain value."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.nested))

    @property
    def columns(self) -> tuple[str, ...]:
        """The column names, in the order of the first file."""
        return tuple(self.schema.names)

    def batches(self, columns: Sequence[str] | None = None, *, coded: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
        """All rows, file by file in sorted order. Every batch has ``schema`` and at least one row.

        ``columns`` are those that somebody wants: of Parquet the others are not read. Text columns among ``coded`` may come as
        dictionaries, as Parquet holds them: a few texts and a number for each row.

        Raises :class:`UsageError` for broken records, wrong encodings and damaged files, and when there is no row at all.
        """
        rows = 0
        for part in self.parts:
            for batch in self._of(part, columns, frozenset(coded)):
                rows += batch.num_rows
                yield batch
        if not rows:
            raise UsageError(
                "the table has a header but no row",
                where=self.source.path,
                wanted="at least one encounter",
                next="check the export",
            )

    def text_batches(self) -> Iterator[pa.RecordBatch]:
        """The same with every column as text; null stays null."""
        schema = pa.schema([(name, pa.string()) for name in self.columns])
        return (batch if batch.schema == schema else conform(batch, schema) for batch in self.batches())

    def _of(self, part: TablePart, columns: Sequence[str] | None, coded: frozenset[str]) -> Iterator[pa.RecordBatch]:
        schema = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        if part.sniffed.format == "parquet":
            coded = frozenset(item.name for item in schema if item.name in coded and pa.types.is_string(item.type))
            yield from parquet_batches(part.file, schema, self.source, coded)
        else:
            for batch in text_batches(part.file, part.sniffed, part.columns, self.source):
                yield conform(batch, schema)


def open_table(source: TableSource) -> TableReader:
    """Finds the files of ``source``, looks into each and checks that they hold the same columns.

    Raises :class:`UsageError` (all files' problems together) or :class:`EnvironmentFailure` when storage does not answer.
    """
    files = find_files(source)
    inspected = [_inspect(file, source) for file in files]
    first_part, first_schema = inspected[0]
    problems = [
        problem for part, schema in inspected[1:] for problem in _differences(first_part, first_schema, part, schema)
    ]
    if problems:
        raise UsageError(problems=problems)
    schema = first_schema
    if len({str(item) for _, item in inspected}) > 1:
        schema = _united(inspected)
    return TableReader(source, tuple(part for part, _ in inspected), schema)


def _inspect(file: SourceFile, source: TableSource) -> tuple[TablePart, pa.Schema]:
    with plain_stream(file) as (stream, compression):
        is_parquet = stream.read(4) == b"PAR1"
    if is_parquet and compression:
        raise UsageError("a Parquet file inside an archive", where=file.name, next="unpack it: Parquet is compressed")
    if is_parquet:
        schema = inspect_parquet(file)
        nested = tuple(item.name for item in schema if is_nested(item.type))
        schema = pa.schema([item for item in schema if item.name not in nested])
        return TablePart(file, Sniffed("parquet"), tuple(schema.names), nested), schema
    sniffed, names = inspect_text(file, source, compression)
    return TablePart(file, sniffed, names), pa.schema([(name, pa.string()) for name in names])


def _differences(first: TablePart, schema: pa.Schema, part: TablePart, other: pa.Schema) -> Iterator[Problem]:
    if first.sniffed.format != part.sniffed.format:
        yield Problem(
            "the files are of different formats",
            where=part.file.name,
            wanted=f"{first.sniffed.format} like {first.file.name}",
            found=part.sniffed.format,
        )
        return
    lost, extra = sorted(set(schema.names) - set(other.names)), sorted(set(other.names) - set(schema.names))
    if lost or extra:
        yield Problem(
            "the files have different columns",
            where=part.file.name,
            wanted=f"the columns of {first.file.name}",
            found="; ".join(
                f"{word}: {', '.join(names)}" for word, names in (("missing", lost), ("added", extra)) if names
            ),
            next="export the files again with the same columns, or narrow the glob",
        )
        return
    for item in schema:
        if not _castable(item.type, other.field(item.name).type):
            yield Problem(
                "the files hold different types in one column",
                where=f"{part.file.name}: {item.name}",
                wanted=f"{item.type} like {first.file.name}",
                found=str(other.field(item.name).type),
            )


def _castable(left: pa.DataType, right: pa.DataType) -> bool:
    try:
        pa.unify_schemas([pa.schema([("x", left)]), pa.schema([("x", right)])], promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return False
    return True


def _united(inspected: list[tuple[TablePart, pa.Schema]]) -> pa.Schema:
    """Integers beside floats (pandas writes a column with a gap as float) become floats, and so on."""
    names = inspected[0][1].names
    united = pa.unify_schemas([schema for _, schema in inspected], promote_options="permissive")
    return pa.schema([united.field(name) for name in names])
