"""``pipelines/features.py`` from a plan: typed, short, and point-in-time correct."""

from __future__ import annotations

from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.python_text import Items, Pair, layout, text, texts
from wardround.scaffold.request import DataRequest

_HEAD = '''"""The features of {title}: what the model sees when it is asked ({moment}), and nothing that is known later.

Written by `wardround init`; yours from now on. `build` gets whole patients, their encounters sorted by time, and returns
one row for each, in the same order. A stage shuffles each patient's future and refuses features that notice it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
'''

#: Months repeat only in data of two years and more; a shorter span would let a month stand for its one year.
_TWO_YEARS = 730

_ICD9 = """
#: First three-digit code of each chapter of ICD-9-CM; V and E codes are chapters of their own.
CHAPTERS = [
    (1, "infection"),
    (140, "neoplasm"),
    (240, "endocrine"),
    (280, "blood"),
    (290, "mental"),
    (320, "nervous"),
    (390, "circulatory"),
    (460, "respiratory"),
    (520, "digestive"),
    (580, "genitourinary"),
    (630, "pregnancy"),
    (680, "skin"),
    (710, "musculoskeletal"),
    (740, "congenital"),
    (760, "perinatal"),
    (780, "symptoms"),
    (800, "injury"),
]
CHAPTER_LEVELS = [name for _, name in CHAPTERS] + ["supplementary", "external"]
"""
_ICD9_CODE = '''

def _chapter(code: str) -> str | None:
    """The ICD-9 chapter of one code, with or without its decimal point."""
    if code[0] in "VvEe":
        return "supplementary" if code[0] in "Vv" else "external"
    whole = code.split(".")[0]
    number = int(whole[:3]) if whole.isdigit() else 0
    return next((name for first, name in reversed(CHAPTERS) if number >= first), None)
'''
_ICD10 = """
#: Chapters of ICD-10 by the letter of the code; D and H are shared and told apart below.
CHAPTERS = {
    "A": "infection",
    "B": "infection",
    "C": "neoplasm",
    "E": "endocrine",
    "F": "mental",
    "G": "nervous",
    "I": "circulatory",
    "J": "respiratory",
    "K": "digestive",
    "L": "skin",
    "M": "musculoskeletal",
    "N": "genitourinary",
    "O": "pregnancy",
    "P": "perinatal",
    "Q": "congenital",
    "R": "symptoms",
    "S": "injury",
    "T": "injury",
    "U": "special",
    "V": "external",
    "W": "external",
    "X": "external",
    "Y": "external",
    "Z": "supplementary",
}
CHAPTER_LEVELS = sorted({*CHAPTERS.values(), "blood", "eye", "ear"})
"""
_ICD10_CODE = '''

def _chapter(code: str) -> str | None:
    """The ICD-10 chapter of one code."""
    letter, digit = code[:1].upper(), code[1:2]
    if letter == "D":
        return "neoplasm" if digit < "5" else "blood"
    if letter == "H":
        return "eye" if digit < "6" else "ear"
    return CHAPTERS.get(letter)
'''
_CHAPTERS = '''

def _chapters(values: pd.Series[Any]) -> pd.Series[Any]:
    """The chapter of each diagnosis; each distinct code is looked up once."""
    found = {code: _chapter(code) for code in values.dropna().unique()}
    return values.map(found).astype(pd.CategoricalDtype(CHAPTER_LEVELS))
'''


