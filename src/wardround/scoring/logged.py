"""The prediction log of a run: one file a part, under a name that run and part give, so that no answer is logged twice."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem
from pyarrow import parquet

from wardround.errors import EnvironmentFailure
from wardround.monitoring.predictions.compaction import Store


class Log:
    """Where the answers of one run are kept. What an earlier run of the same kind logged is found by its name, on whatever day."""

    def __init__(self, url: str, run: str) -> None:
        """Raises :class:`EnvironmentFailure` when the log's storage does not answer."""
        self._run = run
        try:
            self._store = Store(url)
            if isinstance(self._store.fs, LocalFileSystem):  # what a killed process left half-written of this run
                for path in Path(self._store.root).glob(f"date=*/.score-{run}-*.tmp"):
                    path.unlink(missing_ok=True)
            files = [path for day in self._store.days() for path in self._store.files(day)]
        except Exception as error:  # a storage may raise anything
            raise _unavailable(error) from error
        self._there = {path.rpartition("/")[2] for path in files if f"/score-{run}-" in path}

    def keep(self, part: int, table: Callable[[dt.datetime], pa.Table]) -> None:
        """Writes the answers of a part, unless that was done; ``table`` is given the moment of answering.

        Raises :class:`EnvironmentFailure`: then the part must not be given to anybody.
        """
        name = f"score-{self._run}-{part:05d}.parquet"
        if name in self._there:
            return
        now = dt.datetime.now(dt.UTC)
        sink = io.BytesIO()
        parquet.write_table(table(now), sink, compression="zstd", compression_level=1)
        try:
            self._store.write(f"date={now.date().isoformat()}/{name}", sink.getvalue())
        except Exception as error:
            raise _unavailable(error) from error
        self._there.add(name)


def _unavailable(error: Exception) -> EnvironmentFailure:
    said = error.__cause__ or error
    return EnvironmentFailure(
        "the prediction log cannot be written, so nothing more is answered",
        where="WARDROUND_PREDICTIONS",
        found=getattr(said, "strerror", None) or type(said).__name__,
        next="mend the storage and run the same command again: it goes on after the last finished part",
    )
