"""From files and texts to findings: the parts are scanned, what is allowed is left out, what is left is told without its text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from wardround.phi.allow import AllowList, digest
from wardround.phi.columns import kinds_of
from wardround.phi.finding import Finding, fingerprint
from wardround.phi.hit import Hit
from wardround.phi.language import Reader, beside
from wardround.phi.parts import Column, Sure, Text, parts
from wardround.phi.scanning import pieces_of, scan

#: Lines before and after an asked line that are scanned with it: a label may stand on the line above its value. No pattern spans more than two.
AROUND = 3
#: Characters of prose that a model of language is given at once, cut at a line's end; and distinct cells of one column that it is shown. Project choices.
PROSE, CELLS = 20_000, 5_000


@dataclass(frozen=True)
class Examiner:
    """``key`` is the secret of the fingerprints (empty: none). ``proposing``: findings carry the digest for the allow-list in their place.

    ``reader``: a model of language for prose and for cells of tables, where params name one.
    """

    allow: AllowList = field(default_factory=AllowList)
    key: bytes = b""
    proposing: bool = False
    reader: Reader | None = None

    def file(self, place: str, content: bytes, *, only: Collection[int] | None = None) -> Iterator[Finding]:
        """The identifiers in a file. ``only``: of a text, those on these lines; tables and other kinds are always looked at whole."""
        for part in parts(place, content):
            if isinstance(part, Text):
                yield from self._text(place, part, only)
            elif isinstance(part, Column):
                yield from self._column(place, part)
            else:
                yield from self._sure(place, part)

    def text(self, place: str, text: str, where: str = "", *, prose: bool = True) -> Iterator[Finding]:
        """The identifiers in a text that is no file: a message, a name (which is no ``prose``), a comment."""
        yield from self._text(place, Text(text, where, prose=prose), None)

    def _text(self, place: str, part: Text, only: Collection[int] | None) -> Iterator[Finding]:
        asked = only if part.line else None
        pieces = ((part.line, part.text),) if asked is None else _near(part.text, part.line, asked)
        for first, text in pieces:
            at, line = 0, first
            hits = scan(text)
            if self.reader is not None and part.prose:
                hits = beside(hits, self._read(text))
            for hit in hits:
                if part.line:
                    line += text.count("\n", at, hit.start)
                    at = hit.start
                    if asked is not None and line not in asked:
                        continue
                found = text[hit.start : hit.end]
                if not self.allow.allows(place, hit.kind, found):
                    yield Finding(place, line, part.where, hit.kind, self._mark(hit.kind, found))

    def _read(self, text: str) -> tuple[Hit, ...]:
        """What the model of language finds, in pieces that it can hold."""
        assert self.reader is not None
        pieces = list(pieces_of(text, PROSE))
        found = self.reader.find(piece for _, piece in pieces)
        return tuple(
            Hit(hit.start + start, hit.end + start, hit.kind)
            for (start, _), hits in zip(pieces, found, strict=True)
            for hit in hits
        )

    def _column(self, place: str, part: Column) -> Iterator[Finding]:
        named = [(hit.kind, part.name[hit.start : hit.end]) for hit in scan(part.name)]
        for kind, text in named:  # a table without a header has values in its place
            if not self.allow.allows(place, kind, text):
                yield Finding(place, 1, "the header", kind, self._mark(kind, text))
        shown = "a column" if named else f"column {part.name[:60]}"
        kinds = set(kinds_of(part.name, part.values))
        if self.reader is not None:
            worded = [value for value in part.values if any(character.isalpha() for character in value)][:CELLS]
            kinds |= {hit.kind for hits in self.reader.find(worded) for hit in hits}
        for kind in sorted(kinds):
            if not self.allow.allows(place, kind, part.name):
                yield Finding(place, 0, shown, kind, self._mark(kind, part.name))

    def _sure(self, place: str, part: Sure) -> Iterator[Finding]:
        if not self.allow.allows(place, part.kind, ""):
            yield Finding(place, 0, part.where, part.kind)

    def _mark(self, kind: str, text: str) -> str:
        return digest(text) if self.proposing else fingerprint(self.key, kind, text)


def _near(text: str, first: int, only: Collection[int]) -> Iterator[tuple[int, str]]:
    """The asked lines of a text with those around them, in pieces, each with the number of its first line: a long file is not scanned for one line."""
    lines = text.split("\n")
    start = end = 0
    for number in sorted(only):
        at = number - first
        if not 0 <= at < len(lines):
            continue
        if at - AROUND > end:
            if end:
                yield first + start, "\n".join(lines[start:end])
            start = at - AROUND
        end = min(at + AROUND + 1, len(lines))
    if end:
        yield first + start, "\n".join(lines[start:end])


def distinct(findings: Iterator[Finding] | Collection[Finding]) -> tuple[Finding, ...]:
    """Findings in order, the same text of the same kind once in each place and part, at its first line."""
    seen: dict[tuple[str, str, str, str], Finding] = {}
    for number, finding in enumerate(sorted(findings)):
        mark = finding.fingerprint.rpartition(":")[2] or str(
            number
        )  # without one nobody can tell whether two are the same
        seen.setdefault((finding.place, finding.part, finding.kind, mark), finding)
    return tuple(seen.values())
