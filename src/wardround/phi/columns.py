"""Identifiers in a table's column: by its name together with the form of its values, or by its values alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from wardround.phi.national import NUMBERS, Number
from wardround.phi.places import address_of_nobody, email_of_nobody
from wardround.phi.shapes import by_shape, given_names
from wardround.phi.words import DATE, PART, ZIP

#: Share of a column's distinct values that must have the form, and how many there must be, where the name says nothing. Project choice: at
#: ten values a check digit that one number in ten passes by chance is passed by all with a probability of 1e-10.
MOSTLY, ENOUGH = 0.9, 10
#: Share of values that must have the form where the name says what they are. Project choice.
NAMED = 0.5

_Form = Callable[[str], bool]


def _like(pattern: str, flags: int = 0) -> _Form:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.fullmatch(text.strip()) is not None


_ANY: _Form = lambda text: bool(text.strip())  # noqa: E731 - one of the forms below
_WITH_DIGITS: _Form = _like(r"(?=.*\d)[\w ./#-]{2,40}")
_PERSON_TEXT = _like(rf"(?:{PART}|[A-Z]\.?|[A-Z]{{2,}})(?:,? (?:{PART}|[A-Z]\.?|[A-Z]{{2,}}|van|von|de|der)){{0,4}}")
#: Synthea's names end in digits; a code of one letter and digits is no name.
_PERSON: _Form = lambda text: _PERSON_TEXT(text) and sum(character.isalpha() for character in text) > 2  # noqa: E731
_WHEN: _Form = _like(rf"{DATE}(?:[T ].*)?")
_CALLED: _Form = _like(r"\+?[\d ().x/-]{7,22}")

#: Words of a column's name (parts joined by ``_``, lower case) → kind, and the form that its values must have.
_NAMES: tuple[tuple[str, str, _Form], ...] = (
    (r"(?:patient|subject|first|last|given|family|middle|full|maiden|sur|fore|nach|vor|mothers?|contact|next_of_kin)_?names?|surname|forename|kin|patient|pt|person|member", "name", _PERSON),
    (r"names?|nom|prenom|nombre|apellidos?|cognome|naam", "name", lambda text: text.strip().split(" ")[0] in given_names()),
    (r"dob|dod|birth_?(?:date|day|datetime)|date_?of_?(?:birth|death)|death_?date|deceased_?(?:at|date)|geburts_?datum|born|fecha_nacimiento|birth", "date", _WHEN),
    (r"(?:admi(?:t|tted|ssion)|discharged?|dis?ch|visit|encounter|service|procedure)_?(?:at|on|date|time|datetime|dttm)|admittime|dischtime|date_?of_?(?:admission|discharge|service)", "date", _WHEN),
    (r"(?:home_?|street_?)?address(?:_?(?:line)?_?\d)?|street|addr\d?|anschrift|adresse|strasse", "address", _ANY),
    (r"zip(?:_?code)?|post_?code|postal_?code|plz|code_postal", "address", _like(ZIP)),
    (r"city|town|village|municipality|suburb|county", "address", _like(r"[^\d]{2,60}")),
    (r"(?:.*_)?(?:phone|telephone|tel|mobile|cell|cellphone|telefon)(?:_?(?:no|number|home|work|\d))?", "phone", _CALLED),
    (r"(?:.*_)?fax(?:_?(?:no|number))?", "fax", _CALLED),
    (r"(?:.*_)?e?_?mail(?:_?address)?", "email", lambda text: "@" in text and not email_of_nobody(text)),
    (r"(?:.*_)?(?:ssn|social_security)(?:_?(?:no|number))?", "ssn", _WITH_DIGITS),
    (r"(?:.*_)?(?:mrn|medical_?record|hospital_?(?:no|num|number|id)|med_?rec)(?:_?(?:no|num|number|id))?|patient_?(?:no|num|number)", "mrn", _WITH_DIGITS),
    (r"(?:.*_)?nhs(?:_?(?:no|num|number|id))?|chi(?:_?(?:no|number))?", "nhs_number", _WITH_DIGITS),
    (r"(?:.*_)?(?:member|policy|subscriber|beneficiary|insurance|medicare|medicaid)_?(?:no|num|number|id)|mbi", "health_plan", _WITH_DIGITS),
    (r"(?:.*_)?(?:account|acct|iban|invoice)(?:_?(?:no|num|number|id))?", "account", _WITH_DIGITS),
    (r"(?:.*_)?(?:licen[cs]e|drivers?|certificate|dea|npi)(?:_?(?:no|num|number|id))?", "licence", _WITH_DIGITS),
    (r"vin|(?:number|licen[cs]e)_?plate|plate(?:_?(?:no|number))?", "vehicle", _WITH_DIGITS),
    (r"(?:.*_)?(?:serial|device|udi|implant)_?(?:no|num|number|id|serial)", "device", _WITH_DIGITS),
    (r"(?:.*_)?ip(?:_?addr(?:ess)?)?", "ip", lambda text: not address_of_nobody(text.strip())),
    (r"(?:.*_)?(?:passport|accession|prescription)(?:_?(?:no|num|number|id))?", "other_id", _WITH_DIGITS),
    (r"(?:.*_)?(?:national_?id|nino|ni_number|bsn|pesel|cpr|personnummer|fnr|nif|dni|nir|codice_fiscale|steuer_?id|svnr|ahv|insz|niss)(?:_?(?:no|number))?", "national_id", _WITH_DIGITS),
    (r"(?:patient|subject|person|encounter|admission|visit|stay|hadm|case|record|pid)_?(?:id|key|uuid|identifier|nbr)|patient|person|subject|pid|empi", "row_level", _WITH_DIGITS),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), kind, form) for pattern, kind, form in _NAMES)


def plain_name(name: str) -> str:
    """A column's name in lower case, its parts joined by ``_``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def kinds_of(name: str, values: Sequence[str]) -> Iterator[str]:
    """The kinds of identifier that a column holds; ``values`` are distinct and not empty."""
    if not values:
        return
    found = set(_by_name(plain_name(name), values)) or set(_by_values(values))
    # one cell is enough where the text itself tells
    found |= {hit.kind for hit in by_shape("\n".join(values))}
    yield from sorted(found)


