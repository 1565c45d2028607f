"""A card in one form: items, each with who can fill it, what it says, what it rests on, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from wardround.card.facts import Facts
from wardround.card.resting import Rest


class By(StrEnum):
    """Who fills an item."""

    PIPELINE = "computed"
    PERSON = "a person"
    BOTH = "a person and computed"


class State(StrEnum):
    """How far an item is."""

    COMPLETE = "complete"
    PARTLY = "partly"
    MISSING = "missing"


@dataclass(frozen=True)
class Table:
    """A table of texts: what it shows, its headings, its rows."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Computed:
    """What the pipeline says of an item: sentences, a table, and the evidence that they rest on.

    Each names a file and, after ``#``, the key in it, as ``metrics.json#populations``; see :mod:`wardround.card.resting`.
    """

    lines: tuple[str, ...] = ()
    table: Table | None = None
    evidence: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not any(self.lines) and (self.table is None or not self.table.rows)


Compute = Callable[[Facts], Computed]


@dataclass(frozen=True)
class Item:
    """One item of a form. ``fields`` are those of the card that must be there, ``optional`` those that may be."""

    number: str
    title: str
    fields: tuple[str, ...] = ()
    compute: Compute | None = None
    optional: tuple[str, ...] = ()
    group: str = ""

    @property
    def by(self) -> By:
        """Who fills it."""
        if self.compute is None:
            return By.PERSON
        return By.BOTH if self.fields else By.PIPELINE


@dataclass(frozen=True)
class Answer:
    """An item filled in. ``missing`` are fields that nobody has written; ``uncomputed`` says that evidence is lacking; ``rests`` where it is, or would be."""

    item: Item
    written: tuple[tuple[str, str], ...]
    computed: Computed
    missing: tuple[str, ...]
    uncomputed: bool = False
    rests: tuple[Rest, ...] = ()

    @property
    def state(self) -> State:
        """How far it is."""
        lacking = bool(self.missing) or self.uncomputed
        if not lacking:
            return State.COMPLETE
        return State.PARTLY if self.written or not self.computed.empty else State.MISSING


@dataclass(frozen=True)
class Sheet:
    """One form, filled in as far as it can be. ``note`` says what the form is and what it is not."""

    profile: str
    title: str
    note: str
    answers: tuple[Answer, ...]
    source: str = ""

    def count(self, state: State) -> int:
        """How many items are in that state."""
        return sum(answer.state is state for answer in self.answers)

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields of the card that this form needs and nobody has written, each once."""
        return tuple(dict.fromkeys(name for answer in self.answers for name in answer.missing))
