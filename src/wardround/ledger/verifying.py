"""Whether the ledger is whole: nothing edited, removed, put in another order or led on from an old state, as the tags know it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wardround.ledger.place import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.ledger.chain import Ledger
    from wardround.ledger.heads import Anchor

#: Clocks of writers may differ by so much. Project choice: a runner's clock is set over the network.
SKEW = dt.timedelta(minutes=5)
Code = Literal["changed", "malformed", "missing", "cut", "order", "fork", "removed", "parallel", "late", "unanchored"]
#: Not wrong, but said: lines that the next entry joins, entries that came in late, a ledger that no tag names yet.
NOTES = frozenset(("parallel", "late", "unanchored"))


@dataclass(frozen=True)
class Doubt:
    """One thing that is wrong, or to be known. ``where`` is a file of the ledger, or a tag."""

    code: Code
    what: str
    where: str
    next: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it means that the ledger cannot be believed as it is."""
        return self.code not in NOTES


@dataclass(frozen=True)
class Verification:
    """What was found. ``anchored`` of the ``entries`` are behind the heads that tags name."""

    entries: int
    anchored: int
    anchors: int
    heads: tuple[str, ...]
    doubts: tuple[Doubt, ...]

    @property
    def wrong(self) -> tuple[Doubt, ...]:
        """What is wrong."""
        return tuple(doubt for doubt in self.doubts if doubt.wrong)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def verify(ledger: Ledger, anchors: Sequence[Anchor], before: Sequence[Doubt] = ()) -> Verification:
    """Everything that is wrong with the ledger. ``before`` is what the reader has found (files that git says were removed)."""
    named = [anchor for anchor in anchors if anchor.heads]
    behind = ledger.before(head for anchor in named for head in anchor.heads)
    holes = (*_broken(ledger), *_missing(ledger, named))
    doubts = (
        *before,
        *holes,
        *_malformed(ledger),
        *_order(ledger),
        *(() if holes else _forks(ledger, named)),  # below a hole every entry looks like a line of its own
        *_late(ledger, named),
    )
    anchored = sum(digest in ledger.contents for digest in behind)
    return Verification(len(ledger.contents), anchored, len(named), ledger.heads, doubts)


def joinable(ledger: Ledger, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The heads that a new entry names: those that know all that tags name; all heads where none does.

    A line that lacks what a tag names is not led on by a program: a person joins it, and says why.
    """
    knowing = [head for head in ledger.heads if not _unknown(ledger, anchors, head)]
    return tuple(knowing) or ledger.heads


def _unknown(ledger: Ledger, anchors: Sequence[Anchor], head: str) -> list[Anchor]:
    """The tags that name entries which are neither before this one nor written after it."""
    behind = ledger.before([head])
    return [
        anchor
        for anchor in anchors
        if any(item in ledger.contents and item not in behind for item in anchor.heads)
        and head not in ledger.before(anchor.heads)
    ]


def _broken(ledger: Ledger) -> Iterator[Doubt]:
    for item in ledger.broken:
        said = f"git log --all -- {item.path} says who changed it; take it from an earlier commit"
        yield Doubt("changed", item.what, item.path, said)


def _malformed(ledger: Ledger) -> Iterator[Doubt]:
    for digest in ledger.contents:
        try:
            ledger.entry(digest)
        except ValueError as error:
            yield Doubt("malformed", str(error), path_of(digest), "find out who wrote it: no command of Wardround did")


def _missing(ledger: Ledger, anchors: Sequence[Anchor]) -> Iterator[Doubt]:
    known = set(ledger.contents) | {item.digest for item in ledger.broken}  # what was changed is said already
    for digest, parents in ledger.parents.items():
        for parent in parents:
            if parent not in known:
                yield Doubt(
                    "missing",
                    f"the entry {_short(parent)}, which this one was written after, is gone",
                    path_of(digest),
                    f"find it in another clone, or in git: git log --all -- {path_of(parent)}",
                )
    for anchor in anchors:
        for head in anchor.heads:
            if head not in known:
                yield Doubt(
                    "cut",
                    f"the entry {_short(head)}, which was the newest when the tag was made, is gone",
                    f"tag {anchor.tag}",
                    "git fetch origin; if it stays: find it in another clone, the ledger was cut or rewritten",
                )


def _order(ledger: Ledger) -> Iterator[Doubt]:
    times = {digest: time for digest, value in ledger.plain.items() if (time := _moment(value.get("time")))}
    for digest, parents in ledger.parents.items():
        time = times.get(digest)
        for parent in parents:
            earlier = times.get(parent)
            if time is not None and earlier is not None and time < earlier - SKEW:
                yield Doubt(
                    "order",
                    f"it is dated {earlier - time} before the entry {_short(parent)}, which it was written after",
                    path_of(digest),
                    "find out whose clock was wrong, or who wrote it",
                )


def _forks(ledger: Ledger, anchors: Sequence[Anchor]) -> Iterator[Doubt]:
    heads = ledger.heads
    if ledger.contents and not anchors:
        yield Doubt("unanchored", "no tag names this ledger yet: a cut tail would not show", "tags")
    lacking = 0
    for head in heads:
        without = _unknown(ledger, anchors, head)
        if without:
            lacking += 1
            last = max(without, key=lambda anchor: (anchor.time, anchor.tag))
            yield Doubt(
                "fork",
                f"this line of the ledger does not know what the tag {last.tag} names",
                path_of(head),
                "read it; if it belongs here: wardround ledger join --reason TEXT",
            )
    if len(heads) - lacking > 1:
        said = f"{len(heads) - lacking} entries were written at the same time: the next one joins them"
        yield Doubt("parallel", said, ", ".join(_short(head) for head in heads))


def _late(ledger: Ledger, anchors: Sequence[Anchor]) -> Iterator[Doubt]:
    """Entries that are dated before a tag that did not know them."""
    if not anchors:
        return
    last = max(anchors, key=lambda anchor: (anchor.time, anchor.tag))
    known = ledger.before(head for anchor in anchors for head in anchor.heads)
    for digest, value in ledger.plain.items():
        time = _moment(value.get("time"))
        if digest not in known and time is not None and time < last.time - SKEW:
            yield Doubt(
                "late",
                f"it is dated {value.get('time')}, and the tag {last.tag} of {last.time:%Y-%m-%dT%H:%M:%SZ} did not know it",
                path_of(digest),
            )


def _moment(text: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(text)) if str(text).endswith("Z") else None
    except ValueError:
        return None


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
