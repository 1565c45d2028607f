"""The history of a model: one entry a look, aggregates alone, append-only.

An entry is a file that is named by its own digest and names those before it, so that entries of parallel runs lie side by side and an
edit, a deletion or another order shows. It holds only those signals that the entries before it do not hold already.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wardround.disclosure.outlet import MIN_CELL
from wardround.disclosure.reading import Trusted, read_as, shape
from wardround.disclosure.rounding import to_ten
from wardround.disclosure.shapes import Malformed, Shape
from wardround.disclosure.typed import plain
from wardround.disclosure.watch_rows import COLUMNS, row, signal, with_signals
from wardround.disclosure.watched import EXACT, SignalView, WatchView
from wardround.errors import GovernanceFinding, Problem
from wardround.files import sha256_bytes
from wardround.monitoring.history_order import in_order

BRANCH = "wardround/history"
DIRECTORY = "history"
KIND, VERSION = "history", 1
_KEYS = {"kind", "schema_version", "ran_at", "evidence", "parents", "watch", "columns"}
#: Ways by which an alert leaves, as ``owed`` names them. Only an entry that owes something has the key.
WAYS = ("mail", "webhook")
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"

#: What a signal is about; of two with the same key the later look counts.
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Entry:
    """One look. ``evidence`` is the digest of its ``monitor.json``; ``parents`` are paths of entries. ``watch`` holds new signals only.

    ``owed`` are the ways by which an alert, of this look or of one before it, could not be sent when it was written.
    """

    ran_at: dt.datetime
    evidence: str
    parents: tuple[str, ...]
    watch: WatchView
    owed: tuple[str, ...] = ()

    def content(self) -> bytes:
        """The file's bytes: a line for the look, and one for each signal."""
        head = {
            "kind": KIND,
            "schema_version": VERSION,
            "ran_at": self.ran_at.astimezone(dt.UTC).strftime(_MOMENT),
            "evidence": self.evidence,
            "parents": list(self.parents),
            "watch": plain(with_signals(self.watch, ())),
            "columns": list(COLUMNS),
            **({"owed": list(self.owed)} if self.owed else {}),
        }
        return "".join(map(_line, (head, *map(row, self.watch.signals)))).encode()

    @property
    def path(self) -> str:
        """Where the entry lies on the branch: by project and stage, day and digest."""
        return path_of(self.watch, self.ran_at, self.content())


def path_of(watch: WatchView, ran_at: dt.datetime, content: bytes) -> str:
    """The path of an entry with that content."""
    digest = sha256_bytes(content).removeprefix("sha256:")
    return f"{DIRECTORY}/{watch.project}/{watch.stage}/{ran_at:%Y-%m-%d}-{digest[:32]}.jsonl"


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


@functools.cache
def _shape() -> Shape:
    return shape(WatchView, EXACT)


def parse(content: bytes, least: int) -> Entry:
    """An entry from its bytes, disclosed by the same rules as when it was written. Raises :class:`Malformed`.

    ``least`` is the smallest count of the project's params. An entry may have been stricter. One from before params became stricter than the
    policy asks (11) is read by its own limit, and loses the signals that may not be shown any more.
    """
    first, _, rest = content.partition(b"\n")
    try:
        told, rows = json.loads(first), json.loads(b"[" + b",".join(rest.splitlines()) + b"]")
    except (ValueError, RecursionError) as error:
        raise Malformed(("the entry is not JSON",)) from error
    if (
        not isinstance(told, dict)
        or set(told) - {"owed"} != _KEYS
        or (told["kind"], told["schema_version"]) != (KIND, VERSION)
    ):
        raise Malformed(("this is no entry of this version's history",))
    if told["columns"] != list(COLUMNS):
        raise Malformed(("the signals have other columns",))
    owed = tuple(way for way in WAYS if way in told["owed"]) if isinstance(told.get("owed"), list) else ()
    if "owed" in told and (not owed or list(owed) != told["owed"]):
        raise Malformed(("what the entry says to be owed is no way of sending",))
    watch = told["watch"]
    own = watch.get("min_cell") if isinstance(watch, dict) else None
    limit = own if isinstance(own, int) and own >= min(least, MIN_CELL) else least
    found = read_as(WatchView, _shape(), watch, Trusted(limit))
    if found.value is None:
        raise Malformed((found.reason,))
    try:
        ran_at = dt.datetime.strptime(told["ran_at"], _MOMENT).replace(tzinfo=dt.UTC)
        parents = tuple(str(item) for item in told["parents"])
    except (TypeError, ValueError) as error:
        raise Malformed(("the date or the parents of the entry are none",)) from error
    signals = (signal(item, limit) for item in rows)
    shown = [item for item in signals if item.n.value is None or item.n.value >= to_ten(least)]
    return Entry(ran_at, str(told["evidence"]), parents, with_signals(found.value, shown), owed)


