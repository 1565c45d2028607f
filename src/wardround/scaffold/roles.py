"""Columns that play a part: the encounter, the patient, the time, the site and the outcome; and dates beside that time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from wardround.compare.groups import MAX_SITES
from wardround.errors import ContractViolation, Problem
from wardround.scaffold import leakage
from wardround.scaffold.deciding import decide
from wardround.scaffold.decision import Column, Use
from wardround.scaffold.facts import MOST_LEVELS, days_of
from wardround.scaffold.kinds import MOSTLY
from wardround.scaffold.setting import Setting


@dataclass(frozen=True)
class Roles:
    """Decides all columns, then gives those with a role their use, and collects what forbids it."""

    setting: Setting

    def decided(self) -> list[Column]:
        """All columns; raises :class:`ContractViolation` with everything that keeps columns from their parts."""
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
            sites = len(survey_of.levels) if survey_of.levels is not None else MOST_LEVELS
            if sites > MAX_SITES:
                problems.append(
                    Problem(
                        "too many sites: this column names something smaller",
                        where=where,
                        wanted=f"at most {MAX_SITES} different values",
                        found=f"{MOST_LEVELS} or more" if survey_of.levels is None else str(sites),
                        next="name a column of larger units (regions, trusts), or leave --site out",
                    )
                )
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

    def _formats(self, name: str) -> str:
        """Said when nearly all cells are dates, but of no one format."""
        facts = self.setting.survey.columns[name].facts
        counts = {layout: item.count for layout, item in facts.layouts.items() if item.count}
        if len(counts) < 2 or sum(counts.values()) < MOSTLY * (facts.filled - sum(facts.days.values())):
            return ""
        return f"several date formats: {', '.join(sorted(counts))}"

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
                    found=self._formats(column.name),
                    next="name another column, write its dates as 2024-12-31, or leave --time out",
                )
            )
        return replace(identity, use=Use.TIME, why=("the order of encounters in time",), description="order in time")


def without_late_dates(column: Column, columns: tuple[Column, ...], setting: Setting) -> Column:
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
