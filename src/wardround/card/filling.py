"""A form filled in from the card and the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.card.facts import Facts
from wardround.card.placeholders import resolve
from wardround.card.resting import resting
from wardround.card.schema import Card
from wardround.card.sheet import Answer, Computed, Item, Sheet


@dataclass(frozen=True)
class Form:
    """A form: its name on the command line, its title, what it is and is not, where its items come from."""

    profile: str
    title: str
    note: str
    items: tuple[Item, ...]
    source: str = ""


def fill(form: Form, card: Card, facts: Facts) -> Sheet:
    """The form as a sheet. Placeholders in people's words are replaced by the evidence's numbers."""
    return Sheet(form.profile, form.title, form.note, tuple(answers(form.items, card, facts)), form.source)


def answers(items: Sequence[Item], card: Card, facts: Facts) -> list[Answer]:
    """Every item with what is known of it."""
    return [_answer(item, card, facts) for item in items]


def _answer(item: Item, card: Card, facts: Facts) -> Answer:
    names = (*item.fields, *item.optional)
    written = tuple((name, resolve(text, facts).text) for name in names if (text := card.text(name)))
    missing = tuple(name for name in item.fields if not card.text(name))
    computed = item.compute(facts) if item.compute is not None else Computed()
    lacking = item.compute is not None and computed.empty
    return Answer(item, written, computed, missing, lacking, resting(computed.evidence, facts.origin))
