"""Whose rows a table holds, by the column that names the subject."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from wardround.errors import UsageError

_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
_PACKED = (".gz", ".bz2", ".xz", ".zip")
TABLES = (*_PARQUET, *_TEXT, *(text + packed for text in _TEXT for packed in _PACKED))


def subjects_in(name: str, content: bytes, columns: Sequence[str]) -> frozenset[str] | None:
    """Everybody in a table, as text; None where it is no table that can be read, or no column of it names subjects."""
    unpacked = _unpacked(name, content)
    if unpacked is None:
        return None
    name, content = unpacked
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _PARQUET:
        return _parquet(content, columns)
    if suffix in _TEXT:
        return _text(content, columns, "\t" if suffix == ".tsv" else None)
    return None


def _unpacked(name: str, content: bytes) -> tuple[str, bytes] | None:
    """Name and bytes without the compressions that ingest reads; None for a damaged archive, or one of several files."""
    from wardround.tables.streams import compression_of

    plain_name = name[: -len(PurePosixPath(name).suffix)] if name.lower().endswith(_PACKED) else name
    try:
        match compression_of(content[:8]):
            case "gzip":
                return plain_name, gzip.decompress(content)
            case "bzip2":
                return plain_name, bz2.decompress(content)
            case "xz":
                return plain_name, lzma.decompress(content)
            case "zip":
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    inner = [item for item in archive.namelist() if not item.endswith("/")]
                    return (inner[0], archive.read(inner[0])) if len(inner) == 1 else None
    except (OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zipfile.BadZipFile):
        return None
    return name, content


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

    wide = content[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    text = content.decode("utf-16" if wide else "utf-8-sig", "replace").lstrip("\r\n")
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
    found = frozenset(plain(re.split(r"[,;\t]", line)[0].strip('"')) for line in lines if line.strip())
    if not found:
        raise UsageError("the file names no subject", where=path.name, wanted="one identifier a line")
    return found
