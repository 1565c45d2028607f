"""A ledger of which only what is asked for is looked at: 100,000 entries, of which a trace needs a hundred. Pure.

Every entry that is given out, and every one on the way from it to a tag, is checked against its hash; the others are not read. For the
whole there is :func:`wardround.ledger.verify`.
"""

from __future__ import annotations

import datetime as dt
import heapq
import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic_core import from_json

from wardround.ledger.chain import Ledger
from wardround.ledger.entry import Entry, parse
from wardround.ledger.place import digest_of

if TYPE_CHECKING:
    from wardround.ledger.heads import Anchor

#: So many tags after an entry are tried from near before the whole ledger is. Project choice: parallel lines are joined by the next entry.
_NEAR = 8


class Glance:
    """Files of a ledger, as paths below its directory and contents, and the tags that name its heads."""

    def __init__(self, files: Iterable[tuple[str, bytes]], anchors: Sequence[Anchor]) -> None:
        self._files = list(files)
        self._anchors = sorted(anchors, key=lambda anchor: (anchor.time, anchor.tag))
        self._times = [anchor.time for anchor in self._anchors]
        self._read: dict[str, tuple[str, tuple[str, ...]] | None] = {}
        self._known: dict[str, bool] = {}

    def about(self, name: str) -> list[Entry]:
        """The sound entries about something, in order of their time."""
        start = b'{"about":' + json.dumps(name, ensure_ascii=False).encode() + b","
        made = {}
        for path, content in self._files:
            if content.startswith(start) and (digest := digest_of(path)) and _sound(digest, content):
                try:
                    made[digest] = parse(content)
                except ValueError:
                    continue
        return sorted(made.values(), key=lambda item: (item.time, item.digest))

    def anchored(self, entry: Entry) -> bool:
        """Whether a tag's head is this entry or one that was written after it, as their hashes prove.

        An entry that is dated after every tag is not, without a look: at worst its clock was wrong, and less is believed than could be.
        """
        if entry.digest not in self._known:
            self._known[entry.digest] = self._proven(entry)
        return self._known[entry.digest]

    def named_by(self, entry: Entry, tags: Iterable[str]) -> bool:
        """Whether one of these tags names the entry or one that was written after it: whoever made that tag vouched for it."""
        wanted = frozenset(tags)
        return any(anchor.tag in wanted and self._leads(anchor, entry) for anchor in self._anchors)

    def _proven(self, entry: Entry) -> bool:
        first = bisect_left(self._times, entry.moment)
        after = self._anchors[first:]
        if any(self._leads(anchor, entry) for anchor in after[:_NEAR]):
            return True
        return len(after) > _NEAR and entry.digest in self._behind

    def _leads(self, anchor: Anchor, entry: Entry) -> bool:
        """Whether the entry is behind an anchor, by way of entries that are not older than it."""
        ahead = [(_falling(self._entry(head)), head) for head in anchor.heads]
        heapq.heapify(ahead)
        seen = set(anchor.heads)
        while ahead:
            _, digest = heapq.heappop(ahead)
            if digest == entry.digest:
                return True
            found = self._entry(digest)
            if found is None or found[0] < entry.time:
                continue
            for parent in found[1]:
                if parent not in seen:
                    seen.add(parent)
                    heapq.heappush(ahead, (_falling(self._entry(parent)), parent))
        return False

    @cached_property
    def _behind(self) -> set[str]:
        """Everything that is behind the heads of tags: the long way."""
        return Ledger.of(self._files).before(head for anchor in self._anchors for head in anchor.heads)

    @cached_property
    def _held(self) -> dict[str, bytes]:
        return {path[3:67]: content for path, content in self._files}

    def _entry(self, digest: str) -> tuple[str, tuple[str, ...]] | None:
        """Time and parents of an entry that has its hash; None where there is none."""
        if digest not in self._read:
            content = self._held.get(digest[7:])
            self._read[digest] = _plain(content) if content is not None and _sound(digest, content) else None
        return self._read[digest]


def _sound(digest: str, content: bytes) -> bool:
    return sha256(content).hexdigest() == digest[7:]


def _plain(content: bytes) -> tuple[str, tuple[str, ...]] | None:
    try:
        value = from_json(content)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("parents"), list):
        return None
    return str(value.get("time", "")), tuple(str(item) for item in value["parents"])


def _falling(found: tuple[str, tuple[str, ...]] | None) -> float:
    """A key by which the newest comes first."""
    try:
        return -dt.datetime.fromisoformat(found[0]).timestamp() if found is not None else 0.0
    except ValueError:
        return 0.0