@dataclass(frozen=True)
class History:
    """All entries of one project and stage by path, oldest first."""

    entries: Mapping[str, Entry]

    @property
    def heads(self) -> tuple[str, ...]:
        """The entries that no other names as its parent, sorted."""
        named = {parent for entry in self.entries.values() for parent in entry.parents}
        return tuple(sorted(path for path in self.entries if path not in named))

    @property
    def looks(self) -> tuple[Entry, ...]:
        """In the order of the days that they looked at: a look at an old day, made today, says nothing newer."""
        return tuple(sorted(self.entries.values(), key=lambda entry: entry.watch.until))

    @property
    def last(self) -> Entry | None:
        """The look at the newest day."""
        return next(reversed(self.looks), None)

    @property
    def owed(self) -> tuple[str, ...]:
        """The ways by which an alert still has to be sent: those that an entry names which none follows."""
        return tuple(way for way in WAYS if any(way in self.entries[path].owed for path in self.heads))

    def unsent(self, way: str) -> tuple[Entry, ...]:
        """The looks since the last one by which nothing was left to be sent that way, oldest first."""
        found: set[str] = set()
        ahead = list(self.heads)
        while ahead:
            path = ahead.pop()
            if path not in found and path in self.entries and way in self.entries[path].owed:
                found.add(path)
                ahead += self.entries[path].parents
        return tuple(entry for path, entry in self.entries.items() if path in found)

    @property
    def answered(self) -> bool:
        """Whether a look ever saw answers."""
        return any(entry.watch.versions for entry in self.entries.values())

    def last_before(self, moment: dt.datetime) -> dt.datetime | None:
        """When the newest look before that moment ran."""
        ran = [entry.ran_at for entry in self.entries.values() if entry.ran_at < moment]
        return max(ran, default=None)

    def signals(self) -> dict[Key, SignalView]:
        """Every signal as the look at the newest day that had it says it."""
        found: dict[Key, SignalView] = {}
        for entry in self.looks:
            for item in entry.watch.signals:
                found[key_of(item)] = item
        return found

    def following(
        self, watch: WatchView, evidence: str, ran_at: dt.datetime, owed: tuple[str, ...] = ()
    ) -> Entry | None:
        """The entry of a look; None when an entry says the same of the same evidence on the same day, and as much is owed as before."""
        day = ran_at.astimezone(dt.UTC).date()
        if owed == self.owed and any(
            entry.evidence == evidence and entry.ran_at.date() == day for entry in self.entries.values()
        ):
            return None
        known = self.signals()
        fresh = tuple(item for item in watch.signals if known.get(key_of(item)) != item)
        moment = ran_at.astimezone(dt.UTC).replace(microsecond=0)
        return Entry(moment, evidence, self.heads, with_signals(watch, fresh), owed)


def key_of(item: SignalView) -> Key:
    """What a signal is about."""
    return item.rule, item.measure, item.column, item.level, item.window


def read(files: Mapping[str, bytes], least: int) -> dict[tuple[str, str], History]:
    """The histories by project and stage.

    Raises :class:`GovernanceFinding` that lists every entry that was edited, cannot be read, or whose parent is gone.
    """
    problems: list[Problem] = []
    entries: dict[str, Entry] = {}
    for path, content in files.items():
        if not path.startswith(f"{DIRECTORY}/"):
            continue
        try:
            entry = parse(content, least)
        except Malformed as error:
            problems.append(Problem(f"an entry of the history cannot be read: {error}", where=path))
            continue
        if path_of(entry.watch, entry.ran_at, content) != path:
            problems.append(
                Problem("an entry of the history is not what its name says: it was edited or renamed", where=path)
            )
        entries[path] = entry
    for path, entry in entries.items():
        problems += (
            Problem("an entry of the history is gone: another names it as its parent", where=parent, found=path)
            for parent in entry.parents
            if parent not in files
        )
    if problems:
        raise GovernanceFinding(problems=problems[:20])
    found: dict[tuple[str, str], dict[str, Entry]] = {}
    for path, entry in in_order(entries):
        found.setdefault((entry.watch.project, entry.watch.stage), {})[path] = entry
    return {name: History(own) for name, own in sorted(found.items())}


def newest(files: Mapping[str, bytes], project: str, stage: str, least: int) -> Entry | None:
    """The newest look, without reading all others; None when there is none or it cannot be read."""
    start = f"{DIRECTORY}/{project}/{stage}/"
    own = sorted((path for path in files if path.startswith(start)), reverse=True)
    day = own[0].removeprefix(start)[:10] if own else ""
    found = []
    for path in own:
        if path.removeprefix(start).startswith(day):
            with contextlib.suppress(Malformed):
                found.append(parse(files[path], least))
    return max(found, key=lambda entry: entry.ran_at, default=None)
