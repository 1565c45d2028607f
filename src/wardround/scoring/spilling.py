"""Rows by subject on this machine's disk, so that whole subjects can be answered together and memory holds one part of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from wardround.files import explained_disk_errors, write_json
from wardround.scoring.holding import OWNER
from wardround.tables.hashing import stable_hash

#: Rows are held in memory up to this many bytes, then appended to one file a part. Project choice.
_BUFFER_BYTES = 96 << 20
_DONE = "complete.json"


class Spill:
    """The rows of one run, in ``parts`` files below ``directory``, which nobody else may read. Kept until the run is finished."""

    def __init__(self, directory: Path, parts: int, schema: pa.Schema, *, buffer_bytes: int = _BUFFER_BYTES) -> None:
        self.directory, self.parts, self.schema = directory, parts, schema
        self._limit = buffer_bytes
        self._held: dict[int, list[pa.RecordBatch]] = {}
        self._bytes = 0

    def complete(self, needed: list[int]) -> bool:
        """Whether an earlier run put everything there, and the ``needed`` parts still have their sizes."""
        try:
            told = json.loads((self.directory / _DONE).read_bytes())
        except (OSError, ValueError):
            return False
        sizes = told.get("bytes", []) if isinstance(told, dict) else []
        return len(sizes) == self.parts and all(sizes[part] == self._size(part) for part in needed)

    def begin(self) -> None:
        """Starts anew."""
        self.remove()
        with explained_disk_errors(self.directory):
            self.directory.mkdir(parents=True, mode=0o700)

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes rows in; their order within a part stays."""
        place = (stable_hash(batch.column(OWNER)) % np.uint64(self.parts)).astype(np.int64)
        order = np.argsort(place, kind="stable")
        moved = batch.take(pa.array(order)) if self.parts > 1 else batch
        found, start = np.unique(place[order], return_index=True)
        for part, first, end in zip(found, start, [*start[1:], len(place)], strict=True):
            self._held.setdefault(int(part), []).append(moved.slice(int(first), int(end - first)))
        self._bytes += moved.nbytes
        if self._bytes > self._limit:
            self._flush()

    def end(self) -> None:
        """Says that everything is there."""
        self._flush()
        write_json(self.directory / _DONE, {"bytes": [self._size(part) for part in range(self.parts)]})

    def _flush(self) -> None:
        """Appends what is held, each time as a complete Arrow stream of its own."""
        with explained_disk_errors(self.directory):
            for part, batches in sorted(self._held.items()):
                with self._path(part).open("ab") as file:
                    table = pa.Table.from_batches(batches, self.schema).combine_chunks()
                    options = pa.ipc.IpcWriteOptions(compression="lz4")
                    with pa.ipc.new_stream(file, self.schema, options=options) as stream:
                        stream.write_table(table)
        self._held, self._bytes = {}, 0

    def read(self, part: int) -> pa.Table:
        """The rows of one part, in the order in which they came."""
        return pa.Table.from_batches(list(self._batches(part)), self.schema).combine_chunks()

    def _batches(self, part: int) -> Iterator[pa.RecordBatch]:
        if not self._path(part).exists():
            return
        size = self._size(part)
        with self._path(part).open("rb") as file:
            while file.tell() < size:
                yield from pa.ipc.open_stream(file)

    def remove(self) -> None:
        """Removes everything."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _size(self, part: int) -> int:
        return self._path(part).stat().st_size if self._path(part).exists() else 0

    def _path(self, part: int) -> Path:
        return self.directory / f"{part:05d}.arrows"
