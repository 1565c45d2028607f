"""Identifiers in a text, without a model of language and without a download: shapes, check digits and labels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from wardround.phi.hit import Hit
from wardround.phi.kinds import BY_NAME
from wardround.phi.labels import by_label
from wardround.phi.shapes import by_shape

#: Text is scanned in pieces of about so many characters, cut at line ends, so that a piece stays in the processor's cache.
PIECE = 1 << 18


def scan(text: str) -> tuple[Hit, ...]:
    """All identifiers of a text, in order, none within another. Positions are those of ``text``."""
    found: list[Hit] = []
    for start, piece in pieces_of(text, PIECE):
        hits = [*by_label(piece), *by_shape(piece)]
        found += (Hit(hit.start + start, hit.end + start, hit.kind, hit.labelled) for hit in _apart(hits))
    return tuple(found)


def rules_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The rules of what the scan finds in texts, each once, without the words. The same text is looked at once."""
    distinct = dict.fromkeys(text for text in texts if text)
    return tuple(dict.fromkeys(BY_NAME[hit.kind].rule for text in distinct for hit in scan(text)))


def pieces_of(text: str, most: int) -> Iterator[tuple[int, str]]:
    """The text in pieces of at most ``most`` characters, cut at line ends where there are any, each with its position."""
    start = 0
    while start < len(text):
        end = start + most
        if end < len(text):
            cut = text.rfind("\n", start, end)
            end = cut + 1 if cut > start else end
        yield start, text[start:end]
        start = end


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Of hits that overlap: the labelled one, else the longer, else the first."""
    starts: list[int] = []
    kept: list[Hit] = []  # in order, so that only two neighbours can overlap
    for hit in sorted(set(hits), key=lambda one: (not one.labelled, one.start - one.end, one.start, one.kind)):
        at = bisect_left(starts, hit.start)
        clear = at == len(kept) or hit.end <= kept[at].start
        if clear and (at == 0 or kept[at - 1].end <= hit.start):
            starts.insert(at, hit.start)
            kept.insert(at, hit)
    return kept
