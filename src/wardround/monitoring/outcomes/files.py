"""The files of outcomes behind a URL, and their rows in batches of text. A torn file is named and left, not fatal."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from wardround.errors import UsageError
from wardround.tables.source import SourceFile, unreachable
from wardround.tables.streams import plain_stream

_ENDINGS = (".csv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zip", ".parquet")
_BLOCK, _ROWS = 1 << 23, 65_536


@dataclass
class Torn:
    """What could not be read: files, and rows with too few or too many cells. ``unended`` are files of text without a last line break."""

    files: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)
    rows: int = 0


def find(url: str, root: Path) -> tuple[SourceFile, ...]:
    """The files of a directory (all CSV and Parquet below it), a glob or a file, sorted by path.

    An existing directory may be empty: no outcome has arrived. Raises :class:`UsageError` when nothing is there,
    :class:`EnvironmentFailure` when the storage does not answer.
    """
    from fsspec.core import url_to_fs

    where = url.split("?", 1)[0]
    found: list[str] | None
    try:
        filesystem, path = url_to_fs(url if "://" in url else str(root / Path(url).expanduser()))
        filesystem.invalidate_cache()
        if any(sign in path for sign in "*?["):
            found = [item for item in filesystem.glob(path) if not filesystem.isdir(item)]
        elif filesystem.isdir(path):
            found = [item for item in filesystem.find(path) if item.lower().endswith(_ENDINGS)]
        else:
            found = [path] if filesystem.exists(path) else None
    except Exception as error:  # each file system raises errors of its own
        raise unreachable(where, error) from error
    if found is None:
        raise UsageError(
            "there are no outcomes at that place",
            where=f"params.yaml: monitor.outcomes: {where}",
            wanted="a directory, a file or a glob of CSV or Parquet files",
            next="correct the URL, or leave it out until outcomes arrive",
        )
    return tuple(SourceFile(filesystem, item, item.rsplit("/", 1)[-1]) for item in sorted(found))


def batches(file: SourceFile, columns: Sequence[str], separator: str, torn: Torn) -> Iterator[pa.RecordBatch]:
    """The wanted columns of a file, as text; what was read before a tear is given.

    Raises :class:`UsageError` when a column is not there: that is no tear.
    """
    try:
        with plain_stream(file) as (stream, _):
            if stream.read(4) == b"PAR1":
                stream.seek(0)
                yield from _parquet(stream, columns)
            else:
                stream.seek(0)
                ending = _Ending(stream)
                yield from _csv(pa.PythonFile(ending, mode="r"), columns, separator, torn)
                if ending.last not in b"\r\n":
                    torn.unended.append(file.name)
    except _ColumnMissing as error:
        raise UsageError(
            "a file of outcomes lacks a column",
            where=f"{file.name}: {error}",
            wanted=", ".join(columns),
            next="name the columns in monitor.outcome (encounter, value, recorded)",
        ) from error
    except (UsageError, pa.ArrowException, EOFError, OSError) as error:  # empty, cut off, or a damaged archive
        if isinstance(error, OSError) and error.errno:  # Arrow's own have no number: the storage said this
            raise unreachable(file.name, error) from error
        torn.files.append(file.name)


@dataclass
class _Ending(io.RawIOBase):
    """Passes bytes on and keeps the last: a file that was cut inside its last cell has as many cells as a whole one."""

    stream: Any
    last: bytes = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block: bytes = self.stream.read(size)
        self.last = block[-1:] or self.last
        return block


class _ColumnMissing(Exception):
    """A wanted column is in no header."""


def _parquet(stream: Any, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    opened = parquet.ParquetFile(stream)
    _present(columns, opened.schema_arrow.names)
    for batch in opened.iter_batches(_ROWS, columns=list(columns)):
        yield pa.record_batch([_text(batch.column(item)) for item in columns], names=list(columns))


def _csv(stream: Any, columns: Sequence[str], separator: str, torn: Torn) -> Iterator[pa.RecordBatch]:
    def broken(_: Any) -> str:
        torn.rows += 1
        return "skip"

    parsing = csv.ParseOptions(delimiter=separator, invalid_row_handler=broken)
    with csv.open_csv(
        stream,
        csv.ReadOptions(block_size=_BLOCK, use_threads=False),
        parsing,
        csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=True),
    ) as reader:
        _present(columns, reader.schema.names)
        for batch in reader:
            yield batch.select(list(columns))


def _present(wanted: Sequence[str], found: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in found]
    if missing:
        raise _ColumnMissing(", ".join(missing))


def _text(values: pa.Array) -> pa.Array:
    """Numbers as a hospital writes them: whole ones without a fraction; moments in ISO 8601."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type):
        whole = pc.all(pc.or_kleene(pc.equal(values, pc.floor(values)), pc.is_null(values))).as_py()
        if whole or whole is None:
            values = values.cast(pa.int64(), safe=False)
    if pa.types.is_timestamp(values.type):
        zone, sign = ("UTC", "Z") if values.type.tz else (None, "")  # Arrow writes a moment in its column's zone
        return pc.strftime(values.cast(pa.timestamp("us", zone), safe=False), format=f"%Y-%m-%dT%H:%M:%S{sign}")
    return values.cast(pa.string())
