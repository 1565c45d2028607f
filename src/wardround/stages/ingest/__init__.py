"""Ingest: source and window in, one canonical, partitioned snapshot out (DESIGN §4)."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import Any

from wardround import contract as contracts
from wardround.errors import Problem, UsageError
from wardround.evidence.ingest import ColumnFacts, Ingest, PartFacts
from wardround.files import explained_disk_errors, replacing, sha256_json
from wardround.project.layout import Project
from wardround.stages.ingest.partitions import Partitioner, write_part
from wardround.stages.ingest.plan import Plan, make_plan
from wardround.stages.ingest.raw import Raw, open_raw
from wardround.stages.ingest.rows import Shaper, Tally


def run(project: Project) -> Ingest:
    """Writes ``data/snapshot`` and ``reports/ingest.json``; on any error both stay as they were.

    Memory holds a batch, a bounded buffer and one partition. Raises :class:`UsageError`, :class:`EnvironmentFailure`
    or, for columns that the contract requires and the table lacks, :class:`ContractViolation`.
    """
    layout = project.layout
    contract = contracts.load(layout.contract)
    raw = open_raw(project)
    plan = make_plan(project.params.data, contract, raw)
    shaper = Shaper(plan)
    with explained_disk_errors(layout.snapshot):
        layout.snapshot.parent.mkdir(parents=True, exist_ok=True)
        _sweep(project)
    with Partitioner(shaper.schema, plan.data.partitions, layout.snapshot.parent) as partitioner:
        for batch in raw.batches():
            partitioner.add(shaper(batch))
        _check(plan, shaper.tally, project.params.disclosure.min_cell)
        with replacing(layout.snapshot) as directory:
            directory.mkdir()
            parts = [write_part(table, directory, number) for number, table in partitioner.tables()]
    evidence = _evidence(plan, shaper, raw, parts)
    evidence.write(layout.evidence("ingest"))
    return evidence


def _sweep(project: Project) -> None:
    """Removes what a killed run left beside the snapshot. DVC's lock keeps two runs from meeting here."""
    snapshot = project.layout.snapshot
    for pattern in (".ingest-*", f".{snapshot.name}.*.tmp", f".{snapshot.name}.*.old"):
        for path in snapshot.parent.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def _check(plan: Plan, tally: Tally, min_cell: int) -> None:
    """What only the whole table can show. Small counts are not printed."""
    problems = []

    def count(number: int) -> str:
        return "none" if number == 0 else f"fewer than {min_cell}" if number < min_cell else f"{number:,}"

    kept = tally.read - tally.out_of_window - sum(tally.excluded.values())
    roles = plan.roles
    if roles.time is not None and 2 * tally.time_failed > tally.time_cells:
        problems.append(
            Problem(
                "most cells of the time column cannot be read",
                where=f"{plan.where}: {roles.time}",
                wanted=f"{plan.wanted(roles.time).kind}: dates as 2024-03-14, with or without a time of day"
                if not plan.wanted(roles.time).type.equals("int64")
                else "integers within 64 bits",
                found=f"{count(tally.time_cells - tally.time_failed)} of {count(tally.time_cells)} cells readable",
                next="correct data.columns.time, the contract's type, or the export",
            )
        )
    if 2 * tally.outcome_failed > tally.outcome_cells:
        problems.append(
            Problem(
                "most cells of the outcome column cannot be read",
                where=f"{plan.where}: {roles.outcome}",
                wanted=str(plan.wanted(roles.outcome).kind),
                found=f"{count(tally.outcome_cells - tally.outcome_failed)} of {count(tally.outcome_cells)} cells readable",
                next="correct data.columns.outcome or the contract's type",
            )
        )
    elif kept == 0:
        excluded = "; ".join(f"excluded by {name}: {count(number)}" for name, number in tally.excluded.items())
        problems.append(
            Problem(
                "no encounter is left",
                where="params.yaml: data",
                wanted="at least one encounter inside the window and not excluded",
                found=f"read: {count(tally.read)}; outside the window: {count(tally.out_of_window)}"
                + (f"; {excluded}" if excluded else ""),
                next="widen data.window or correct data.exclude",
            )
        )
    elif tally.labelled == 0:
        problems.append(Problem("no encounter has an outcome", where=f"{plan.where}: {roles.outcome}"))
    elif tally.events in (0, tally.labelled):
        problems.append(
            Problem(
                f"{'no' if tally.events == 0 else 'every'} encounter has the outcome: there is only one class",
                where="params.yaml: data.positive",
                wanted="encounters with and without the outcome",
                next=f"check data.positive, data.exclude and the column {roles.outcome!r}",
            )
        )
    if problems:
        raise UsageError(problems=problems)


def _evidence(plan: Plan, shaper: Shaper, raw: Raw, parts: list[PartFacts]) -> Ingest:
    tally = shaper.tally
    return Ingest(
        source=plan.data.source,
        files=raw.files,
        rows_read=tally.read,
        rows=sum(part.rows for part in parts),
        subjects=sum(part.subjects for part in parts),
        events=tally.events,
        unlabelled=sum(part.rows for part in parts) - tally.labelled,
        without_time=tally.without_time,
        without_subject=tally.without_subject,
        without_encounter=tally.without_encounter,
        out_of_window=tally.out_of_window,
        excluded=tally.excluded,
        first_time=_moment(tally.first),
        last_time=_moment(tally.last),
        columns=tuple(
            ColumnFacts(
                name=item.name,
                type=str(item.type),
                declared=item.declared,
                missing=tally.missing[item.name],
                uncastable=tally.uncastable[item.name],
            )
            for item in plan.columns
        ),
        dropped_columns=plan.dropped,
        parts=tuple(parts),
        snapshot=sha256_json([[part.name, part.digest] for part in parts]),
        limitations=_limitations(plan, tally),
    )


def _moment(value: Any) -> str | int | None:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _limitations(plan: Plan, tally: Tally) -> tuple[str, ...]:
    roles, found = plan.roles, []
    if roles.subject is None:
        found.append(
            "There is no subject column: each row counts as a subject of its own, so a patient who returns may be in two splits."
        )
    if roles.encounter is None:
        found.append("There is no encounter column: rows are named by their place in the source.")
    if roles.time is None:
        found.append("There is no time column: rules about dates are not applicable.")
    if tally.without_subject:
        found.append("Some rows name no subject: each of these counts as a subject of its own.")
    if tally.without_time:
        found.append(
            "Some rows have no readable time: they are in the snapshot for the contract check, and in no split."
        )
    return tuple(found)
