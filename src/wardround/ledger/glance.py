"""A ledger of which only what is asked for is looked at: 100,000 entries, of which a trace needs a hundred. Pure.

Every entry that is given out, and every one on the way from it to a tag, is checked against its hash; the others are not read. For the
whole there is :func:`wardround.ledger.verify`.
"""

from __future__ import annotations

import heapq
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from wardround.ledger.chain import Ledger
from wardround.ledger.entry import Entry, parse
from wardround.ledger.place import digest_of

if TYPE_CHECKING:
    from wardround.ledger.heads import Anchor

#: So many tags after an entry are tried from near before the whole ledger is. Project choice: parallel lines are joined by the next entry.
_NEAR = 8
#: How an entry in its one form ends; inside of a text a quotation mark stands behind a backslash.
_END = re.compile(
    rb',"parents":\[((?:"sha256:[0-9a-f]{64}",?)*)\],"project":"(?:[^"\\]|\\.)*","schema_version":1,"time":"([0-9T:-]{19})Z"}\n\Z'
)
_ABOUT = len('{"about":')
_NO_SIGNS = str.maketrans("", "", "-T:Z")
_NOTHING: tuple[int, tuple[str, ...]] = (0, ())


@dataclass(frozen=True)
class _Walk:
    """A way back from a tag: the entries that it has met, and those whose parents it has not looked at, the newest first."""

    seen: set[str]
    ahead: list[tuple[int, str]]


class Glance:
    """Files of a ledger, as paths below its directory and contents, and the tags that name its heads."""

    def __init__(self, files: Iterable[tuple[str, bytes]], anchors: Sequence[Anchor]) -> None:
        self._files = list(files)
        self._anchors = sorted(anchors, key=lambda anchor: (anchor.time, anchor.tag))
        self._tagged = {anchor.tag: anchor for anchor in self._anchors}
        self._times = [anchor.time for anchor in self._anchors]
        self._read: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._walks: dict[str, _Walk] = {}
        self._known: dict[str, bool] = {}

    def about(self, name: str) -> list[Entry]:
        """The sound entries about something, in order of their time."""
        made = {}
        for path, content in self._of.get(json.dumps(name, ensure_ascii=False).encode(), ()):
            if (digest := digest_of(path)) and _sound(digest, content):
                try:
                    made[digest] = parse(content)
                except ValueError:
                    continue
        return sorted(made.values(), key=lambda item: (item.time, item.digest))

    def anchored(self, entry: Entry) -> bool:
        """Whether a tag's head is this entry or one that was written after it, as their hashes prove.

        An entry that is dated after every tag is not, without a look: at worst its clock was wrong, and less is believed than could be.
        """
        digest = entry.digest
        if digest not in self._known:
            self._known[digest] = self._proven(entry)
        return self._known[digest]

    def named_by(self, entry: Entry, tags: Iterable[str]) -> bool:
        """Whether one of these tags names the entry or one that was written after it: whoever made that tag vouched for it."""
        return any(self._leads(self._tagged[tag], entry) for tag in tags if tag in self._tagged)

    def _proven(self, entry: Entry) -> bool:
        first = bisect_left(self._times, entry.moment)
        after = self._anchors[first:]
        if any(self._leads(anchor, entry) for anchor in after[:_NEAR]):
            return True
        return len(after) > _NEAR and entry.digest in self._behind

    def _leads(self, anchor: Anchor, entry: Entry) -> bool:
        """Whether the entry is behind an anchor, by way of entries that are not older than it. Each anchor's way back is walked once."""
        if anchor.tag not in self._walks:
            self._walks[anchor.tag] = _Walk({*anchor.heads}, [(self._falling(head), head) for head in anchor.heads])
            heapq.heapify(self._walks[anchor.tag].ahead)
        walk, digest, oldest = self._walks[anchor.tag], entry.digest, -_clock(entry.time)
        while digest not in walk.seen and walk.ahead and walk.ahead[0][0] <= oldest:
            _, found = heapq.heappop(walk.ahead)
            for parent in self._entry(found)[1]:
                if parent not in walk.seen:
                    walk.seen.add(parent)
                    heapq.heappush(walk.ahead, (self._falling(parent), parent))
        return digest in walk.seen

    @cached_property
    def _behind(self) -> set[str]:
        """Everything that is behind the heads of tags: the long way."""
        return Ledger.of(self._files).before(head for anchor in self._anchors for head in anchor.heads)

    @cached_property
    def _of(self) -> dict[bytes, list[tuple[str, bytes]]]:
        """The files by what they are about, as it is written. In a text a quotation mark stands behind a backslash: the first that ends it is its end."""
        found: dict[bytes, list[tuple[str, bytes]]] = {}
        for item in self._files:
            content = item[1]
            found.setdefault(content[_ABOUT : content.find(b'","by":') + 1], []).append(item)
        return found

    @cached_property
    def _held(self) -> dict[str, bytes]:
        return {path[3:67]: content for path, content in self._files}

    def _entry(self, digest: str) -> tuple[int, tuple[str, ...]]:
        """Time and parents of an entry that has its hash; one that is not there, or not in its form, names none, and is the oldest."""
        if digest not in self._read:
            content = self._held.get(digest[7:])
            self._read[digest] = _plain(content) if content is not None and _sound(digest, content) else _NOTHING
        return self._read[digest]

    def _falling(self, digest: str) -> int:
        """A key by which the newest comes first."""
        return -self._entry(digest)[0]


def _sound(digest: str, content: bytes) -> bool:
    return sha256(content).hexdigest() == digest[7:]


def _clock(time: str) -> int:
    """A time of the ledger as a number that orders it: its digits."""
    return int(time.translate(_NO_SIGNS))


def _plain(content: bytes) -> tuple[int, tuple[str, ...]]:
    end = _END.search(content)
    if end is None:
        return _NOTHING
    return _clock(end[2].decode()), tuple(end[1].decode()[1:-1].split('","')) if end[1] else ()
