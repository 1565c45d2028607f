"""Segments become Parquet: one file a segment and day, under a name that the segment gives, so that doing it twice changes nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.files import replacing
from wardround.monitoring.predictions.line import Header
from wardround.monitoring.predictions.segment import DAMAGED, whole_lines
from wardround.tables.source import unreachable, without_secrets

#: Of a day.
MICROSECONDS = 86_400_000_000


def check_url(url: str) -> None:
    """Raises :class:`UsageError` for a kind of storage that no waiting makes readable: unknown, or of a package that is not installed."""
    protocol, _ = fsspec.core.split_protocol(url.rpartition("::")[2])
    try:
        fsspec.get_filesystem_class(protocol or "file")
    except (ValueError, ImportError) as error:
        raise UsageError(
            "the prediction log's storage is of a kind that is not known here",
            where="WARDROUND_PREDICTIONS",
            wanted="a directory, or an fsspec URL whose package is installed",
            found=f"{protocol}://",
        ) from error


class Store:
    """Where Parquet goes: a directory or a bucket's prefix, by fsspec URL."""

    def __init__(self, url: str) -> None:
        """Raises :class:`EnvironmentFailure` when no library reads such an address."""
        self.url = url
        with self._reached():
            self.fs, self.root = fsspec.core.url_to_fs(url)

    def write(self, name: str, content: bytes) -> None:
        """Writes one file in one step: on a file system by rename, on object stores a put is one step by itself."""
        path = f"{self.root.rstrip('/')}/{name}"
        if isinstance(self.fs, LocalFileSystem):
            with replacing(Path(path)) as temporary:
                temporary.write_bytes(content)
            return
        self.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self.fs.pipe_file(path, content)

    @property
    def shown(self) -> str:
        """The address as messages name it: without user, password and query."""
        return without_secrets(self.url) if "://" in self.url else self.url

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except Exception as error:  # each file system raises errors of its own
            raise unreachable(self.shown, error) from error

    def days(self) -> list[dt.date]:
        """The days that have a partition, in order. Raises :class:`EnvironmentFailure` when the storage does not answer."""
        found = []
        with contextlib.suppress(FileNotFoundError), self._reached():
            self.fs.invalidate_cache()
            for path in self.fs.ls(self.root, detail=False):
                name = path.rstrip("/").rpartition("/")[2]
                with contextlib.suppress(ValueError):
                    if name.startswith("date="):
                        found.append(dt.date.fromisoformat(name.removeprefix("date=")))
        return sorted(found)

    def files(self, day: dt.date) -> list[str]:
        """The Parquet files of a day, in order of their names, which is that of their segments' beginnings. Raises as :meth:`days`."""
        directory = f"{self.root.rstrip('/')}/date={day.isoformat()}"
        found: list[str] = []
        with contextlib.suppress(FileNotFoundError), self._reached():
            found = sorted(path for path in self.fs.ls(directory, detail=False) if path.endswith(".parquet"))
        return found


def by_day(table: pa.Table) -> Iterator[tuple[dt.date, pa.Table]]:
    """The rows of each day (UTC), in their order."""
    days = table.column("answered_at").cast(pa.int64()).to_numpy() // MICROSECONDS
    for day in np.unique(days):
        yield dt.date(1970, 1, 1) + dt.timedelta(days=int(day)), table.filter(pa.array(days == day))


def compact(path: Path, store: Store) -> int:
    """Writes a sealed segment's answers as Parquet, then removes it; gives how many there were.

    A segment that cannot be read whole is kept aside for a person to look at, and what can be read of it is written.
    """
    first, lines = whole_lines(path)
    try:
        header = Header.parse(first)
    except ValueError:
        path.replace(path.with_suffix(DAMAGED))
        return 0
    damaged = False
    try:
        table = header.table(lines)
    except (pa.ArrowException, ValueError):
        table, damaged = _readable(header, lines), True
    for day, rows in by_day(table):
        sink = io.BytesIO()
        parquet.write_table(rows, sink, compression="zstd")
        store.write(f"date={day.isoformat()}/{path.stem}.parquet", sink.getvalue())
    if damaged:
        path.replace(path.with_suffix(DAMAGED))
    else:
        path.unlink()
    return int(table.num_rows)


def _readable(header: Header, lines: bytes) -> pa.Table:
    good = []
    for line in lines.splitlines(keepends=True):
        with contextlib.suppress(pa.ArrowException, ValueError):
            good.append(header.table(line))
    return pa.concat_tables(good) if good else header.table(b"")
