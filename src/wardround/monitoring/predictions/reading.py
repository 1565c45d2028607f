"""Reads the log: every answer once, by its id, whatever was written twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from wardround.errors import EnvironmentFailure, WardroundError
from wardround.monitoring.alike import labelled
from wardround.monitoring.predictions.compaction import MICROSECONDS, Store, by_day
from wardround.monitoring.predictions.line import PLAIN, Header
from wardround.monitoring.predictions.segment import OPEN, SEALED, whole_lines
from wardround.tables.source import unreachable

#: Read in any case: what tells answers apart, and which to show.
_ALWAYS = ("id", "answered_at", "probe")


@dataclass(frozen=True)
class ReadRequest:
    """``first`` and ``last`` are days of answering (UTC), both included, None where open; ``columns`` None reads all.

    ``wal`` also reads segments that are not Parquet yet: only where they lie. ``probes`` includes answers by which nobody was treated.
    """

    url: str
    first: dt.date | None = None
    last: dt.date | None = None
    columns: Sequence[str] | None = None
    wal: Path | None = None
    probes: bool = False


def read(request: ReadRequest) -> Iterator[pa.Table]:
    """The answers, part by part, days in order; no id comes twice. Memory holds the ids of two days.

    Parts of other contracts have other columns; ``pyarrow.concat_tables(..., promote_options="permissive")`` joins them. Raises
    :class:`EnvironmentFailure` when a part cannot be read.
    """
    store = Store(request.url)
    ahead = _segments(request.wal) if request.wal is not None else {}
    before: set[str] = set()
    for day in sorted({*store.days(), *ahead}):
        if (request.first and day < request.first - dt.timedelta(days=1)) or (request.last and day > request.last):
            continue
        met: set[str] = set()
        for table in itertools.chain(_parquet(store, day, request.columns), ahead.get(day, [])):
            fresh = _fresh(table, before, met)
            if request.first is None or day >= request.first:
                yield _shown(fresh, request)
        before = met


def _fresh(table: pa.Table, before: set[str], met: set[str]) -> pa.Table:
    """The rows whose id was not met: an answer that was asked for again around midnight lies in two days."""
    keep = []
    for name in table.column("id").to_pylist():
        keep.append(name not in met and name not in before)
        met.add(name)
    return table if all(keep) else table.filter(pa.array(keep, pa.bool_()))


def _shown(table: pa.Table, request: ReadRequest) -> pa.Table:
    if not request.probes:
        table = table.filter(pc.invert(table.column("probe")))
    if request.columns is None:
        return table
    return table.select([name for name in request.columns if name in table.column_names])


def _parquet(store: Store, day: dt.date, columns: Sequence[str] | None) -> Iterator[pa.Table]:
    for path in store.files(day):
        with part(store, path) as file:
            names = file.schema_arrow.names
            _is_part(names)
            table = file.read(None if columns is None else [name for name in names if name in {*columns, *_ALWAYS}])
            _is_of(table, day)
        yield labelled(table, _shown_part(store, path))


@contextlib.contextmanager
def part(store: Store, path: str) -> Iterator[parquet.ParquetFile]:
    """A file of the log. Raises :class:`EnvironmentFailure` where it cannot be read, or the storage does not answer."""
    where = _shown_part(store, path)
    try:
        with store.fs.open(path, "rb") as stream:
            yield parquet.ParquetFile(stream)
    except WardroundError:
        raise
    except (pa.ArrowException, OSError, _NoPart) as error:
        if isinstance(error, OSError) and error.errno:  # Arrow's own have no number: the storage said this
            raise unreachable(where, error) from error
        raise EnvironmentFailure(
            "a part of the prediction log cannot be read",
            where=where,
            found=str(error) if isinstance(error, _NoPart) else type(error).__name__,
            next="look at that file: it is written in one step, so something else changed it",
        ) from error
    except Exception as error:  # each file system raises errors of its own
        raise unreachable(where, error) from error


def _shown_part(store: Store, path: str) -> str:
    return f"{store.shown}: {'/'.join(path.split('/')[-2:])}"


class _NoPart(Exception):
    """It is Parquet, and no part of a log; the text says why."""


def _is_part(names: Sequence[str]) -> None:
    lacking = [name for name in PLAIN if name not in names]
    if lacking:
        raise _NoPart(f"columns are missing: {', '.join(lacking)}")


def _is_of(table: pa.Table, day: dt.date) -> None:
    moments = table.column("answered_at").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    first, last = pc.min_max(moments).as_py().values()
    if table.num_rows and {first // MICROSECONDS, last // MICROSECONDS} != {(day - dt.date(1970, 1, 1)).days}:
        raise _NoPart("answers of another day")


def _segments(wal: Path) -> dict[dt.date, list[pa.Table]]:
    found: dict[dt.date, list[pa.Table]] = {}
    for path in sorted((*wal.glob(f"*{OPEN}"), *wal.glob(f"*{SEALED}"))):
        with contextlib.suppress(
            FileNotFoundError, ValueError, pa.ArrowException
        ):  # compacted meanwhile, or just begun
            first, lines = whole_lines(path)
            for day, table in by_day(Header.parse(first).table(lines)):
                found.setdefault(day, []).append(table)
    return found
