"""What is said about a whole table beside the columns' own reasons: what was not given, what limits the review, what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.compare.groups import MAX_LEVELS
from wardround.scaffold.clinical import padded
from wardround.scaffold.decision import Column, Use
from wardround.scaffold.kinds import looks_like_person
from wardround.scaffold.outcome import Exclusion, same
from wardround.scaffold.setting import Setting
from wardround.scaffold.survey import Survey

_SITE = re.compile(r"_(hospital|site|center|centre|clinic|facility|institution|inst)_(?!.*(days|type|count|num))")

#: Fewer missing outcomes are customary: they come late. Project choice.
_MANY_BLANK = 0.1
#: Values of the outcome that are named. Project choice.
_SHOWN = 6


def notes_on(found: Survey, columns: tuple[Column, ...], setting: Setting, exclusion: Exclusion) -> tuple[str, ...]:
    """All sentences, in the order in which they are printed."""
    return (
        *_exclusions(setting, exclusion),
        *_roles(found, columns, setting),
        *_spellings(found, columns, setting),
        *_sites(found, columns, setting),
        *_unique(found, columns),
        *_rows(found, columns, setting),
    )


def _exclusions(setting: Setting, exclusion: Exclusion) -> Iterator[str]:
    for column, values in setting.request.exclude.items():
        absent = [value for value in values if value not in exclusion.seen.get(column, set())]
        if absent:
            yield f"--exclude {column}: {', '.join(absent)} never occurs in this file; kept for later ones"


def _roles(found: Survey, columns: tuple[Column, ...], setting: Setting) -> Iterator[str]:
    request = setting.request
    if request.subject is None:
        people = [c.name for c in columns if looks_like_person(c.name) and not found.columns[c.name].unique]
        yield (
            f"{people[0]} looks like a patient and repeats: if it is one, pass --subject {people[0]}"
            if people
            else "no --subject: each row counts as a patient of its own"
        )
    if request.time is None:
        days = [column.name for column in columns if column.kind == "datetime"]
        hint = f"; {', '.join(days[:3])} hold dates: --time {days[0]}?" if days else ""
        yield f"no --time: the test split is drawn at random by patient, and rules about dates do not apply{hint}"


def _spellings(found: Survey, columns: tuple[Column, ...], setting: Setting) -> Iterator[str]:
    """Columns whose numbers can be read in two ways; points that may stand between thousands beside decimal commas."""
    for name, item in setting.spellings.items():
        if item.unclear:
            yield f"{name} is left out: {item.why}"
    if not any(column.numeral is not None and column.numeral.decimal == "," for column in columns):
        return
    for column in columns:
        numbers = found.columns[column.name].facts.numbers
        dotted = numbers.dotted and numbers.dotted + numbers.plain == numbers.count
        if column.use.feature and column.numeral is None and dotted:
            yield (
                f"{column.name} is read as decimals of three places; if its points stand between thousands, "
                "write 1234 for 1.234"
            )


def _sites(found: Survey, columns: tuple[Column, ...], setting: Setting) -> Iterator[str]:
    site = setting.request.site
    if site is None:
        sites = [column.name for column in columns if _SITE.search(padded(column.name)) and column.levels]
        if sites:
            yield f"{sites[0]} looks like a site: if it is one, pass --site {sites[0]}"
    elif len(found.columns[site].levels or ()) > MAX_LEVELS:
        yield (
            f"there are more than {MAX_LEVELS} sites: reports show the {MAX_LEVELS - 1} largest, "
            "and all others as one group"
        )


def _unique(found: Survey, columns: tuple[Column, ...]) -> Iterator[str]:
    for column in columns:
        if column.kind == "integer" and column.use is Use.NUMBER and found.columns[column.name].unique:
            yield f"{column.name}: each value occurs once: if it identifies, leave it out"


def _rows(found: Survey, columns: tuple[Column, ...], setting: Setting) -> Iterator[str]:
    if found.repeated_rows >= setting.min_cell:
        share = found.repeated_rows / found.rows
        yield (
            f"{'under 1%' if share < 0.01 else f'{share:.0%}'} of rows repeat another row in every column: "
            + (
                "kept, because without --encounter they may be different people"
                if setting.request.encounter is None
                else "kept"
            )
        )
    blank = found.labels.blank / max(1, found.eligible)
    if blank >= _MANY_BLANK and found.labels.blank >= setting.min_cell:
        yield (
            f"{blank:.0%} of rows have no outcome: nothing is learnt from them, and nothing measured; "
            "if an empty cell means that there was no event, write that value in the file"
        )
    yield from _others(found, setting)
    if min(found.labels.positives, found.labels.negatives) < 20 * setting.min_cell:
        yield "there are few events: most rules will say that they cannot tell"
    if not any(column.use.feature for column in columns):
        yield "no column is left as a feature: write pipelines/features.py by hand"


def _others(found: Survey, setting: Setting) -> Iterator[str]:
    """Of an outcome with three or more values, that all but one are no event: *unknown* may be among them."""
    labels, request = found.labels, setting.request
    if not labels.literal:
        return
    others = sorted(
        text for text, count in labels.levels.items() if count >= setting.min_cell and not same(text, request.positive)
    )
    if len(others) > 1:
        shown = ", ".join(map(repr, others[:_SHOWN])) + (", …" if len(others) > _SHOWN else "")
        yield (
            f"{len(others)} values of {request.outcome} count as no event ({shown}): "
            f"--exclude '{request.outcome}=VALUE' leaves out what is neither"
        )
