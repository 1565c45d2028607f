"""The ledger as a set of entries that name each other: heads, what comes before what, and an order that all can agree on."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from wardround.ledger.entry import Entry, parse
from wardround.ledger.place import DIRECTORY, digest_of, is_beside

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Broken:
    """A file of the ledger that is no entry: ``what`` is wrong with it. ``digest`` is what its name says, empty for another name."""

    path: str
    what: str
    digest: str = ""


@dataclass(frozen=True)
class Ledger:
    """Entries by their digest, as bytes: each is what its name says. ``broken`` are files that are not."""

    contents: Mapping[str, bytes] = field(default_factory=dict)
    broken: tuple[Broken, ...] = ()

    @classmethod
    def of(cls, files: Iterable[tuple[str, bytes]]) -> Ledger:
        """From paths below the ledger's directory and contents; the same file from several places counts once."""
        contents: dict[str, bytes] = {}
        broken: dict[str, Broken] = {}
        for path, content in files:
            digest = digest_of(path)
            where = f"{DIRECTORY}/{path}"
            if digest is None:
                if not is_beside(path):
                    broken[where] = Broken(where, "its name is not that of an entry")
            elif sha256(content).hexdigest() != digest[7:]:
                broken[where] = Broken(where, "its content is not what its name says: it was changed, or cut", digest)
            else:
                contents[digest] = content
        return cls(contents, tuple(broken[name] for name in sorted(broken)))

    @cached_property
    def plain(self) -> dict[str, dict[str, Any]]:
        """Each entry as JSON types; an entry that is no JSON object is left out, and :meth:`entry` says why."""
        found: dict[str, dict[str, Any]] = {}
        for digest, content in self.contents.items():
            try:
                value = from_json(content)
            except ValueError:
                continue
            if isinstance(value, dict):
                found[digest] = value
        return found

    @cached_property
    def _about(self) -> dict[bytes, list[str]]:
        """The beginning of entries (``about`` is their first key) -> those entries. Without reading 100,000 of them as JSON."""
        found: dict[bytes, list[str]] = {}
        for digest, content in self.contents.items():
            found.setdefault(content.partition(b',"by":')[0], []).append(digest)
        return found

    def about(self, name: str) -> list[Entry]:
        """The sound entries about something, in order of their time."""
        made = []
        for digest in self._about.get(b'{"about":' + json.dumps(name, ensure_ascii=False).encode(), ()):
            try:
                made.append(self.entry(digest))
            except ValueError:
                continue
        return sorted(made, key=lambda item: (item.time, item.digest))

    @cached_property
    def parents(self) -> dict[str, tuple[str, ...]]:
        """Of each entry, those that it names, there or not. In canonical JSON only text stands after them, where quotes are escaped."""
        found = {}
        for digest, content in self.contents.items():
            _, there, rest = content.rpartition(b'"parents":[')
            named = rest.partition(b"]")[0] if there else b""
            found[digest] = tuple(named.decode("ascii", "replace").replace('"', "").split(",")) if named else ()
        return found

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Entries that no other one names, sorted: more than one where lines are parallel."""
        named = {parent for parents in self.parents.values() for parent in parents}
        return tuple(sorted(digest for digest in self.parents if digest not in named))

    def entry(self, digest: str) -> Entry:
        """One entry, checked as a whole; ``ValueError`` in words when it is not in its one form."""
        return parse(self.contents[digest])

    def before(self, heads: Iterable[str]) -> set[str]:
        """``heads`` and all that is behind them; those that are missing, too."""
        found: set[str] = set()
        ahead = list(heads)
        while ahead:
            digest = ahead.pop()
            if digest not in found:
                found.add(digest)
                ahead += self.parents.get(digest, ())
        return found

    def ordered(self) -> Iterator[str]:
        """Every entry after those that it names; of those that could come next, the one of the earliest time, then of the smallest digest."""
        waiting = {digest: sum(item in self.parents for item in parents) for digest, parents in self.parents.items()}
        children: dict[str, list[str]] = {}
        for digest, parents in self.parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(digest)
        ready = [
            (str(self.plain.get(digest, {}).get("time", "")), digest) for digest, count in waiting.items() if not count
        ]
        heapq.heapify(ready)
        while ready:
            _, digest = heapq.heappop(ready)
            yield digest
            for child in children.get(digest, ()):
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, (str(self.plain.get(child, {}).get("time", "")), child))
