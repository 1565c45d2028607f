"""The files of an input: what they hold, and what tells them apart from other files."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.files import sha256_json
from wardround.tables import TableReader, TableSource, open_table
from wardround.tables.source import SourceFile, unreachable

#: What file systems call the moment, or the content, of a file.
_STAMPS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")
#: Bytes of a row of CSV, and how much a compressed file grows: only for how many parts there are. Project choice.
_ROW_BYTES, _GROWS = 128, 8


@dataclass(frozen=True)
class Table:
    """An input that can be read. ``identity`` is what tells it from another one; ``rows`` is None where only reading would tell."""

    reader: TableReader
    identity: list[dict[str, Any]]
    rows: int | None
    guess: int

    @property
    def where(self) -> str:
        """What messages call it."""
        files = self.reader.parts
        return files[0].file.name if len(files) == 1 else f"{files[0].file.name} and {len(files) - 1} more"

    def parts(self, part_rows: int) -> int:
        """Into how many parts its rows go."""
        return max(1, math.ceil(self.guess / part_rows))

    def batches(self, columns: Sequence[str], *, coded: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
        """These columns of all rows in order; those of ``coded`` perhaps as dictionaries. Raises :class:`UsageError` for a damaged file."""
        if self.rows == 0:
            return
        seen = 0
        try:
            for batch in self.reader.batches(columns, coded=coded):
                seen += batch.num_rows
                yield batch
        except UsageError as error:
            if seen or not error.problems[0].what.startswith("the table has a header"):
                raise  # a header alone is a table without rows, and there is nothing wrong with that here

    def check_same(self) -> None:
        """Raises :class:`UsageError` when the files are others than when the run began."""
        if [_told(part.file) for part in self.reader.parts] != [_plain(item) for item in self.identity]:
            raise UsageError(
                "the input changed while it was read",
                where=self.where,
                next="wait until it is written, then run the same command again",
            )


def open_input(path: str, source: TableSource) -> Table:
    """The file, directory, glob or fsspec URL ``path``; of a directory its Parquet files, else its CSV files, with those below it.

    ``source`` says how CSV is written. Raises :class:`UsageError`, :class:`EnvironmentFailure`.
    """
    found = TableSource(_glob(path, source), source.encoding, source.separator, source.root, source.batch_rows)
    reader = open_table(found)
    identity, rows, guess = [], 0, 0
    counted = True
    for part in reader.parts:
        told = _told(part.file)
        if part.sniffed.format == "parquet":
            groups = _groups(part.file)
            told["rows"], told["row_groups"] = sum(rows for rows, _ in groups), sha256_json(groups)
            rows += told["rows"]
            guess += told["rows"]
        else:
            counted = False
            guess += told["bytes"] * (_GROWS if part.sniffed.compression else 1) // _ROW_BYTES
        identity.append(told)
    return Table(reader, identity, rows if counted else None, guess)


def _glob(path: str, source: TableSource) -> str:
    from fsspec.core import url_to_fs

    given = path if "://" in path else str(source.root / path)
    try:
        filesystem, plain = url_to_fs(given)
        if not filesystem.isdir(plain):
            return path
        base = path.rstrip("/")
        for ending in ("parquet", "csv", "csv.gz"):
            if filesystem.glob(f"{plain.rstrip('/')}/**/*.{ending}"):
                return f"{base}/**/*.{ending}"
    except (ImportError, ValueError):
        return path  # explained where it is opened
    except OSError as error:
        raise unreachable(path.rpartition("/")[2], error) from error
    raise UsageError("the directory holds neither Parquet nor CSV", where=path.rpartition("@")[2])


def _told(file: SourceFile) -> dict[str, Any]:
    try:
        file.filesystem.invalidate_cache()
        info = file.filesystem.info(file.path)
    except Exception as error:
        raise unreachable(file.name, error) from error
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    return {"name": file.path.rstrip("/").rpartition("/")[2], "bytes": int(info["size"]), "stamp": stamp}


def _plain(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("name", "bytes", "stamp")}


def _groups(file: SourceFile) -> list[tuple[int, int]]:
    """Rows and bytes of each row group, from the footer."""
    with file.open() as stream:
        found = parquet.read_metadata(stream)
    groups = (found.row_group(place) for place in range(found.num_row_groups))
    return [(group.num_rows, group.total_byte_size) for group in groups]
