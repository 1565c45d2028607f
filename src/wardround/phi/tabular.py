"""Tables as columns of distinct values: CSV and its kin, Parquet and Feather."""

from __future__ import annotations

import csv
import io
from typing import Any

from wardround.errors import MissingPackage

#: Suffix → separator; None: it is guessed from the first lines.
SEPARATED: dict[str, str | None] = {".csv": None, ".tsv": "\t", ".psv": "|"}
BINARY = (".parquet", ".pq", ".feather", ".arrow")
#: Distinct values of one column that are looked at. Project choice.
VALUES = 200_000

Columns = tuple[tuple[str, tuple[str, ...]], ...]


def separated(text: str, separator: str | None) -> Columns | None:
    """The columns of a separated text, or None when it is no table (one column, or no line at all)."""
    first = text[: text.find("\n") if "\n" in text else len(text)]
    mark = separator or max(",;\t|", key=first.count)
    if mark not in first:
        return None
    try:
        rows = csv.reader(io.StringIO(text), delimiter=mark)
        header = next(rows)
        values: list[dict[str, None]] = [{} for _ in header]
        for row in rows:
            for kept, cell in zip(values, row, strict=False):
                if cell and len(kept) < VALUES:
                    kept[cell] = None
    except (csv.Error, StopIteration):
        return None
    return tuple((name, tuple(kept)) for name, kept in zip(header, values, strict=True))


def binary(content: bytes, suffix: str) -> Columns | None:
    """The columns of a Parquet or Feather file; None when it cannot be read. Raises :class:`MissingPackage` without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
        from pyarrow import feather
    except ModuleNotFoundError as error:
        raise MissingPackage(
            "a table cannot be looked at: pyarrow is not installed",
            wanted="the locked environment",
            next="python -m pip install --no-deps --require-hashes --requirement requirements.lock",
        ) from error
    try:
        source = pa.BufferReader(content)
        table = pq.read_table(source) if suffix in {".parquet", ".pq"} else feather.read_table(source)
    except (pa.ArrowException, OSError, ValueError):
        return None
    return tuple((name, _distinct(table.column(name))) for name in table.column_names)


def _distinct(column: Any) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pc.unique(column).slice(0, VALUES).to_pylist()
    except pa.ArrowException:  # nested values have no order and no hash
        found = column.slice(0, VALUES).to_pylist()
    return tuple(str(value) for value in found if value is not None and value != "")
