"""Addresses that give one file without a token, for a short time: how artifacts and logs are downloaded on GitHub."""

from __future__ import annotations

import secrets
import threading
import time
from pathlib import Path

#: How long an address holds, in seconds.
HOLDS = 60.0
PREFIX = "/_files/"


class Tickets:
    """The addresses that were given out; they die with the process, and are asked for again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()
        self._given: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def address(self, base: str, path: str) -> str:
        """An address on ``base`` for the file at ``path`` below the sandbox's directory."""
        now, key = time.monotonic(), secrets.token_urlsafe(24)
        with self._lock:
            self._given = {name: item for name, item in self._given.items() if item[1] > now}
            self._given[key] = path, now + HOLDS
        return f"{base}{PREFIX}{key}"

    def file(self, key: str) -> Path | None:
        """The file of an address that still holds, never outside the sandbox's directory."""
        with self._lock:
            path, until = self._given.get(key, ("", 0.0))
        found = (self._directory / path).resolve()
        if not path or until <= time.monotonic() or not found.is_relative_to(self._directory) or not found.is_file():
            return None
        return found
