"""Identifiers that a label announces: *Patient name:*, ``"birthDate": ``, *NHS no*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wardround.phi.hit import Hit
from wardround.phi.national import NUMBERS
from wardround.phi.places import address_of_nobody, phone_of_nobody
from wardround.phi.words import LABELS, Label

_CHECKED = {(number.kind, f"(?:{number.shape})"): number for number in NUMBERS}
#: Words that look like a value of a name's label and are none.
_NO_NAME = re.compile(
    r"(?i:unknown|none|null|nan|true|false|not |n/a|redacted|removed|anonym|string|text|column|name|test|example|the |patient|admitted|read|made|todo)"
)


@cache
def _stems() -> tuple[str, ...]:
    return tuple(dict.fromkeys(label.stem for label in LABELS))


@cache
def _patterns(stem: str) -> tuple[tuple[re.Pattern[str], Label], ...]:
    """Compiled when the stem is first met: all of them take longer than the scan of a usual change."""
    return tuple(
        (re.compile(rf"(?i:{label.pattern})(?![A-Za-zÀ-ÿ]){label.sign}(?P<value>{label.value})"), label)
        for label in LABELS
        if label.stem == stem
    )


def by_label(text: str) -> Iterator[Hit]:
    """Everything that stands behind a label, with the positions of the values."""
    low = text.lower()
    if len(low) != len(text):  # a few letters become two in lower case; positions must stay
        low = "".join(one if len(one := character.lower()) == 1 else character for character in text)
    for stem in _stems():
        at = low.find(stem)
        patterns = _patterns(stem) if at >= 0 else ()
        while at >= 0:
            if _begins(text, at):
                yield from _at(text, at, patterns)
            at = low.find(stem, at + 1)


def _begins(text: str, at: int) -> bool:
    """Whether a word begins here, in camelCase and snake_case too."""
    before = text[at - 1] if at else " "
    return not before.isalnum() or (before.islower() and text[at].isupper())


def _at(text: str, at: int, patterns: tuple[tuple[re.Pattern[str], Label], ...]) -> Iterator[Hit]:
    for pattern, label in patterns:
        match = pattern.match(text, at)
        if match is not None and _counts(match["value"], label):
            yield Hit(match.start("value"), match.end("value"), label.kind, labelled=True)


def _counts(value: str, label: Label) -> bool:
    """Whether the value can be what the label announces."""
    number = _CHECKED.get((label.kind, label.value))
    if number is not None:
        return number.fits(value)
    if label.kind in {"phone", "fax"}:
        return len(re.sub(r"\D", "", value)) >= 7 and not phone_of_nobody(value)
    if label.kind == "ip":
        return not address_of_nobody(value)
    if label.kind == "name":
        return not _NO_NAME.match(value)
    return True
