"""Reads the snapshot in batches, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from wardround.errors import Problem, UsageError

#: Rows a batch: with 50 columns about 50 MB. Project choice.
BATCH_ROWS = 131_072


@dataclass(frozen=True)
class Snapshot:
    """The Parquet files of a snapshot. ``encoded`` are columns that are read as dictionaries: levels once, then codes."""

    root: Path
    encoded: tuple[str, ...] = ()

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The parts in name order. Raises :class:`UsageError` when there is none."""
        files = tuple(sorted(self.root.glob("part-*.parquet")))
        if not files:
            raise UsageError(
                "there is no snapshot",
                where=str(self.root),
                wanted="part-*.parquet",
                next="run `wardround stage ingest`",
            )
        return files

    @cached_property
    def rows(self) -> int:
        """How many rows the parts say they hold. Raises :class:`UsageError` that lists the broken ones."""
        total, problems = 0, []
        for path in self.files:
            try:
                with pq.ParquetFile(path) as part:
                    total += part.metadata.num_rows
            except (pa.ArrowInvalid, OSError):
                problems.append(_broken(path))
        if problems:
            raise UsageError(problems=problems)
        return total

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns of the first part."""
        assert self.rows >= 0
        return pq.read_schema(self.files[0])

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows, or the named columns of them; the next batch is read while the last one is worked on."""
        yield from ahead(self._read(columns))

    def _read(self, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
        for path in self.files:
            try:
                with pq.ParquetFile(path, read_dictionary=list(self.encoded), pre_buffer=False) as part:
                    yield from part.iter_batches(BATCH_ROWS, columns=None if columns is None else list(columns))
            except (pa.ArrowInvalid, OSError) as error:
                raise UsageError(problems=[_broken(path)]) from error


def ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches in the same order, read by a thread one batch ahead. Errors arrive where the batch would have."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _broken(path: Path) -> Problem:
    return Problem(
        "a part of the snapshot is cut off or damaged",
        where=str(path),
        next="delete it and run `wardround stage ingest`",
    )
