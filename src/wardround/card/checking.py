"""What is lacking on a card, form by form, and which of its numbers are not the evidence's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.card import chai
from wardround.card.facts import Facts
from wardround.card.placeholders import places, typed, typed_numbers, unknown_places
from wardround.card.profiles import CHAI, FORMS
from wardround.card.schema import FILE, Card
from wardround.evidence.card import CardCheck, Incomplete, Stale
from wardround.evidence.measures import Metrics

#: Places that are no measures.
_PLAIN = ("n", "events", "version", "commit")


def check(card: Card, facts: Facts, profiles: Sequence[str] = ()) -> CardCheck:
    """The check of one revision's card against what is published of its evidence."""
    stale = [_names_nothing(field, place) for field, place in unknown_places(card, facts)]
    stale += [_typed(item.field, item.measure) for item in typed_numbers(card, facts) if not item.agrees]
    return CardCheck(there=True, incomplete=incomplete(card, profiles), stale=tuple(stale))


def incomplete(card: Card, profiles: Sequence[str] = ()) -> tuple[Incomplete, ...]:
    """The fields that each form (none named: all) needs and nobody has written. Needs no evidence."""
    found = []
    for name in profiles or (*FORMS, CHAI):
        wanted = (field for item in FORMS[name].items for field in item.fields) if name != CHAI else ()
        lacking = (
            chai.missing(card)
            if name == CHAI
            else tuple(field for field in dict.fromkeys(wanted) if not card.text(field))
        )
        if lacking:
            found.append(Incomplete(profile=name, fields=lacking))
    return tuple(found)


def unmeasured(card: Card, metrics: Metrics | None) -> tuple[Stale, ...]:
    """Places that name what was not measured; whether it may be shown is not asked here."""
    return tuple(
        _names_nothing(item.field, item.written)
        for item in places(card)
        if not _measured(item.measure, item.group, item.population, metrics)
    )


def asks_for_numbers(card: Card) -> bool:
    """Whether the card holds numbers that only a publication can confirm."""
    return bool(typed(card))


def _measured(measure: str, group: str, population: str, metrics: Metrics | None) -> bool:
    if measure in ("version", "commit"):
        return True
    found = metrics.population(population) if metrics is not None else None
    view = found.group(group) if found is not None else None
    return view is not None and (measure in (*_PLAIN, "event_rate") or measure in view.measures)


def _names_nothing(field: str, place: str) -> Stale:
    return Stale(where=f"{FILE}: {field}", what=f"{place[:80]} names nothing that was measured")


def _typed(field: str, measure: str) -> Stale:
    return Stale(where=f"{FILE}: {field}", what=f"{measure} was typed, and is not the evidence's number")


def with_stale(found: CardCheck, others: Iterable[Stale]) -> CardCheck:
    """The check with further places."""
    return found.model_copy(update={"stale": (*found.stale, *others)})
