"""A report as values, before it is HTML or Markdown: spans of text in blocks in sections.

Builders say what there is to say, once; renderers say how it looks, and escape everything. All text of a span is untrusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from wardround.disclosure.published import Why


class Kind(StrEnum):
    """How a span is set."""

    PLAIN = "plain"
    CODE = "code"
    STRONG = "strong"
    EMPHASIS = "emphasis"
    #: The rest of the cell stands below, smaller: an interval, facts.
    BREAK = "break"
    #: One of the verdicts, as icon and word.
    VERDICT = "verdict"
    #: ``target`` is a rule page; only builders of this package make links.
    LINK = "link"
    #: A withheld number: the word, and in ``target`` the letter of the note that says why.
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Span:
    """A run of text set in one way."""

    text: str
    kind: Kind = Kind.PLAIN
    target: str = ""


Inline = tuple[Span, ...]

#: There is nothing to say here.
DASH = "\u2013"
#: Ends the line of a cell.
BREAK = Span("", Kind.BREAK)

_MARKS = re.compile(r"`([^`]+)`|\*([^*\s][^*]*)\*")


def plain(text: str) -> Inline:
    """Text as it is."""
    return (Span(text),) if text else ()


def code(text: str) -> Inline:
    """A name: column, parameter, file, commit."""
    return (Span(text, Kind.CODE),)


def strong(text: str) -> Inline:
    """Text that carries weight."""
    return (Span(text, Kind.STRONG),)


def prose(text: str) -> Inline:
    """A sentence in which pairs of backticks mark names and pairs of asterisks emphasis; all else is as it is."""
    spans: list[Span] = []
    end = 0
    for match in _MARKS.finditer(text):
        spans += plain(text[end : match.start()])
        name, emphasis = match.groups()
        spans.append(Span(name, Kind.CODE) if name is not None else Span(emphasis, Kind.EMPHASIS))
        end = match.end()
    return (*spans, *plain(text[end:]))


class Notes:
    """The reasons why numbers are not shown, lettered in the order of their first use in one document."""

    def __init__(self) -> None:
        self._letters: dict[Why, str] = {}

    def withheld(self, why: Why) -> Inline:
        """A word in the place of a number, with the letter of its note; nothing to say is a dash."""
        if why is Why.SHOWN:
            return plain(DASH)
        word, _, _ = str(why).partition(":")
        letter = self._letters.setdefault(why, "abcdefghijklmnopqrstuvwxyz"[len(self._letters)])
        return (Span("not defined" if why is Why.UNDEFINED else word, Kind.WITHHELD, letter),)

    def all(self) -> tuple[tuple[str, Why], ...]:
        """Letters and reasons that were used."""
        return tuple((letter, why) for why, letter in self._letters.items())


@dataclass(frozen=True)
class Heading:
    """A heading inside a section; sections are level 2."""

    text: str
    level: int = 3


@dataclass(frozen=True)
class Paragraph:
    """A paragraph. ``tone``: empty, ``lead``, ``quiet`` or ``warn``."""

    text: Inline
    tone: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers (set to the right)."""

    heading: str
    numeric: bool = False


@dataclass(frozen=True)
class Row:
    """A row; the first cell is its heading. ``tone``: empty, ``main``, or a verdict. ``group`` starts a new group of rows."""

    cells: tuple[Inline, ...]
    tone: str = ""
    group: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption that says what it shows. ``pair``: its columns two and three compare, and are of one width."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pair: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Picture:
    """A figure: ``name`` of the file, ``alt`` that states its content, and the same in characters for where no image is shown."""

    name: str
    alt: str
    caption: str
    chart: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fold:
    """Blocks that a reader opens when wanted."""

    summary: Inline
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Beside:
    """Blocks that stand side by side where there is room."""

    blocks: tuple[Block, ...]


Block = Heading | Paragraph | Table | Bullets | Picture | Fold | Beside


@dataclass(frozen=True)
class Section:
    """A section. ``weight`` says what a short edition drops first (small ones); 0 is never in it, 10 always."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    weight: int = 5


@dataclass(frozen=True)
class Answer:
    """The top of a report: verdict, one sentence, the next step, and a few facts in words."""

    verdict: str
    word: str
    sentence: Inline
    next_step: Inline
    facts: tuple[tuple[str, Inline], ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole report. ``kind`` says what was looked at."""

    title: str
    subtitle: str
    top: Answer
    sections: tuple[Section, ...]
    notes: tuple[tuple[str, Why], ...] = field(default=())
    kind: str = "Model review"
