"""The plan for a whole table: every column decided, roles checked, and everything that is wrong reported at once."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

import numpy as np

from wardround.errors import ContractViolation, Problem, UsageError
from wardround.project.judging import DisclosureSection, LeakageLimits
from wardround.scaffold import leakage
from wardround.scaffold.clinical import padded
from wardround.scaffold.deciding import Setting, decide, natural
from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.facts import days_of
from wardround.scaffold.kinds import MOST_LISTED, looks_like_person
from wardround.scaffold.outcome import Exclusion, Label, number
from wardround.scaffold.request import DataRequest
from wardround.scaffold.survey import Survey, survey
from wardround.tables import TableReader, TableSource, open_table

#: Names that start so are ingest's own.
_RESERVED = "wr_"


def plan(request: DataRequest) -> Plan:
    """Reads the table once and decides everything.

    Raises :class:`UsageError` for wrong options (all at once), a file that cannot be read and an outcome with one class only,
    and :class:`ContractViolation` for a table that no contract can describe.
    """
    reader = open_table(TableSource(request.path, encoding=request.encoding, separator=request.separator))
    _check_columns(reader, request)
    exclusion = Exclusion(request.exclude)
    found = survey(reader.text_batches(), reader.columns, Label(request.outcome, request.positive), exclusion)
    min_cell = DisclosureSection().min_cell
    _check_outcome(found, request, exclusion, min_cell)
    moment, moment_why = leakage.moment_of(request.outcome)
    if request.predict_at is not None:
        moment, moment_why = request.predict_at, "as asked for"
    setting = Setting(found, request, moment, min_cell, LeakageLimits().single_feature_auroc)
    columns = tuple(_Roles(setting).decided())
    columns = tuple(_without_late_dates(column, columns, setting) for column in columns)
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


def _check_columns(reader: TableReader, request: DataRequest) -> None:
    names = list(reader.columns)
    problems = []
    wanted = [*request.roles().items(), *((f"--exclude {column}=…", column) for column in request.exclude)]
    for option, column in wanted:
        if column not in names:
            near = difflib.get_close_matches(column, names, n=3, cutoff=0.5) or [
                name for name in names if name.lower().replace("_", "") == column.lower().replace("_", "")
            ]
            problems.append(
                Problem(
                    f"the table has no column {column!r}",
                    where=f"{option}, {request.path}",
                    found=f"{len(names)} columns: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}",
                    next=f"did you mean {' or '.join(map(repr, near))}?" if near else "name one of the columns",
                )
            )
    for option, column in list(request.roles().items())[1:]:
        if column == request.outcome:
            problems.append(Problem("the outcome cannot play another part", where=f"{option} {column}"))
    if request.site is not None and request.site in (request.subject, request.encounter):
        problems.append(Problem("a site is no patient and no encounter", where=f"--site {request.site}"))
    if problems:
        raise UsageError(problems=problems)
    reserved = [name for name in names if name.startswith(_RESERVED)]
    if reserved:
        raise ContractViolation(
            f"names that start with {_RESERVED} are reserved for ingest",
            where=request.path,
            found=", ".join(reserved),
            next="rename these columns in the file",
        )


def _check_outcome(found: Survey, request: DataRequest, exclusion: Exclusion, min_cell: int) -> None:
    labels = found.labels
    problems = []
    for column, values in request.exclude.items():
        if not exclusion.seen.get(column):
            problems.append(
                Problem(
                    f"no value to exclude ever occurs: {', '.join(values)}",
                    where=f"--exclude {column}=…",
                    found=_levels_said(found, column, min_cell),
                    next="correct the value, or leave it out",
                )
            )
    where = f"--outcome {request.outcome} --positive {request.positive!r}"
    if not found.eligible:
        problems.append(Problem("no encounter is left after the exclusions", where="--exclude"))
    elif not labels.literal and labels.unreadable:
        problems.append(
            Problem(
                "the comparison needs numbers, but some outcomes are text",
                where=where,
                found=_levels_said(found, request.outcome, min_cell),
                next="name the value that is the event: --positive VALUE",
            )
        )
    elif not labels.positives:
        near = difflib.get_close_matches(
            request.positive, [t for t, n in labels.levels.items() if n >= min_cell], n=1, cutoff=0.5
        )
        problems.append(
            Problem(
                "the positive value never occurs" if labels.literal else "the comparison never holds",
                where=where,
                wanted="some encounters with the event and some without",
                found=_levels_said(found, request.outcome, min_cell),
                next=f"did you mean --positive {near[0]!r}?" if near else "name the value that is the event",
            )
        )
    elif not labels.negatives:
        problems.append(
            Problem(
                "every encounter has the event: there is one class only",
                where=where,
                wanted="some encounters with the event and some without",
                found=_levels_said(found, request.outcome, min_cell),
                next="name another value or column, or get a table that holds those without the event too",
            )
        )
    if problems:
        raise UsageError(problems=problems)


def _levels_said(found: Survey, column: str, min_cell: int) -> str:
    """The levels of a column that are common enough to be named."""
    levels = found.columns[column].levels
    if levels is None or len(levels) > MOST_LISTED:
        return f"{column} has many different values"
    named = sorted((text for text, count in levels.items() if count >= min_cell), key=natural)[:12]
    rare = sum(count < min_cell for count in levels.values())
    return f"{column} is {', '.join(map(repr, named)) or 'blank'}" + (" or a rare value" if rare else "")


@dataclass(frozen=True)
class _Roles:
    """Decides all columns, then gives those with a role their use, and collects what forbids it."""

    setting: Setting

    def decided(self) -> list[Column]:
        request, problems = self.setting.request, list[Problem]()
        columns = []
        for name, item in self.setting.survey.columns.items():
            column = decide(item, self.setting)
            for option, role, use in (
                ("--site", request.site, Use.SITE),
                ("--subject", request.subject, Use.SUBJECT),
                ("--time", request.time, Use.TIME),
                ("--encounter", request.encounter, Use.ENCOUNTER),
                ("--outcome", request.outcome, Use.OUTCOME),
            ):
                if role == name:
                    column = self._with_role(column, option, use, problems)
            columns.append(column)
        if problems:
            raise ContractViolation(problems=problems)
        return columns

    def _with_role(self, column: Column, option: str, use: Use, problems: list[Problem]) -> Column:
        survey_of = self.setting.survey.columns[column.name]
        where = f"{option} {column.name}"
        if use in (Use.ENCOUNTER, Use.SUBJECT, Use.TIME) and column.missing_share >= 0.5:
            problems.append(Problem("most cells of this column are empty", where=where, next="leave the option out"))
        if use is Use.ENCOUNTER:
            if not survey_of.unique:
                problems.append(
                    Problem(
                        "the encounter's column holds a value more than once",
                        where=where,
                        wanted="one row for each encounter",
                        next="leave --encounter out if a row is an encounter; remove repeated rows; or name another column",
                    )
                )
            identity = self._identity(column)
            return replace(identity, use=use, unique=True, why=("one row each",), description="encounter")
        if use is Use.SUBJECT:
            return replace(
                self._identity(column),
                use=use,
                why=("the patient: never split between training and test",),
                description="patient",
            )
        if use is Use.TIME:
            return self._time(column, where, problems)
        if use is Use.SITE:
            kept = column if column.use is not Use.DROPPED else replace(column, kind="text")
            return replace(
                kept, use=use, known_at="admission", why=("the site: for groups, not a feature",), description="site"
            )
        return replace(column, use=use, known_at="outcome", why=("what is predicted",), description="outcome")

    def _identity(self, column: Column) -> Column:
        """A column whose values are names, whatever they look like: no limits, no levels, no codes taken out of it."""
        facts = self.setting.survey.columns[column.name].facts
        numbers = facts.numbers
        whole = numbers.plain == facts.filled and numbers.count and not numbers.leading_zero and not numbers.too_long
        return Column(
            column.name,
            "integer" if whole else "text",
            column.use,
            nullable=facts.blank + sum(facts.words.values()) > 0,
            unique=column.unique,
            missing=tuple(sorted(facts.words)),
            missing_share=column.missing_share,
        )

    def _time(self, column: Column, where: str, problems: list[Problem]) -> Column:
        if column.kind == "datetime":
            if column.use is Use.DROPPED:
                problems.append(Problem("the dates cannot be read: " + column.why[-1], where=where))
            return replace(
                column, use=Use.TIME, known_at="admission", why=("when it began",), description="time of the encounter"
            )
        identity = self._identity(column)
        if identity.kind != "integer":
            problems.append(
                Problem(
                    "this column is neither a date nor an order",
                    where=where,
                    wanted="dates such as 2024-12-31 or whole numbers",
                    next="name another column, write its dates as 2024-12-31, or leave --time out",
                )
            )
        return replace(identity, use=Use.TIME, why=("the order of encounters in time",), description="order in time")


def _without_late_dates(column: Column, columns: tuple[Column, ...], setting: Setting) -> Column:
    """A date becomes *days before the encounter*; without a time, or after it, it is no feature."""
    if column.use is not Use.DATE:
        return column
    time = next((item for item in columns if item.name == setting.request.time and item.kind == "datetime"), None)
    if time is None:
        return replace(
            column, use=Use.KEPT, why=(*column.why, "a date says something only beside the encounter's date (--time)")
        )
    sample, outcome = setting.survey.sample, setting.survey.sample_outcome
    own, began = (
        days_of(sample[item.name].where(~sample[item.name].isin(item.missing)), item.layout) for item in (column, time)
    )
    days = (began - own).dt.days
    if np.nanmean((days < 0).to_numpy()[days.notna().to_numpy()]) > 0.01 if days.notna().any() else True:
        why = "suspected leak: its days lie after the encounter's"
        return replace(column, use=Use.KEPT, known_at="outcome", why=(*column.why, why))
    area = leakage.alone(days, outcome, numeric=True, fewest=setting.min_cell)
    if area >= setting.single_limit:
        why = f"suspected leak: alone it tells the outcome (AUROC {area:.2f}; limit {setting.single_limit:g})"
        return replace(column, use=Use.KEPT, known_at="outcome", why=(*column.why, why))
    return replace(column, why=(*column.why, "as days before the encounter"))


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
    if request.site is None:
        sites = [column.name for column in columns if _SITE.search(padded(column.name)) and column.levels]
        if sites:
            notes.append(f"{sites[0]} looks like a site: if it is one, pass --site {sites[0]}")
    if found.repeated_rows >= setting.min_cell:
        share = found.repeated_rows / found.rows
        notes.append(
            f"{share:.0%} of rows repeat another row in every column: "
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
