"""Identifiers that their own shape tells: numbers with check digits, addresses, telephone numbers, names with a title."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

from wardround.phi.hit import Hit
from wardround.phi.national import NUMBERS
from wardround.phi.places import address_of_nobody, email_of_nobody, phone_of_nobody
from wardround.phi.words import PART

#: Where a number or code may begin: a class of characters first, because the search for it is fast, then what must not stand before it.
_CODE_START = re.compile(r"[0-9A-Z](?<![\w.+/=-].)(?=[0-9A-Z .+-]{7})")
_SHAPES = tuple((re.compile(rf"(?:{number.shape})(?![\w=+/-]|\.\d)"), number) for number in NUMBERS if number.bare)
_EMAIL_BEFORE = re.compile(r"[A-Za-z0-9._%+-]+\Z")
_EMAIL_AFTER = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,18}(?![\w@])")
_TITLE = re.compile(
    r"[MDPHFS](?<!\w.)(?:rs?|iss|s|me|lle|rof|err|rau|ra|ister)\b\.? (?:[A-Z]\. ?)?"
    rf"(?P<name>{PART}(?: (?:(?:van|von|de|der|di|da) )?{PART}){{0,2}})"
)
#: Looks ahead, so that a name may begin at the second of two capitals: *Patient Mary Jones*.
_PAIR = re.compile(
    rf"[A-ZÀ-Þ](?<![\w/.].)(?=(?P<first>[a-zà-ÿ]+)\d{{0,4}}(?: [A-Z]\.)? (?:(?:van|von|de|der|di|da|al|bin) )*(?P<last>{PART})(?![\w(]))"
)
_INDEX = re.compile(rf"[A-Z](?<![\w/.].)[A-Z'’-]+, (?P<first>{PART})(?!\w)")
_PHONE = re.compile(
    r"[+(\d](?<![\w.+/=:-].)(?<!\d .)(?:"
    r"(?<=\+)[1-9]\d{0,2}[ .-]?(?:\(0\) ?)?(?=(?:[ .()-]*\d){7})(?:\(?\d{1,5}\)?[ .-]?){2,5}\d(?![\w.-]?\d)"
    r"|(?<=\()\d{3}\) ?\d{3}[-. ]\d{4}(?!\w)"
    r"|(?<=[2-9])\d{2}[-.]\d{3}[-.]\d{4}(?![\w-])"
    r"|(?<=1)[-. ][2-9]\d{2}[-.]\d{3}[-.]\d{4}(?![\w-])"
    r"|(?<=0)(?:\d{2,4} \d{3,4} \d{3,4}|\d{4} \d{6})(?! ?\d|\w))"
)
_STREET = re.compile(
    r"\d(?<![\w.,:-].)\d{0,4}[A-Za-z]? (?:[A-Z][a-zA-Z'’.]+\d{0,3} ){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Close|Court|Ct"
    r"|Crescent|Terrace|Way|Place|Pl|Square|Highway|Gardens|Grove|Park|Row|Run|Union|Path|Trail)\b"
    r"|\d(?<![\w.,:-].)\d{0,3},? (?:bis )?(?:rue|avenue|boulevard|place|chemin) (?:de |du |des |la |le |l')*[A-ZÉ][\w'’-]+"
)
_STREET_BY_NAME = re.compile(
    r"[A-ZÄÖÜ](?<!\w.)[\wäöüß-]{2,24}(?:straße|strasse|str\.|gasse|weg|platz|allee|straat|laan|gracht|gatan|vägen|gade|vej|veien)\s\d{1,4}[a-z]?\b"
    r"|[CVPAR](?<!\w.)(?:alle|ia|iale|iazza|venida|ua|orso) (?:de |della |del |di )?[A-Z][\w'’-]+(?: [A-Z][\w'’-]+){0,2},? \d{1,4}\b"
)
#: A British postcode with its space. Source of the letters: BS 7666.
_POSTCODE = re.compile(r"[A-Z](?<![\w.-].)[A-Z]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?!\w)")
_AGE = re.compile(
    r"[19](?<![\w.].)(?:(?<=9)\d|(?<=1)[01]\d)[- ](?:year|yr)s?[- ]?(?:old|of age)\b|[Aa](?<!\w.)ged? (?:9\d|1[01]\d)\b(?!\.\d|%| ?[-\u2013] ?\d)"
)
_URL = re.compile(
    r"://[^\s\"'<>]{0,200}?(?:patient|mrn|nhs|subject|person)s?(?:_?id)?[=/:][^\s\"'<>/&]*\d{3}[^\s\"'<>]*",
    re.IGNORECASE,
)
_IP = re.compile(r"\d(?<![\w.:/=-].)\d{0,2}(?:\.\d{1,3}){3}(?![\w.:/-])")
_HL7 = re.compile(r"^(?:PID|NK1|GT1|IN1)\|[^\r\n]*", re.MULTILINE)
_FHIR = re.compile(r'"resourceType"\s*:\s*"Patient"')
#: What follows a given name where no person is meant.
_NO_SURNAME = frozenset(
    [
        "Hospital",
        "Street",
        "Road",
        "Park",
        "University",
        "College",
        "Institute",
        "Centre",
        "Center",
        "Clinic",
        "Ward",
        "Trust",
        "Health",
        "Foundation",
        "Library",
        "School",
        "Island",
        "County",
        "Lake",
        "River",
        "Avenue",
        "Square",
        "House",
        "Church",
        "Prize",
        "Medal",
        "Test",
        "Method",
        "Score",
        "Index",
        "Law",
        "Union",
        "Press",
    ]
)


@cache
def given_names() -> frozenset[str]:
    """Frequent given names, in one spelling with a capital."""
    text = resources.files("wardround.phi").joinpath("names.txt").read_text(encoding="utf-8")
    return frozenset(
        word.capitalize() for line in text.splitlines() if not line.startswith("#") for word in line.split()
    )


def by_shape(text: str) -> Iterator[Hit]:
    """Everything that needs no word beside it."""
    yield from _numbers(text)
    yield from _emails(text)
    yield from _names(text)
    for pattern, kind, nobody in _PLAIN:
        for match in pattern.finditer(text):
            if nobody is None or not nobody(match[0]):
                yield Hit(match.start(), match.end(), kind)
    if "://" in text:
        for match in _URL.finditer(text):
            yield Hit(match.start(), match.end(), "url")


#: Pattern, kind, and what excuses a match.
_PLAIN: tuple[tuple[re.Pattern[str], str, Callable[[str], bool] | None], ...] = (
    (_PHONE, "phone", phone_of_nobody),
    (_STREET, "address", None),
    (_POSTCODE, "address", None),
    (_STREET_BY_NAME, "address", None),
    (_AGE, "date", None),
    (_IP, "ip", address_of_nobody),
    (_HL7, "row_level", None),
    (_FHIR, "row_level", None),
)


def _numbers(text: str) -> Iterator[Hit]:
    for start in _CODE_START.finditer(text):
        for shape, number in _SHAPES:
            match = shape.match(text, start.start())
            if match is not None and number.fits(match[0]):
                yield Hit(match.start(), match.end(), number.kind)
                break


def _emails(text: str) -> Iterator[Hit]:
    at = text.find("@")
    while at >= 0:
        after = _EMAIL_AFTER.match(text, at)
        before = _EMAIL_BEFORE.search(text[max(0, at - 64) : at]) if after else None
        if after is not None and before is not None:
            start = at - len(before[0])
            if not email_of_nobody(text[start : after.end()]) and text[start - 3 : start] != "://":
                yield Hit(start, after.end(), "email")
        at = text.find("@", at + 1)


def _names(text: str) -> Iterator[Hit]:
    for match in _TITLE.finditer(text):
        yield Hit(match.start("name"), match.end(), "name")
    known = given_names()
    for match in _PAIR.finditer(text):
        if match[0] + match["first"] in known and match["last"] not in _NO_SURNAME:
            yield Hit(match.start(), match.end("last"), "name")
    for match in _INDEX.finditer(text):
        if match["first"].rstrip("0123456789") in known:
            yield Hit(match.start(), match.end(), "name")
