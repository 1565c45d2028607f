"""Rows by subject on this machine's disk, so that whole subjects can be answered together and memory holds one part of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.files import explained_disk_errors, write_json
from wardround.scoring.hashing import text_hashes

#: Rows are held in memory up to this many bytes, then appended to one file a part. Project choice.
_BUFFER_BYTES = 96 << 20
_DONE = "complete.json"
#: Of the rows on disk: those of another form, left by an earlier version of this code, are read from the input again.
_FORM = 2


@dataclass(frozen=True)
class Sorted:
    """Rows by part; those of part i stand in [bounds[i], bounds[i + 1])."""

    rows: pa.RecordBatch
    bounds: NDArray[np.int64]


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
        sizes = told.get("bytes", []) if isinstance(told, dict) and told.get("form") == _FORM else []
        return len(sizes) == self.parts and all(sizes[part] == self._size(part) for part in needed)

    def begin(self) -> None:
        """Starts anew."""
        self.remove()
        with explained_disk_errors(self.directory):
            self.directory.mkdir(parents=True, mode=0o700)

    def sorted(self, batch: pa.RecordBatch, owner: pa.Array) -> Sorted:
        """The rows by part, ``owner`` saying whose each is; their order within a part stays. It changes nothing here."""
        if self.parts == 1:
            return Sorted(batch, np.array([0, batch.num_rows]))
        place = (text_hashes(owner) % np.uint64(self.parts)).astype(np.uint32)
        if self.parts < 1 << 16:
            place = place.astype(np.uint16)  # which numpy sorts by counting
        order = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place, minlength=self.parts))
        return Sorted(batch.take(pa.array(order)), np.concatenate([[0], ends]))

    def add(self, rows: Sorted) -> None:
        """Takes the next rows of the input in."""
        for part in np.flatnonzero(np.diff(rows.bounds)).tolist():
            first, end = int(rows.bounds[part]), int(rows.bounds[part + 1])
            self._held.setdefault(part, []).append(rows.rows.slice(first, end - first))
        self._bytes += rows.rows.nbytes
        if self._bytes > self._limit:
            self._flush()

    def end(self) -> None:
        """Says that everything is there."""
        self._flush()
        write_json(self.directory / _DONE, {"form": _FORM, "bytes": [self._size(part) for part in range(self.parts)]})

    def _flush(self) -> None:
        """Appends what is held, each time as a complete Arrow stream of its own."""
        with explained_disk_errors(self.directory):
            for part, batches in sorted(self._held.items()):
                with self._path(part).open("ab") as file:
                    table = pa.Table.from_batches(batches, self.schema).combine_chunks()
                    # not compressed: that took longer than all else that is done with a row between reading and features
                    with pa.ipc.new_stream(file, self.schema) as stream:
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
