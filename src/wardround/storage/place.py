"""A prefix of a DVC remote as a place for files: read, written in one step, never changed under a reader."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import EnvironmentFailure, UsageError

#: File systems whose rename is one step, and whose plain write is not.
_RENAMES = ("local", "file", "ssh", "sftp")


@dataclass(frozen=True)
class Place:
    """Files below ``path`` of one file system. Names are relative, with ``/``."""

    name: str
    path: str
    _fs: Any = field(repr=False)

    def has(self, name: str) -> bool:
        """Whether that file is there."""
        with self._answered():
            return bool(self._fs.exists(self._at(name)))

    def read(self, name: str) -> bytes | None:
        """The content of a file; None when it is not there."""
        with self._answered():
            try:
                with self._fs.open(self._at(name), "rb") as stream:
                    content: bytes = stream.read()
            except FileNotFoundError:
                return None
        return content

    def fetch(self, name: str, to: Path) -> bool:
        """Copies a file to this machine; False when it is not there."""
        from wardround.files import replacing

        if not self.has(name):
            return False
        with self._answered(), replacing(to) as temporary:
            self._fs.get_file(self._at(name), str(temporary))
        return True

    def put(self, source: Path, name: str) -> None:
        """Copies a file of this machine there, in the place of what has that name: a reader sees the old one or the new one."""
        target = self._at(name)
        with self._answered():
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
            if self._fs.protocol in _RENAMES:
                aside = f"{target}.{secrets.token_hex(6)}.tmp"
                try:
                    self._fs.put_file(str(source), aside)
                    self._fs.move(aside, target)
                finally:
                    if self._fs.exists(aside):
                        self._fs.remove(aside)
            else:
                self._fs.put_file(str(source), target)

    def copy(self, source: str, name: str) -> None:
        """A second file with the content of ``source``, both here."""
        import tempfile

        with tempfile.TemporaryDirectory(prefix="wardround-copy-") as scratch:
            local = Path(scratch) / "file"
            if self.fetch(source, local):
                self.put(local, name)

    @property
    def fs(self) -> Any:
        """DVC's file system."""
        return self._fs

    def at(self, name: str) -> str:
        """Where a file is, as the file system names it."""
        return self._at(name)

    def answered(self) -> contextlib.AbstractContextManager[None]:
        """Turns what the file system raises into an explained failure."""
        return self._answered()

    def _at(self, name: str) -> str:
        return f"{self.path}/{name}"

    @contextlib.contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except EnvironmentFailure:
            raise
        except Exception as error:  # each file system raises errors of its own
            raise EnvironmentFailure(
                f"the remote {self.name!r} does not answer",
                where=self.path,
                found=type(error).__name__,
                next="check the network, the credentials and the space there, then run the same command again",
            ) from error


def place(root: Path, remote: str | None, prefix: str) -> Place:
    """The place ``prefix`` of a remote that ``.dvc/config`` names. :class:`UsageError` when there is none."""
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    if remote is None:
        raise UsageError(
            "a release needs a storage, and none is set",
            where=".dvc/config",
            wanted="the remote that params name in review.remote",
            next="dvc remote add storage URL, then dvc push",
        )
    try:
        with Repo(str(root)) as repo:
            found = repo.cloud.get_remote(remote)
            return Place(remote, f"{str(found.path).rstrip('/')}/{prefix}", found.fs)
    except (DvcException, OSError) as error:
        raise EnvironmentFailure(
            f"the remote {remote!r} cannot be opened", where=".dvc/config", found=type(error).__name__
        ) from error
