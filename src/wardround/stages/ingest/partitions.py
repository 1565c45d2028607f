"""Whole-subject partitions as canonical Parquet: the same rows give the same bytes, and memory holds one at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from wardround.evidence.ingest import PartFacts
from wardround.files import explained_disk_errors, sha256_file
from wardround.tables import stable_hash

#: Rows a row group: readers stream the snapshot group by group. Project choice.
GROUP_ROWS = 65_536
#: Rows are held in memory up to this many bytes, then appended to one file a partition.
_BUFFER_BYTES = 192 << 20


class Partitioner:
    """Collects rows by subject, then gives each partition back as one table. Use as a context manager: it removes its files."""

    def __init__(self, schema: pa.Schema, partitions: int, beside: Path, *, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self.schema, self.partitions = schema, partitions
        self._limit = buffer_bytes
        self._held: dict[int, list[pa.RecordBatch]] = {}
        self._bytes = 0
        self._beside = beside
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._directory is not None:
            self._directory.cleanup()

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows in; their order within a partition stays."""
        if not batch.num_rows:
            return
        place = (stable_hash(batch.column("wr_subject")) % np.uint64(self.partitions)).astype(np.int64)
        order = np.argsort(place, kind="stable")
        moved = batch.take(pa.array(order))
        found, start = np.unique(place[order], return_index=True)
        for part, begin, end in zip(found, start, [*start[1:], len(place)], strict=True):
            self._held.setdefault(int(part), []).append(moved.slice(int(begin), int(end - begin)))
        self._bytes += moved.nbytes
        if self._bytes > self._limit:
            self._spill()

    def _spill(self) -> None:
        """Appends what is held to one file a partition, each time as a complete Arrow stream of its own."""
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix=".ingest-", dir=self._beside)
        with explained_disk_errors(self._beside / "snapshot"):
            for part, batches in sorted(self._held.items()):
                with (Path(self._directory.name) / f"{part}.arrows").open("ab") as file:
                    table = pa.Table.from_batches(batches, self.schema).combine_chunks()
                    with pa.ipc.new_stream(
                        file, self.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")
                    ) as stream:
                        stream.write_table(table)
        self._held, self._bytes = {}, 0

    def tables(self) -> Iterator[tuple[int, pa.Table]]:
        """Each partition that has rows, in order of number, sorted by subject, time and encounter; equal keys in source order."""
        if self._directory is not None:
            self._spill()
        keys = [(name, "ascending") for name in ("wr_subject", "wr_time", "wr_encounter") if name in self.schema.names]
        for part in range(self.partitions):
            batches = self._held.pop(part, []) if self._directory is None else list(self._read(part))
            if batches:
                table = pa.Table.from_batches(batches, self.schema)
                yield part, table.take(pc.sort_indices(table, sort_keys=keys))

    def _read(self, part: int) -> Iterator[pa.RecordBatch]:
        assert self._directory is not None
        path = Path(self._directory.name) / f"{part}.arrows"
        if not path.exists():
            return
        with path.open("rb") as file:
            size = path.stat().st_size
            while file.tell() < size:
                yield from pa.ipc.open_stream(file)
        path.unlink()


def write_part(table: pa.Table, directory: Path, part: int) -> PartFacts:
    """Writes one partition with fixed settings and without any metadata that could differ between two runs."""
    path = directory / f"part-{part:05d}.parquet"
    parquet.write_table(
        table.replace_schema_metadata(None),
        path,
        row_group_size=GROUP_ROWS,
        compression="zstd",
        compression_level=1,
        store_schema=False,
        version="2.6",
        data_page_version="1.0",
    )
    subjects = pc.count_distinct(table.column("wr_subject")).as_py()
    return PartFacts(name=path.name, rows=table.num_rows, subjects=subjects, digest=sha256_file(path))
