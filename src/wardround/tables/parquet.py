"""Parquet files as batches, dictionaries decoded; a file cut off in the middle is named."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import pyarrow as pa
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.tables.source import SourceFile, TableSource
from wardround.tables.streams import damaged

#: Batches of rows that are asked for together, at least. Project choice.
_BATCHES = 4


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without storage details: dictionaries decoded, large and view strings as strings, null as string."""
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    return kind


@contextmanager
def _explained(file: SourceFile) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowInvalid, OSError) as error:
        raise damaged(file, "Parquet") from error
    except pa.ArrowNotImplementedError as error:
        raise UsageError(
            "the Parquet file uses a feature that is not supported", where=file.name, next="write it again with pyarrow"
        ) from error


def inspect_parquet(file: SourceFile) -> pa.Schema:
    """The columns and plain types, nested ones too; columns that pandas adds for its index are left out.

    Raises :class:`UsageError` for damage and doubled names.
    """
    with _explained(file), file.open() as stream:
        schema = parquet.ParquetFile(stream).schema_arrow
    fields = [item for item in schema if not item.name.startswith("__index_level_")]
    names = [item.name for item in fields]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"columns stand more than once: {', '.join(doubled)}", where=file.name)
    return pa.schema([(item.name, plain_type(item.type)) for item in fields])


def is_nested(kind: pa.DataType) -> bool:
    """Whether a cell holds no plain value: lists, structures and bytes are not read."""
    return bool(pa.types.is_nested(kind) or pa.types.is_binary(kind))


def parquet_batches(
    file: SourceFile, schema: pa.Schema, source: TableSource, coded: Collection[str] = ()
) -> Iterator[pa.RecordBatch]:
    """The rows, with the columns in the order and types of ``schema``; those of ``coded`` as dictionaries of text."""
    with _explained(file), file.open() as stream:
        reader = parquet.ParquetFile(stream, read_dictionary=list(coded) or None)
        for groups in _together(reader.metadata, _BATCHES * source.batch_rows):
            for batch in reader.iter_batches(
                source.batch_rows, row_groups=groups, columns=schema.names, use_threads=True
            ):
                if batch.num_rows:
                    yield conform(batch, schema, coded)


def _together(metadata: parquet.FileMetaData, rows: int) -> Iterator[list[int]]:
    """Row groups of at least ``rows`` rows together. Arrow keeps all bytes of what it was asked for until the last row of it is read."""
    groups: list[int] = []
    held = 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        held += metadata.row_group(group).num_rows
        if held >= rows:
            yield groups
            groups, held = [], 0
    if groups:
        yield groups


def conform(batch: pa.RecordBatch, schema: pa.Schema, coded: Collection[str] = ()) -> pa.RecordBatch:
    """``batch`` with the columns and types of ``schema``; those of ``coded`` may stay dictionaries of such values."""
    columns = []
    for item in schema:
        column = batch.column(item.name)
        if pa.types.is_dictionary(column.type):
            if item.name in coded and column.type.value_type == item.type:
                columns.append(column)
                continue
            column = column.dictionary_decode()
        columns.append(column if column.type == item.type else column.cast(item.type))
    return pa.RecordBatch.from_arrays(columns, schema.names)
