"""The sandbox's clock: real time plus an offset that can be moved forward, and that outlives a restart."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from wardround.errors import UsageError


def stamp(moment: datetime) -> str:
    """``moment`` as GitHub writes times: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The time that a text of :func:`stamp` names."""
    return datetime.fromisoformat(text)


class Clock:
    """``load`` and ``save`` keep the offset in seconds; ``on_move`` are called after each move with the new time."""

    def __init__(self, load: Callable[[], float], save: Callable[[float], None]) -> None:
        self._offset = load()
        self._save = save
        self._lock = threading.Lock()
        self.on_move: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        """The sandbox's time, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._offset)

    def stamp(self) -> str:
        """The sandbox's time as records hold it."""
        return stamp(self.now())

    def move(self, by: timedelta) -> datetime:
        """Moves the clock forward and says the new time. A clock never runs backwards: a schedule would fire twice."""
        if by < timedelta(0):
            raise UsageError(
                "the sandbox's clock moves only forward",
                wanted="a positive time",
                found=str(by),
                next="give a later time",
            )
        with self._lock:
            self._offset += by.total_seconds()
            self._save(self._offset)
        now = self.now()
        for listener in tuple(self.on_move):
            listener(now)
        return now
