"""A write-ahead segment: a file to which whole lines are appended, or nothing; its lock is held while its process lives."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

NEW, OPEN, SEALED, DAMAGED = ".new", ".open", ".sealed", ".damaged"


#: How long a process may take between making a segment and locking it, in seconds.
_BEGINNING = 60.0
#: How long a directory without a segment is kept, in seconds.
_FORGOTTEN = 86_400.0


class Segment:
    """An open segment. All calls come from one thread at a time."""

    def __init__(self, directory: Path, header: bytes) -> None:
        """Makes the file with its first line. Raises ``OSError``; then nothing is left of it."""
        directory.mkdir(parents=True, exist_ok=True)
        self.started = time.monotonic()
        self.size = 0
        self.answers = 0
        #: Whether an append failed and could not be taken back: nothing may follow it.
        self.broken = False
        name = f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}"
        new, self.path = directory / f"{name}{NEW}", directory / f"{name}{OPEN}"
        self._file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.append(header, 0)
            new.replace(self.path)  # whoever looks for segments of dead processes finds it locked
        except OSError:
            os.close(self._file)
            new.unlink(missing_ok=True)
            raise

    def append(self, lines: bytes, answers: int) -> None:
        """Appends all of ``lines``. Raises ``OSError`` when that cannot be done; then the file is as it was before, or :attr:`broken`."""
        try:
            self._write(lines)
        except OSError:
            self._take_back()
            raise
        self.size += len(lines)
        self.answers += answers

    def _write(self, lines: bytes) -> None:
        written = 0
        while written < len(lines):
            written += os.write(self._file, memoryview(lines)[written:])
        if not os.fstat(self._file).st_nlink:
            raise OSError(errno.ENOENT, "the segment was removed")

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
            self.broken = not os.fstat(self._file).st_nlink
        except OSError:
            self.broken = True

    def seal(self) -> None:
        """Ends the segment: one with answers waits for compaction, an empty one goes."""
        try:
            if self.answers:
                self.path.replace(self.path.with_suffix(SEALED))
            else:
                self.path.unlink(missing_ok=True)
        finally:
            os.close(self._file)


def others(shared: Path, own: Path) -> list[Path]:
    """The directories beside ``own`` in ``shared``, in order. One that has been empty for a day goes: its process has another name by now."""
    found = []
    for path in sorted(shared.iterdir()):
        if path.is_symlink() or not path.is_dir() or path.resolve() == own.resolve():
            continue
        found.append(path)
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _FORGOTTEN:
                path.rmdir()
                found.pop()
    return found


def waiting(directory: Path) -> list[Path]:
    """The sealed segments, oldest first; those of processes that died are sealed here."""
    for path in sorted((*directory.glob(f"*{OPEN}"), *directory.glob(f"*{NEW}"))):
        with taken(path) as mine:
            if mine and path.suffix == NEW:
                if time.time() - path.stat().st_mtime > _BEGINNING:
                    path.unlink()  # nothing was ever appended to it
            elif mine:
                path.replace(path.with_suffix(SEALED))
    return sorted(directory.glob(f"*{SEALED}"))


@contextlib.contextmanager
def taken(path: Path) -> Iterator[bool]:
    """Whether the segment is there and no living process holds it; then nobody else takes it meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)  # NFS locks only what may be written
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield path.exists()
    finally:
        os.close(descriptor)


def whole_lines(path: Path) -> tuple[bytes, bytes]:
    """The first line and all whole lines after it. What a killed process left of a last line was never acknowledged."""
    content = path.read_bytes()
    first, _, rest = content.partition(b"\n")
    return first, rest[: rest.rfind(b"\n") + 1]


def total_bytes(directory: Path) -> int:
    """Bytes of all segments that are not compacted yet."""
    total = 0
    for path in (*directory.glob(f"*{OPEN}"), *directory.glob(f"*{SEALED}")):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total