def features_text(title: str, plan: Plan, request: DataRequest) -> str:
    """The file's text."""
    numbers = [column.name for column in plan.of(Use.NUMBER)]
    grouped = plan.of(Use.CATEGORY, Use.COMMONEST, Use.CODE)
    diagnoses = plan.of(Use.DIAGNOSIS)
    systems = sorted({column.layout for column in diagnoses})
    dates = [column.name for column in plan.of(Use.DATE)]
    lines = _HEAD.format(
        title=title, moment=f"at {plan.predict_at}" if plan.predict_at != "encounter" else "during the encounter"
    ).splitlines()
    past = request.subject is not None and request.time is not None
    lines += ["", f"from wardround.stages.features import assemble{', history' if past else ''}"]
    lines.append("")
    if numbers:
        lines += layout("NUMBERS = ", texts(numbers))
    if grouped:
        lines.append("#: Levels that are common enough to be named; all others become one.")
        levels = Items("{", tuple(Pair(f"{text(column.name)}: ", texts(column.levels)) for column in grouped), "}")
        lines += layout("LEVELS = ", levels)
        lines.append(f"OTHER = {text(_other(plan))}")
    if diagnoses:
        lines += layout("DIAGNOSES = ", texts(column.name for column in diagnoses))
        lines += (_ICD10 if systems == ["icd10"] else _ICD9).splitlines()[1:]
    if dates:
        lines += layout("DATES = ", texts(dates))
    lines += ["", "", *_build(plan, request)]
    if diagnoses:
        lines += (_ICD10_CODE if systems == ["icd10"] else _ICD9_CODE).splitlines() + _CHAPTERS.splitlines()
    return "\n".join(lines) + "\n"


def _build(plan: Plan, request: DataRequest) -> list[str]:
    uses = {column.use for column in plan.columns}
    time = next((column for column in plan.columns if column.name == request.time), None)
    body, given = [], ["encounters", "columns"]
    if Use.NUMBER in uses:
        given.append("numbers=NUMBERS")
    if uses & {Use.CATEGORY, Use.COMMONEST, Use.CODE}:
        given += ["categories=LEVELS", "other=OTHER"]
    if Use.DIAGNOSIS in uses:
        body += ["    for name in DIAGNOSES:", "        columns[name] = _chapters(encounters[name])"]
    if time is not None:
        body += _of_time(plan, time, history=request.subject is not None)
    if not body and len(given) == len(("encounters", "columns")):
        body = ['    columns["nothing"] = pd.Series(0.0, index=encounters.index)  # write features']
    return [
        "def build(encounters: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:",
        '    """The features of each encounter, from itself and the same patient\'s earlier ones."""',
        "    del settings  # the keys of the section `features` of params.yaml",
        "    columns: dict[str, pd.Series[Any]] = {}",
        *body,
        *layout("return ", Items("assemble(", tuple(given), ")"), 4),
    ]


def _of_time(plan: Plan, time: Column, *, history: bool) -> list[str]:
    """Lines for what dates and earlier encounters say."""
    names = {column.name for column in plan.columns}
    calendar = time.kind == "datetime"
    lines = []
    if calendar:
        lines += ['    time = encounters["wr_time"]']
        if plan.of(Use.DATE):
            lines += [
                "    for name in DATES:",
                "        days = (time - encounters[name]).dt.days",
                '        columns[f"days_since_{name}"] = days.astype("float64")',
            ]
        parts = {"weekday": "day_of_week"}
        if time.with_time:
            parts["hour"] = "hour"
        if time.first is not None and time.last is not None and (time.last - time.first).days > _TWO_YEARS:
            parts["month"] = "month"
        lines += [
            f'    columns["{_free(name, names)}"] = time.dt.{part}.astype("float64")' for name, part in parts.items()
        ]
    if history:
        lines.append(f'    columns["{_free("earlier_encounters", names)}"] = history.prior_encounters(encounters)')
        if calendar:
            lines.append(f'    columns["{_free("days_since_previous", names)}"] = history.days_since_last(encounters)')
    return lines


def _free(name: str, taken: set[str]) -> str:
    """A feature's name that no column has."""
    while name in taken:
        name = f"{name}_"
    return name


def _other(plan: Plan) -> str:
    """The name of *any other level*, which no listed level has."""
    used = {level for column in plan.columns for level in column.levels}
    name = "other"
    while name in used:
        name = f"({name})"
    return name
