"""Parquet files as batches, dictionaries decoded; a file cut off in the middle is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.tables.source import SourceFile, TableSource
from wardround.tables.streams import damaged


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
    """The columns and plain types; columns that pandas adds for its index are left out.

    Raises :class:`UsageError` for damage, doubled names and nested columns.
    """
    with _explained(file), file.open() as stream:
        schema = parquet.ParquetFile(stream).schema_arrow
    fields = [item for item in schema if not item.name.startswith("__index_level_")]
    names = [item.name for item in fields]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"columns stand more than once: {', '.join(doubled)}", where=file.name)
    kinds = {item.name: plain_type(item.type) for item in fields}
    nested = sorted(name for name, kind in kinds.items() if pa.types.is_nested(kind) or pa.types.is_binary(kind))
    if nested:
        raise UsageError(
            f"columns hold lists, structures or bytes: {', '.join(nested)}",
            where=file.name,
            wanted="one plain value a cell",
            next="write these as plain columns of their own, or leave them out of the file",
        )
    return pa.schema(list(kinds.items()))


def parquet_batches(file: SourceFile, schema: pa.Schema, source: TableSource) -> Iterator[pa.RecordBatch]:
    """The rows, with the columns in the order and types of ``schema``."""
    with _explained(file), file.open() as stream:
        reader = parquet.ParquetFile(stream)
        for batch in reader.iter_batches(batch_size=source.batch_rows, columns=schema.names, use_threads=True):
            if batch.num_rows:
                yield conform(batch, schema)


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """``batch`` with the columns and types of ``schema``."""
    columns = []
    for item in schema:
        column = batch.column(item.name)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        columns.append(column if column.type == item.type else column.cast(item.type))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
