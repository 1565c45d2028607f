"""What is lacking on a card, form by form, and which of its numbers are not the evidence's."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.card import chai
from wardround.card.facts import Facts
from wardround.card.filling import fill
from wardround.card.placeholders import typed_numbers, unknown_places
from wardround.card.profiles import CHAI, FORMS
from wardround.card.schema import FILE, Card
from wardround.evidence.card import CardCheck, Incomplete, Stale


def check(card: Card, facts: Facts, profiles: Sequence[str] = (), others: Sequence[Stale] = ()) -> CardCheck:
    """The check of one revision's card. ``others`` are files made of a card that do not hold this evidence's numbers."""
    incomplete = []
    for name in profiles or (*FORMS, CHAI):
        lacking = chai.missing(card) if name == CHAI else fill(FORMS[name], card, facts).missing
        if lacking:
            incomplete.append(Incomplete(profile=name, fields=lacking))
    stale = [
        Stale(where=f"{FILE}: {field}", what=f"{place} names nothing that is published")
        for field, place in unknown_places(card, facts)
    ]
    stale += [
        Stale(where=f"{FILE}: {item.field}", what=f"{item.measure} was typed and is not the evidence's")
        for item in typed_numbers(card, facts)
        if not item.agrees
    ]
    return CardCheck(there=True, incomplete=tuple(incomplete), stale=(*stale, *others))
