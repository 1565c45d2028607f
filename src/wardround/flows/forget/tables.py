"""Whose rows a table holds, by the column that names the subject."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from wardround.errors import UsageError

_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
TABLES = (*_PARQUET, *_TEXT)


def subjects_in(name: str, content: bytes, columns: Sequence[str]) -> frozenset[str] | None:
    """Everybody in a table, as text; None where it is no table that can be read, or no column of it names subjects."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _PARQUET:
        return _parquet(content, columns)
    if suffix in _TEXT:
        return _text(content, columns, "\t" if suffix == ".tsv" else None)
    return None


def _parquet(content: bytes, columns: Sequence[str]) -> frozenset[str] | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        own = [name for name in columns if name in file.schema_arrow.names]
        if not own:
            return None
        table = file.read(columns=own)
    except (pa.ArrowException, OSError):
        return None
    return frozenset(
        plain(value) for name in own for value in table.column(name).unique().to_pylist() if value is not None
    )


def _text(content: bytes, columns: Sequence[str], separator: str | None) -> frozenset[str] | None:
    import csv

    text = content.decode("utf-8-sig", "replace")
    first = text[: text.find("\n") if "\n" in text else len(text)]
    mark = separator or max(",;\t|", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        header = next(rows)
        places = [place for place, name in enumerate(header) if name.strip() in columns]
        if not places:
            return None
        return frozenset(plain(row[place]) for row in rows for place in places if place < len(row) and row[place])
    except (csv.Error, StopIteration):
        return None


def plain(value: object) -> str:
    """An identifier as text: without spaces around it, whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def wanted(path: Path) -> frozenset[str]:
    """The identifiers in a file: one a line, or the first column of a CSV. :class:`UsageError` when there is none; messages quote nothing of it."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the file with the subjects cannot be read",
            where=path.name,
            wanted="UTF-8 text, one identifier a line",
            found=type(error).__name__,
        ) from error
    found = frozenset(plain(line.split(",")[0].strip('"')) for line in lines if line.strip())
    if not found:
        raise UsageError("the file names no subject", where=path.name, wanted="one identifier a line")
    return found
