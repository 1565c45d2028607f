"""The prediction log of one process: appends before answers are given, and a thread that turns segments into Parquet."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wardround.monitoring.predictions.compaction import Store, compact
from wardround.monitoring.predictions.line import Answer, Header
from wardround.monitoring.predictions.segment import Segment, others, taken, total_bytes, waiting

_LOGGER = logging.getLogger("wardround.predictions")
#: No room on the disk, or none for this user.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
#: How often the thread looks for work, in seconds, and how long it waits after the storage failed, at most.
LOOK, LONGEST = 1.0, 60.0
#: How often it looks at what others left, in seconds.
SWEEP = 300.0
#: How long the end of a service waits for its last segments to become Parquet, in seconds; what is left the next start finds.
LAST = 10.0
#: How long after a failed append the log counts as unavailable for probes of readiness, in seconds.
RECENT = 5.0


class LogUnavailable(Exception):
    """No line can be appended now: nothing may be acknowledged."""


@dataclass(frozen=True)
class LogRequest:
    """Where a log is: ``wal`` for segments, ``url`` for Parquet. Sizes are in bytes, ``segment_seconds`` in seconds.

    ``shared`` is the directory of directories like ``wal``, of other processes with the same ``url``; None when there is none.
    """

    wal: Path
    url: str
    header: Header
    segment_bytes: int = 16 << 20
    segment_seconds: float = 300.0
    backlog_bytes: int = 1 << 30
    shared: Path | None = None


class PredictionLog:
    """Open while a service runs. ``append`` may be called from any thread."""

    def __init__(self, request: LogRequest) -> None:
        """Opens the first segment. Raises ``OSError`` when the directory cannot be written; a full disk is no reason, because it empties."""
        self._request = request
        self._header = request.header.line()
        self._lock = threading.Lock()
        self._segment: Segment | None = None
        self._failed = -RECENT
        try:
            self._segment = Segment(request.wal, self._header)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # the thread may make room: what a dead process left becomes Parquet elsewhere
            self._failed = time.monotonic()
        self._backlog = total_bytes(request.wal)
        self._stop = threading.Event()
        self._next = time.monotonic()
        self.appended = 0
        self.compacted = 0
        self.failures = 0
        self._store: Store | None = None
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._thread.start()

    @property
    def available(self) -> bool:
        """Whether no append failed a moment ago."""
        return time.monotonic() - self._failed >= RECENT

    @property
    def backlog(self) -> int:
        """Bytes of segments that were not Parquet yet when the thread last looked."""
        return self._backlog

    def append(self, answers: Sequence[Answer]) -> None:
        """Appends all of them, or raises :class:`LogUnavailable` and appends none. When it returns, they survive this process."""
        lines = b"".join([answer.line() for answer in answers])
        with self._lock:
            try:
                self._append(lines, len(answers))
            except OSError as error:
                self._failed = time.monotonic()
                raise LogUnavailable(error.strerror or type(error).__name__) from error
            self.appended += len(answers)

    def _append(self, lines: bytes, answers: int) -> None:
        request = self._request
        if self._stop.is_set():
            raise LogUnavailable("the log is closed")
        if self._backlog > request.backlog_bytes:
            self._failed = time.monotonic()
            raise LogUnavailable("too many segments wait for the log's storage")
        if self._segment is None:
            self._segment = Segment(request.wal, self._header)
        full = False
        try:
            self._segment.append(lines, answers)
        except OSError as error:
            full = error.errno in _FULL  # perhaps of this segment: as Parquet it is elsewhere
            raise
        finally:
            if full or self._segment.broken or self._segment.size >= request.segment_bytes:
                self._seal()

    def _seal(self) -> None:
        """Ends the segment; the next append opens another."""
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.seal()

    def close(self) -> None:
        """Seals the last segment and waits a while for the thread to finish; the next start does what is left."""
        with self._lock:
            self._stop.set()
            with contextlib.suppress(OSError):
                self._seal()
        self._thread.join(LAST)

    def _run(self) -> None:
        if sys.platform == "linux":  # answers come first
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        pause = LOOK
        while True:
            stopping = self._stop.is_set()
            try:
                self._turn()
                pause = LOOK
            except Exception as error:  # noqa: BLE001 - a storage may raise anything; the segments wait
                self.failures += 1
                pause = min(pause * 2, LONGEST)
                _LOGGER.warning(
                    "the prediction log's storage does not take segments: %s", type(error.__cause__ or error).__name__
                )
            self._backlog = total_bytes(self._request.wal)
            if stopping:
                return
            self._stop.wait(pause)

    def _left(self) -> list[Path]:
        """Now and then, the segments of others that may be dead: the first time at the start."""
        shared, now = self._request.shared, time.monotonic()
        if shared is None or self._stop.is_set() or now < self._next:
            return []
        self._next = now + SWEEP
        return [path for directory in others(shared, self._request.wal) for path in waiting(directory)]

    def _turn(self) -> None:
        with self._lock:
            segment = self._segment
            old = segment is not None and time.monotonic() - segment.started >= self._request.segment_seconds
            if segment is not None and segment.answers and old:
                self._seal()
        for path in (*waiting(self._request.wal), *self._left()):
            if self._store is None:
                self._store = Store(self._request.url)
            with taken(path) as mine:
                if mine:
                    self.compacted += compact(path, self._store)
