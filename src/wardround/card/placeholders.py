"""Numbers in people's words: ``{{auroc}}`` is replaced by the evidence's number; one that was typed is compared with it.

Grammar: ``{{measure}}``, ``{{measure of group}}``, each with an optional population before it (``{{all_comers: auroc of sex=female}}``), and
``{{n}}``, ``{{events}}``, ``{{version}}``, ``{{commit}}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.card.facts import ALL, NEW, Facts, value_of
from wardround.card.schema import Card, fields

_PLACE = re.compile(
    r"\{\{\s*(?:(new_subjects|all_comers)\s*:\s*)?([a-z_]+(?:@[0-9.e-]+)?)(?:\s+of\s+([^{}]+?))?\s*\}\}"
)
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MEASURES = {
    "auroc": r"AUROC|AUC|c[- ]?(?:statistic|index)|area under the (?:ROC )?curve",
    "auprc": r"AUPRC|average precision",
    "brier": r"Brier(?: score)?",
    "oe": r"O/E|O:E|observed[ /]+(?:to |over )?expected",
    "slope": r"calibration slope",
    "sensitivity": r"sensitivity|recall",
    "specificity": r"specificity",
    "ppv": r"PPV|positive predictive value|precision",
    "npv": r"NPV|negative predictive value",
    "net_benefit": r"net benefit",
    "nne": r"number needed to evaluate",
    "event_rate": r"event rate|prevalence",
}
#: A number within a few words of a measure's name, after it. Other numbers of a sentence are not the evidence's business.
_NUMBER = r"(?:[^\d.;\n]{0,30}?)(?<![\w.@=])(\d*\.\d+|0,\d+|\d+)\s*(%|per cent|percent)?(?!\s*%?\s*(?:CI|confidence))"


@dataclass(frozen=True)
class Resolved:
    """The text with numbers in the places, and the places that stand for nothing."""

    text: str
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A place in people's words: the field, how it is written, and what it names; ``measure`` is empty where it names nothing."""

    field: str
    written: str
    measure: str = ""
    group: str = "all"
    population: str = NEW


@dataclass(frozen=True)
class Typed:
    """A number that somebody typed: the field, the measure, and whether the evidence has it."""

    field: str
    measure: str
    number: str
    agrees: bool


def resolve(text: str, facts: Facts) -> Resolved:
    """Every place filled; one that names nothing stays as it is."""
    unknown: list[str] = []

    def one(match: re.Match[str]) -> str:
        found = _value(match, facts)
        if found is None:
            unknown.append(match[0])
            return match[0]
        return found

    done = _PLACE.sub(one, text)
    unknown += [place for place in _ANY.findall(done) if place not in unknown]
    return Resolved(done, tuple(unknown))


def _value(match: re.Match[str], facts: Facts) -> str | None:
    population, name, group = match[1] or NEW, match[2], match[3] or "all"
    plain = {"version": facts.origin.version or "not released yet", "commit": facts.origin.commit[:12]}
    if name in plain:
        return plain[name]
    view = facts.group(group, population)
    if name in ("n", "events"):
        return None if view is None else str(view.n if name == "n" else view.events)
    found = value_of(view, name)
    return None if found is None else str(found)


def places(card: Card) -> tuple[Place, ...]:
    """Every place of the card."""
    return tuple(_place(field, written) for field in fields() for written in _ANY.findall(card.text(field)))


def _place(field: str, written: str) -> Place:
    match = _PLACE.fullmatch(written)
    return (
        Place(field, written) if match is None else Place(field, written, match[2], match[3] or "all", match[1] or NEW)
    )


def unknown_places(card: Card, facts: Facts) -> tuple[tuple[str, str], ...]:
    """Field and place of every placeholder that stands for nothing."""
    return tuple((field, place) for field in fields() for place in resolve(card.text(field), facts).unknown)


def typed(card: Card) -> tuple[Typed, ...]:
    """Numbers that look like the model's and were typed, whether or not they agree with anything."""
    return tuple(found for field in fields() for found in _typed(field, card.text(field), None))


def typed_numbers(card: Card, facts: Facts) -> tuple[Typed, ...]:
    """Numbers of the model that were typed instead of named. ``agrees``: some published number of that measure rounds to it."""
    return tuple(found for field in fields() for found in _typed(field, card.text(field), facts))


def _typed(field: str, text: str, facts: Facts | None) -> Iterator[Typed]:
    plain = _ANY.sub(" ", text)
    for measure, pattern in _MEASURES.items():
        for match in re.finditer(rf"(?i)\b(?:{pattern})\b{_NUMBER}", plain):
            number, percent = match[1].replace(",", "."), bool(match[2])
            if "." not in number and not percent:
                continue  # a whole number is a count, a year, a section
            yield Typed(
                field, measure, number + ("%" if percent else ""), _agrees(measure, number, facts, percent=percent)
            )


def _agrees(measure: str, number: str, facts: Facts | None, *, percent: bool) -> bool:
    if facts is None:
        return False
    decimals = len(number.partition(".")[2])
    wanted = float(number)
    for population in (NEW, ALL):
        for group in facts.groups(population):
            for key in (measure, *(f"{measure}@{item.threshold!r}" for item in group.thresholds)):
                value = value_of(group, key)
                if value is None:
                    continue
                for shown in (value.value, value.low, value.high):
                    if shown is not None and round(shown * (100 if percent else 1), decimals) == wanted:
                        return True
    return False
