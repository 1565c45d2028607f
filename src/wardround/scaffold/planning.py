"""The plan for a whole table: every column decided, roles checked, and everything that is wrong reported at once."""

from __future__ import annotations

import re

from wardround.project.judging import DisclosureSection, LeakageLimits
from wardround.scaffold import leakage
from wardround.scaffold.checks import check_columns, check_outcome
from wardround.scaffold.clinical import padded
from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.kinds import looks_like_person
from wardround.scaffold.outcome import Exclusion, Label, number
from wardround.scaffold.request import DataRequest
from wardround.scaffold.roles import Roles, without_late_dates
from wardround.scaffold.setting import Setting
from wardround.scaffold.spelled import spelled
from wardround.scaffold.survey import Survey
from wardround.tables import TableSource, open_table


def plan(request: DataRequest) -> Plan:
    """Reads the table once and decides everything.

    Raises :class:`UsageError` for wrong options (all at once), a file that cannot be read and an outcome with one class only,
    and :class:`ContractViolation` for a table that no contract can describe.
    """
    reader = open_table(TableSource(request.path, encoding=request.encoding, separator=request.separator))
    check_columns(reader, request)
    exclusion = Exclusion(request.exclude)
    min_cell = DisclosureSection().min_cell
    found, spelt = spelled(reader, Label(request.outcome, request.positive), exclusion, min_cell, _as_written(request))
    check_outcome(found, request, exclusion, min_cell)
    moment, moment_why = leakage.moment_of(request.outcome)
    if request.predict_at is not None:
        moment, moment_why = request.predict_at, "as asked for"
    setting = Setting(found, request, moment, min_cell, LeakageLimits().single_feature_auroc, spelt)
    columns = tuple(Roles(setting).decided())
    columns = tuple(without_late_dates(column, columns, setting) for column in columns)
    part = reader.parts[0].sniffed
    return Plan(
        columns=columns,
        rows=found.rows,
        eligible=found.eligible,
        positives=found.labels.positives,
        negatives=found.labels.negatives,
        repeated_rows=found.repeated_rows,
        predict_at=moment,
        predict_why=moment_why,
        notes=tuple(_notes(found, columns, setting, exclusion)),
        positive=_typed(request.positive, columns, literal=found.labels.literal),
        exclude={
            name: tuple(_scalar(value, _kind_of(columns, name)) for value in values)
            for name, values in request.exclude.items()
        },
        encoding=part.encoding or "utf-8",
        separator=part.separator or ",",
    )


def _notes(found: Survey, columns: tuple[Column, ...], setting: Setting, exclusion: Exclusion) -> list[str]:
    request, notes = setting.request, list[str]()
    for column, values in request.exclude.items():
        absent = [value for value in values if value not in exclusion.seen.get(column, set())]
        if absent:
            notes.append(f"--exclude {column}: {', '.join(absent)} never occurs in this file; kept for later ones")
    if request.subject is None:
        people = [c.name for c in columns if looks_like_person(c.name) and not found.columns[c.name].unique]
        notes.append(
            f"{people[0]} looks like a patient and repeats: if it is one, pass --subject {people[0]}"
            if people
            else "no --subject: each row counts as a patient of its own"
        )
    if request.time is None:
        days = [column.name for column in columns if column.kind == "datetime"]
        hint = f"; {', '.join(days[:3])} hold dates: --time {days[0]}?" if days else ""
        notes.append(
            f"no --time: the test split is drawn at random by patient, and rules about dates do not apply{hint}"
        )
    notes += _spelling_notes(found, columns, setting)
    if request.site is None:
        sites = [column.name for column in columns if _SITE.search(padded(column.name)) and column.levels]
        if sites:
            notes.append(f"{sites[0]} looks like a site: if it is one, pass --site {sites[0]}")
    if found.repeated_rows >= setting.min_cell:
        share = found.repeated_rows / found.rows
        notes.append(
            f"{'under 1%' if share < 0.01 else f'{share:.0%}'} of rows repeat another row in every column: "
            + (
                "kept, because without --encounter they may be different people"
                if request.encounter is None
                else "kept"
            )
        )
    if min(found.labels.positives, found.labels.negatives) < 20 * setting.min_cell:
        notes.append("there are few events: most rules will say that they cannot tell")
    if not any(column.use.feature for column in columns):
        notes.append("no column is left as a feature: write pipelines/features.py by hand")
    return notes


def _as_written(request: DataRequest) -> frozenset[str]:
    """Columns whose texts are names, or are compared with what the command line says."""
    literal = Label(request.outcome, request.positive).comparison is None
    names = {request.subject, request.encounter, request.time, request.site, *request.exclude}
    return frozenset(name for name in (*names, request.outcome if literal else None) if name is not None)


def _spelling_notes(found: Survey, columns: tuple[Column, ...], setting: Setting) -> list[str]:
    """Columns whose numbers can be read in two ways; points that may stand between thousands beside decimal commas."""
    unclear = [f"{name} is left out: {item.why}" for name, item in setting.spellings.items() if item.unclear]
    if not any(column.numeral is not None and column.numeral.decimal == "," for column in columns):
        return unclear
    numbers = {
        column.name: found.columns[column.name].facts.numbers
        for column in columns
        if column.use.feature and column.numeral is None
    }
    dotted = [name for name, item in numbers.items() if item.dotted and item.dotted + item.plain == item.count]
    return unclear + [
        f"{name} is read as decimals of three places; if its points stand between thousands, write 1234 for 1.234"
        for name in dotted
    ]


_SITE = re.compile(r"_(hospital|site|center|centre|clinic|facility|institution|inst)_(?!.*(days|type|count|num))")


def _kind_of(columns: tuple[Column, ...], name: str) -> str:
    return next((column.kind for column in columns if column.name == name), "text")


def _typed(positive: str, columns: tuple[Column, ...], *, literal: bool) -> str | int | float | bool:
    outcome = next(column for column in columns if column.use is Use.OUTCOME)
    return _scalar(positive, outcome.kind) if literal else positive


def _scalar(text: str, kind: str) -> str | int | float | bool:
    """A value as ``params.yaml`` holds it: a number in a column of numbers, else text."""
    if kind in ("integer", "float"):
        value = number(text)
        if value == value:  # noqa: PLR0124 - not a NaN
            return int(value) if value.is_integer() else value
    return text
