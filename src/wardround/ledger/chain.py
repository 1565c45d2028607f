"""The ledger as a set of entries that name each other: heads, what comes before what, and an order that all can agree on."""

from __future__ import annotations

import heapq
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
    def parents(self) -> dict[str, tuple[str, ...]]:
        """Of each entry, those that it names, there or not."""
        found = {}
        for digest, value in self.plain.items():
            named = value.get("parents")
            found[digest] = tuple(item for item in named if isinstance(item, str)) if isinstance(named, list) else ()
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

    def after(self, start: Iterable[str]) -> set[str]:
        """``start`` and all that was written on top of it."""
        children: dict[str, list[str]] = {}
        for digest, parents in self.parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(digest)
        found: set[str] = set()
        ahead = list(start)
        while ahead:
            digest = ahead.pop()
            if digest not in found:
                found.add(digest)
                ahead += children.get(digest, ())
        return found

    def mentioning(self, *needles: str) -> tuple[str, ...]:
        """Entries whose text holds one of these, in the ledger's order among themselves. A word of plain letters, digits and ``:@#/.-`` alone."""
        wanted = [needle.encode() for needle in needles if needle]
        found = [digest for digest, content in self.contents.items() if any(needle in content for needle in wanted)]
        return tuple(sorted(found, key=lambda digest: (str(self.plain.get(digest, {}).get("time", "")), digest)))

    def ordered(self) -> Iterator[str]:
        """Every entry after those that it names; of those that could come next, the one of the earliest time, then of the smallest digest."""
        waiting = {digest: sum(item in self.parents for item in parents) for digest, parents in self.parents.items()}
        children: dict[str, list[str]] = {}
        for digest, parents in self.parents.items():
            for parent in parents:
                children.setdefault(parent, []).append(digest)
        ready = [(str(self.plain[digest].get("time", "")), digest) for digest, count in waiting.items() if not count]
        heapq.heapify(ready)
        while ready:
            _, digest = heapq.heappop(ready)
            yield digest
            for child in children.get(digest, ()):
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, (str(self.plain[child].get("time", "")), child))
