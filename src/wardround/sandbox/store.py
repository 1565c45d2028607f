"""Everything that the sandbox remembers besides git: one SQLite file with the records of ``model``, and the event queue.

How to use it::

    store.put(record)                                   # insert or replace; returns the record
    store.get(Pull, "acme/ml", 7)                       # one record or None, by its KEY
    store.find(Comment, "acme/ml", number=7)            # all that match, oldest first
    store.remove(record)
    with store.transaction(): ...                       # all or nothing; nests; serialises writers
    store.next_id(), store.next_number("acme/ml")       # numbers are shared by issues and pull requests

    store.publish(event)                                # durable; part of the transaction it is called in
    event = store.claim(timeout=1.0)                    # the oldest pending event or None; now `claimed`
    store.done(event)                                   # only now it is forgotten
    store.recover()                                     # on start: what a killed process had claimed is pending again

Thread-safe: one connection behind one lock (a laptop's sandbox writes little). The file is in WAL mode with full
synchronisation, so what was acknowledged survives ``kill -9``.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import TypeAdapter

from wardround.sandbox.model_more import Event


class Record(Protocol):
    """Any dataclass of ``model``."""

    KEY: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, repository TEXT NOT NULL, key TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (kind, repository, key)
);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS record_number ON record (kind, repository, json_extract(body, '$.number'));
CREATE INDEX IF NOT EXISTS record_sha ON record (kind, repository, json_extract(body, '$.sha'));
CREATE INDEX IF NOT EXISTS record_run ON record (kind, repository, json_extract(body, '$.run_id'));
CREATE INDEX IF NOT EXISTS record_event ON record (kind, json_extract(body, '$.state')) WHERE kind = 'Event';
"""


@cache
def _codec(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class Store:
    """The records in the SQLite file ``path``, made when it is not there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)
        self._lock = threading.RLock()
        self._depth = 0
        self._arrived = threading.Condition(self._lock)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept or nothing is. The outermost one commits."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")
                self._arrived.notify_all()

    def put(self, record: R) -> R:
        """Keeps ``record`` in place of the one with the same key."""
        kind = type(record)
        key, repository = str(getattr(record, kind.KEY)), getattr(record, "repository", "")
        body = _codec(kind).dump_json(record).decode()
        with self.transaction():
            self._connection.execute(
                "INSERT INTO record (kind, repository, key, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (kind, repository, key) DO UPDATE SET body = excluded.body",
                (kind.__name__, repository, key, body),
            )
        return record

    def get(self, kind: type[R], repository: str, key: str | int) -> R | None:
        """The record with this key, or None. ``repository`` is empty for users, tokens and repositories."""
        with self._lock:
            row = self._connection.execute(
                "SELECT body FROM record WHERE kind = ? AND repository = ? AND key = ?",
                (kind.__name__, repository, str(key)),
            ).fetchone()
        return None if row is None else _codec(kind).validate_json(row[0])

    def find(self, kind: type[R], repository: str | None = None, **equals: str | int | bool) -> tuple[R, ...]:
        """The records whose fields equal ``equals``, oldest first; of every repository when none is named."""
        assert set(equals) <= set(kind.__dataclass_fields__), sorted(equals)
        where = ["kind = ?"]
        values: list[str | int | bool] = [kind.__name__]
        if repository is not None:
            where.append("repository = ?")
            values.append(repository)
        for name, value in equals.items():
            where.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
        query = f"SELECT body FROM record WHERE {' AND '.join(where)} ORDER BY seq"  # noqa: S608 - field names, asserted
        with self._lock:
            rows = self._connection.execute(query, values).fetchall()
        codec = _codec(kind)
        return tuple(codec.validate_json(row[0]) for row in rows)

    def remove(self, record: Record) -> None:
        """Forgets ``record``."""
        kind = type(record)
        with self.transaction():
            self._connection.execute(
                "DELETE FROM record WHERE kind = ? AND repository = ? AND key = ?",
                (kind.__name__, getattr(record, "repository", ""), str(getattr(record, kind.KEY))),
            )

    def next_id(self) -> int:
        """A number that no other record has."""
        return self._count("id", 1000)

    def next_number(self, repository: str) -> int:
        """The next number of an issue or pull request, counted from 1."""
        return self._count(f"number {repository}", 0)

    def next_run_number(self, repository: str, path: str) -> int:
        """The next number of a workflow's runs, counted from 1."""
        return self._count(f"run {repository} {path}", 0)

    def _count(self, name: str, before_first: int) -> int:
        with self.transaction():
            row = self._connection.execute(
                "INSERT INTO counter (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
                (name, before_first + 1),
            ).fetchone()
        return int(row[0])

    def setting(self, name: str, default: str = "") -> str:
        """A text kept under ``name``, for what is no record (the clock's offset, a port)."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        """Keeps ``value`` under ``name``."""
        with self.transaction():
            self._connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))

    def publish(self, event: Event) -> Event:
        """Puts ``event`` in the queue; whoever waits in :meth:`claim` wakes when the transaction commits."""
        return self.put(event)

    def claim(self, timeout: float = 0.0) -> Event | None:
        """The oldest pending event, marked as claimed; None when none came within ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while True:
            with self._arrived:
                event = self._take()
                left = end - time.monotonic()
                if event is not None or left <= 0:
                    return event
                self._arrived.wait(left)

    def _take(self) -> Event | None:
        with self.transaction():
            pending = self.find(Event, state="pending")
            return self.put(replace(pending[0], state="claimed")) if pending else None

    def done(self, event: Event) -> None:
        """The runner finished with ``event``: a restart does not hand it out again."""
        self.put(replace(event, state="done"))

    def recover(self) -> int:
        """Makes every claimed event pending again and says how many there were. Called once, on start."""
        with self.transaction():
            claimed = self.find(Event, state="claimed")
            for event in claimed:
                self.put(replace(event, state="pending"))
        return len(claimed)

    def close(self) -> None:
        """Closes the file; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()
