"""What a column holds, from its facts alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wardround.scaffold.clinical import padded, recognise
from wardround.scaffold.facts import DATE_LAYOUTS, UNCLEAR, Facts, Layout
from wardround.scaffold.survey import ColumnSurvey

#: A column is of a kind when at least this share of its values is; the rest are slips that a tolerance covers. Project choice.
MOSTLY = 0.99
#: More levels than this are too many to list in a contract that people read. Project choice.
MOST_LISTED = 40
#: Whole numbers with at most this many values may be names of things, if the column is called so. Project choice.
MOST_CODES = 80

#: A column of so few levels is never taken for diagnoses.
_FEW_LEVELS = 10
#: So many different eight-digit numbers that are all days are days. Project choice.
_MANY_DAYS = 30
#: Above this a float no longer tells all integers apart.
_EXACT = 2.0**53

_ICD9 = re.compile(r"(?:\d{1,3}|\d{3}\.?\d{1,2}|[Vv]\d{2}(?:\.?\d{1,2})?|[Ee]\d{3}(?:\.?\d)?)")
_ICD10 = re.compile(r"[A-Za-z]\d[0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?")
_DIAGNOSIS = re.compile(r"_(diag\w*|dx\w*|icd\w*|principal_dx)_")
_COUNT = re.compile(r"_(n|num|number|count|total|days?)_")
_CODE = re.compile(r"_(id|ids|code|codes|cd|type|class|category|cat|group|grp|nr)_\d*_?$|_(icd|zip|postcode)\w*_")
_IDENTIFIER = re.compile(
    r"_(id|ids|nbr|mrn|uuid|guid|key|ssn|nhs|pid|pat_?no|case_?no|accession|account|serial|index|row|rowname|rownames|rowid|row_names)_$"
    r"|^_(id|patient|subject|person|member|encounter|visit|hadm|case|record|row)_(id|nbr|no|nr|num|number|key)_"
)
#: A code such as V27 is none: it names a thing as the numbers beside it do.
_REMARK = re.compile(r"[<>≤≥]=? ?-?\d[\d.,]*\+?|\D+")
_PERSON = re.compile(r"_(patient|subject|person|member|mrn|pat|pid|nhs|client|beneficiary|individual)_")
#: Staff, too: a list of levels in git must name nobody.
_NAMES_PEOPLE = re.compile(
    r"_(patient|pat|full|first|last|sur|given|family|maiden|doctor|physician|surgeon|attending|consultant|nurse|provider|staff)_names?_"
    r"|_(surname|forename|firstname|lastname|fullname|initials|address|street|phone\w*|telephone|mobile|e_?mail|fax)_|^_name_$"
)
_DAY = re.compile(r"_(date|day|dt|dob|birthdate|datum|time|timestamp|at|on)_|(date|time)_$")


@dataclass(frozen=True)
class Looks:
    """What the cells look like: a contract kind, or ``diagnosis``, ``identifier``, ``note``, ``empty``; with details."""

    kind: str
    layout: str = ""
    ambiguous: bool = False
    odd: int = 0
    why: str = ""
    #: Texts that stand often where other cells hold numbers: ``<0.01``, ``haemolysed``.
    remarks: tuple[str, ...] = ()


def looks_of(column: ColumnSurvey, rows: int, *, fewest: int = 11) -> Looks:
    """The kind of a column; the first of the tests below that holds decides. A text is a remark when ``fewest`` rows hold it."""
    facts = column.facts
    if facts.filled == 0:
        return Looks("category") if {word.casefold() for word in facts.words} & _STAYS else Looks("empty")
    if _row_number(column, rows):
        return Looks("identifier", why="it counts the rows")
    return (
        _day(column, facts.filled)
        or _diagnosis(column)
        or _digits(column)
        or _remarked(column, fewest)
        or _text(column)
    )


def _distinct(column: ColumnSurvey) -> int:
    return len(column.levels) if column.levels is not None else MOST_CODES + 1


def _diagnosis(column: ColumnSurvey) -> Looks | None:
    if column.levels is not None and len(column.levels) <= _FEW_LEVELS:
        return None
    system = _diagnoses(column)
    return Looks("diagnosis", layout=system, why=f"its values look like {_SYSTEMS[system]} codes") if system else None


def _digits(column: ColumnSurvey) -> Looks | None:
    numbers, values = column.facts.numbers, column.facts.filled
    if numbers.too_long:
        return Looks("identifier", why="its numbers are longer than 18 digits")
    if numbers.count >= MOSTLY * values and numbers.count:
        names_things = bool(_IDENTIFIER.search(padded(column.name)))
        return _number(column, values, _distinct(column), names_things=names_things)
    return None


def has_forms(column: ColumnSurvey) -> bool:
    """Whether a column holds numbers, remarks left out, when those with commas, blanks or signs count, too."""
    facts = column.facts
    count = facts.numbers.count + facts.numbers.forms.total
    many = _distinct(column) > MOST_LISTED
    if facts.filled == 0 or facts.layouts or count < (0.5 if many else MOSTLY) * facts.filled:
        return False
    # Few levels of which some have commas may be choices ticked together: 1, 2 and 1,2.
    return many or facts.numbers.forms.total == 0 or facts.numbers.forms.total > 0.5 * facts.filled


def _remarked(column: ColumnSurvey, fewest: int) -> Looks | None:
    """Numbers of many values, and remarks between them: limits of what is measured, or words."""
    facts, distinct = column.facts, _distinct(column)
    remarks = {text: n for text, n in facts.odd.items() if n >= fewest and _REMARK.fullmatch(text)}
    numbers = facts.filled - sum(remarks.values())
    if distinct <= MOST_LISTED or facts.numbers.count < max(0.5 * facts.filled, MOSTLY * numbers):
        return None
    names_things = bool(_IDENTIFIER.search(padded(column.name)))
    looks = _number(column, numbers, distinct, names_things=names_things)
    return replace(looks, remarks=tuple(sorted(remarks))) if looks.kind in ("integer", "float") else looks


def _text(column: ColumnSurvey) -> Looks:
    if _NAMES_PEOPLE.search(padded(column.name)):
        return Looks("note", why="its name says that it names people or where they live")
    facts, values, distinct = column.facts, column.facts.filled, _distinct(column)
    if distinct > MOST_LISTED and (facts.sentences > 0.1 * values or facts.characters > 60 * values):
        return Looks("note", why="it is free text, which may name people")
    truths = {text.lower() for text in column.levels or ()} - {"", *map(str.lower, facts.words)}
    if len(truths) == 2 and truths <= {"true", "false", "t", "f"}:
        return Looks("boolean")
    if column.unique and values > MOST_LISTED:
        return Looks("identifier", why="each value occurs once")
    if distinct > MOST_LISTED and _IDENTIFIER.search(padded(column.name)):
        return Looks("identifier", why="its name says that it identifies")
    if column.levels is None or len(column.levels) > max(MOST_LISTED, 0.5 * values):
        return Looks("note", why="nearly each value is different, as in names or notes")
    return Looks("category")


def looks_like_person(name: str) -> bool:
    """Whether a column's name speaks of a patient's identifier."""
    text = padded(name)
    return bool(_PERSON.search(text)) and bool(
        _IDENTIFIER.search(text) or re.search(r"_(mrn|pid|nhs)_", text) or text.count("_") == 2
    )


def _number(column: ColumnSurvey, values: int, distinct: int, *, names_things: bool) -> Looks:
    numbers = column.facts.numbers
    odd = values - numbers.count
    if numbers.leading_zero:
        if distinct <= MOST_CODES:
            return Looks("category", why="leading zeros make its numbers codes")
        return Looks("identifier", why="leading zeros make its numbers codes, and there are many")
    whole = numbers.whole == numbers.count and max(abs(numbers.low), abs(numbers.high)) < _EXACT
    if whole and names_things and (column.unique or distinct > MOST_CODES):
        return Looks("identifier", why="its name says that it identifies")
    if whole and distinct <= MOST_CODES and _CODE.search(padded(column.name)):
        return Looks("code", odd=odd, why="whole numbers that name things, as its name says")
    measured = numbers.plain < numbers.count and recognise(column.name) is not None
    return Looks("integer" if whole and not measured else "float", odd=odd)


def _row_number(column: ColumnSurvey, rows: int) -> bool:
    numbers = column.facts.numbers
    return (
        column.unique
        and rows >= 20
        and numbers.plain == rows
        and numbers.low in (0, 1)
        and numbers.high - numbers.low + 1 <= rows + 1
    )


def _day(column: ColumnSurvey, values: int) -> Looks | None:
    facts: Facts = column.facts
    fillers = sum(facts.days.values())
    wanted = MOSTLY * (values - fillers)
    good = {name: item for name, item in facts.layouts.items() if item.count >= max(1.0, wanted)}
    if not good:
        return None
    digits = "%Y%m%d" in good and (len(good) > 1 or facts.numbers.count >= wanted)
    if digits and not _DAY.search(padded(column.name)) and not _calendar(good["%Y%m%d"], _distinct(column)):
        return None
    best = max(item.count for item in good.values())
    equal = [name for name in DATE_LAYOUTS if name in good and good[name].count == best]
    name = equal[0]
    ambiguous = any(pair <= set(equal) for pair in UNCLEAR)
    return Looks("datetime", layout=name, ambiguous=ambiguous, odd=values - fillers - best)


def _calendar(days: Layout, distinct: int) -> bool:
    """Whether eight-digit numbers that are all days are days: numbers that count would cross the 32nd of a month."""
    return (
        distinct >= _MANY_DAYS and days.low is not None and days.high is not None and (days.high - days.low).days > 31
    )


def _diagnoses(column: ColumnSurvey) -> str:
    """``icd9`` or ``icd10`` if nearly all values fit it and name or letters speak for it; empty otherwise."""
    facts = column.facts
    named = bool(_DIAGNOSIS.search(padded(column.name))) and not _COUNT.search(padded(column.name))
    texts = column.levels if column.levels is not None else facts.odd
    real = {text: count for text, count in texts.items() if text not in facts.words}
    total = sum(real.values())
    if not total or (column.levels is None and not named):
        return ""
    lettered = sum(count for text, count in real.items() if not text[:1].isdigit())
    for name, pattern in (("icd9", _ICD9), ("icd10", _ICD10)):
        share = sum(count for text, count in real.items() if pattern.fullmatch(text)) / total
        if share >= MOSTLY and (named or (name == "icd10" and lettered == total and len(real) > MOST_LISTED)):
            return name
    return ""


_SYSTEMS = {"icd9": "ICD-9", "icd10": "ICD-10"}
_STAYS = frozenset(
    {"none", "nil", "void", "not measured", "not done", "not tested", "pending", "declined", "refused", "-"}
)
