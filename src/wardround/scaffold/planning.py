"""The plan for a whole table: every column decided, roles checked, and everything that is wrong reported at once."""

from __future__ import annotations

from wardround.project.judging import DisclosureSection, LeakageLimits
from wardround.scaffold import leakage
from wardround.scaffold.checks import check_columns, check_outcome
from wardround.scaffold.decision import Column, Plan, Use
from wardround.scaffold.notes import notes_on
from wardround.scaffold.outcome import Exclusion, Label, number
from wardround.scaffold.request import DataRequest
from wardround.scaffold.roles import Roles, without_late_dates
from wardround.scaffold.setting import Setting
from wardround.scaffold.spelled import spelled
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
    columns += tuple(
        Column(name, "text", Use.DROPPED, ("its cells hold lists, structures or bytes, not one plain value",))
        for name in reader.nested
    )
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
        notes=notes_on(found, columns[: len(found.columns)], setting, exclusion),
        positive=_typed(request.positive, columns, literal=found.labels.literal),
        exclude={
            name: tuple(_scalar(value, _kind_of(columns, name)) for value in values)
            for name, values in request.exclude.items()
        },
        encoding=part.encoding or "utf-8",
        separator=part.separator or ",",
    )


def _as_written(request: DataRequest) -> frozenset[str]:
    """Columns whose texts are names, or are compared with what the command line says."""
    literal = Label(request.outcome, request.positive).comparison is None
    names = {request.subject, request.encounter, request.time, request.site, *request.exclude}
    return frozenset(name for name in (*names, request.outcome if literal else None) if name is not None)


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