def _by_name(name: str, values: Sequence[str]) -> Iterator[str]:
    for pattern, kind, form in _COMPILED:
        if pattern.fullmatch(name) and _share(values, form) >= NAMED and (kind != "row_level" or len(values) > 1):
            yield kind
            return


def _by_values(values: Sequence[str]) -> Iterator[str]:
    if len(values) < ENOUGH:
        return
    sample = values[:1000]
    for shape, number in _weak():
        if _share(sample, lambda text, shape=shape, number=number: _is(shape, number, text)) >= MOSTLY:  # type: ignore[misc]  # a lambda bound to this turn of the loop
            yield number.kind
            return
    known = given_names()
    people = _share(sample, lambda text: _PERSON(text) and any(word.strip(",") in known for word in text.split(" ")))
    if people >= NAMED:
        yield "name"


def _is(shape: re.Pattern[str], number: Number, text: str) -> bool:
    stripped = text.strip()
    return shape.fullmatch(stripped) is not None and number.fits(stripped)


@cache
def _weak() -> tuple[tuple[re.Pattern[str], Number], ...]:
    """Numbers whose check digit says something of a whole column; those of the shape alone are left out (a date and four digits)."""
    return tuple(
        (re.compile(number.shape), number)
        for number in NUMBERS
        if number.words and number.country not in {"US", "DK"} and not number.bare
    )


def _share(values: Sequence[str], form: _Form) -> float:
    sample = values[:1000]
    return sum(form(text) for text in sample) / len(sample)
