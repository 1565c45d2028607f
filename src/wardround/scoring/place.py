"""Where the output of a run goes: a directory or a bucket's prefix, each file written in one step."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem
from pyarrow import parquet

from wardround.errors import EnvironmentFailure, UsageError, WardroundError
from wardround.files import canonical_json, replacing, sweep
from wardround.tables.source import unreachable

#: Which run the directory is of, written before its first part; and what became of it, written after the last. Readers of Parquet pass by
#: names that begin so.
RUN, FINISHED = "_run.json", "_finished.json"
#: The key of a part's footer that says what the part is.
_KEY = b"wardround"


class Place:
    """The directory of one output, local or by fsspec URL."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, self.path = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise UsageError(
                "no installed library writes to such an address",
                where="--output",
                found=url.partition("://")[0] + "://",
                next="install the extra for it (wardround[s3]), or give a directory",
            ) from error

    @property
    def local(self) -> Path | None:
        """The directory on this machine; None elsewhere."""
        return Path(self.path) if isinstance(self._fs, LocalFileSystem) else None

    def sweep(self) -> None:
        """Removes what a killed writer left half-written."""
        if self.local is not None and self.local.is_dir():
            sweep(self.local)

    def names(self) -> list[str]:
        """The files that are there."""
        with self._answered():
            self._fs.invalidate_cache()
            try:
                found = self._fs.ls(self.path, detail=False)
            except FileNotFoundError:
                return []
            except NotADirectoryError:
                found = [self.path]
            if [item.rstrip("/") for item in found] == [self.path.rstrip("/")]:
                raise UsageError("the output is a file", where=self.path, wanted="a directory, to be made by this run")
            return sorted(item.rstrip("/").rpartition("/")[2] for item in found)

    def read(self, name: str) -> Any:
        """A JSON file; None when it is not there."""
        with self._answered():
            try:
                content = self._fs.cat_file(self._at(name))
            except FileNotFoundError:
                return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise UsageError(
                "a file of the output is no JSON",
                where=self._at(name),
                next="it is not this command's: give another output",
            ) from error

    def write(self, name: str, value: Any) -> None:
        """Writes canonical JSON."""
        self._put(name, canonical_json(value))

    def write_part(self, name: str, table: pa.Table, told: Any, distinct: Collection[str] = ()) -> None:
        """Writes a part, with ``told`` in its footer. Columns whose values are ``distinct`` get no dictionary, which would only grow."""
        sink = pa.BufferOutputStream()
        note = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
        parquet.write_table(
            table.replace_schema_metadata({_KEY: note}),
            sink,
            compression="zstd",
            compression_level=1,
            use_dictionary=[column for column in _leaves(table.schema) if column not in distinct],
            write_statistics=[item.name for item in table.schema if pa.types.is_primitive(item.type)],
        )
        self._put(name, sink.getvalue())

    def part(self, name: str) -> Any:
        """What a part's footer tells. Raises :class:`EnvironmentFailure` when it cannot be read."""
        with self._answered(), self._fs.open(self._at(name), "rb") as stream:
            try:
                metadata = parquet.read_metadata(stream).metadata or {}
                return json.loads(metadata[_KEY])
            except (pa.ArrowException, KeyError, ValueError) as error:
                raise EnvironmentFailure(
                    "a part of the output is not one that this run wrote",
                    where=self._at(name),
                    found=type(error).__name__,
                    next="parts are written in one step, so something else changed it: remove that part, then run again",
                ) from error

    def _put(self, name: str, content: Any) -> None:
        if self.local is not None:
            with replacing(self.local / name) as temporary:
                temporary.write_bytes(content)
            return
        with self._answered():
            self._fs.makedirs(self.path, exist_ok=True)
            self._fs.pipe_file(self._at(name), bytes(content))

    def _at(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    @contextlib.contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except (WardroundError, KeyboardInterrupt, FileNotFoundError):
            raise
        except Exception as error:  # each file system raises errors of its own
            raise unreachable(self.path, error) from error


def _leaves(schema: pa.Schema) -> list[str]:
    """The columns as Parquet names them: of a list, its elements."""
    return [f"{item.name}.list.element" if pa.types.is_list(item.type) else item.name for item in schema]
