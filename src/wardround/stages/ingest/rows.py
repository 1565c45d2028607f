"""Batches of raw cells become batches of the snapshot: typed, with reserved columns, only rows that belong to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import Kind
from wardround.errors import Problem, UsageError
from wardround.stages.ingest.casting import STAMP, cast_column
from wardround.stages.ingest.label import same_kind
from wardround.stages.ingest.plan import Plan

UNCAST = pa.list_(pa.field("element", pa.string()))


@dataclass
class Tally:
    """Counts of what was seen so far; ``*_cells`` are cells that are not empty, before the window and exclusions."""

    read: int = 0
    out_of_window: int = 0
    without_time: int = 0
    without_subject: int = 0
    without_encounter: int = 0
    events: int = 0
    labelled: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    uncastable: dict[str, int] = field(default_factory=dict)
    time_cells: int = 0
    time_failed: int = 0
    outcome_cells: int = 0
    outcome_failed: int = 0
    first: Any = None
    last: Any = None


class Shaper:
    """Turns raw batches, in order, into snapshot batches and counts as it goes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tally = Tally(
            excluded=dict.fromkeys(sorted(plan.data.exclude), 0),
            missing={item.name: 0 for item in plan.columns},
            uncastable={item.name: 0 for item in plan.columns},
        )
        self._excluded = {name: self._values(name) for name in sorted(plan.data.exclude)}
        roles = plan.roles
        self.integer_time = roles.time is not None and plan.wanted(roles.time).kind is Kind.INTEGER
        reserved = [("wr_encounter", pa.string()), ("wr_subject", pa.string())]
        if roles.time is not None:
            reserved.append(("wr_time", pa.int64() if self.integer_time else STAMP))
        if roles.site is not None:
            reserved.append(("wr_site", pa.string()))
        reserved += [("wr_outcome", pa.int8()), ("wr_uncast", UNCAST)]
        self.schema = pa.schema([*((item.name, item.type) for item in plan.columns), *reserved])

    def _values(self, name: str) -> pa.Array:
        wanted = self.plan.wanted(name)
        values = [same_kind(value, wanted) for value in self.plan.data.exclude[name]]
        if any(value is None for value in values):
            raise UsageError(
                problems=[
                    Problem(
                        "a value to exclude cannot be a value of its column",
                        where=f"params.yaml: data.exclude.{name}",
                        wanted=f"values of the type {wanted.kind}",
                    )
                ]
            )
        return pa.array([value.as_py() for value in values if value is not None], wanted.type)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows of ``batch`` that belong to the snapshot (perhaps none), with :attr:`schema`."""
        roles, tally = self.plan.roles, self.tally
        typed: dict[str, pa.Array] = {}
        failed: dict[str, NDArray[np.bool_]] = {}
        for wanted in self.plan.columns:
            typed[wanted.name], mask = cast_column(batch.column(wanted.name), wanted)
            if mask is not None:
                failed[wanted.name] = mask
        rows = batch.num_rows
        row_ids = self._row_ids(rows)
        tally.read += rows
        encounter = self._identifier(roles.encounter, batch, typed, failed)
        subject = self._identifier(roles.subject, batch, typed, failed)
        time = typed[roles.time] if roles.time is not None else None
        label = self.plan.positive(typed[roles.outcome])
        self._readability(typed, failed)
        columns = dict(typed)
        columns["wr_encounter"] = row_ids if encounter is None else pc.coalesce(encounter, row_ids)
        columns["wr_subject"] = columns["wr_encounter"] if subject is None else pc.coalesce(subject, row_ids)
        if time is not None:
            columns["wr_time"] = time
        if roles.site is not None:
            columns["wr_site"] = self._identifier(roles.site, batch, typed, failed)
        columns["wr_outcome"] = label
        columns["wr_uncast"] = _names_of_failed(failed, rows)
        kept = self._belongs(typed, time, rows)
        table = pa.RecordBatch.from_arrays([columns[name] for name in self.schema.names], schema=self.schema)
        if not kept.all():
            table = table.filter(pa.array(kept))
        self._count(table, failed, kept, (encounter, subject))
        return table

    def _row_ids(self, rows: int) -> pa.Array:
        numbers = pa.array(np.arange(self.tally.read + 1, self.tally.read + 1 + rows)).cast(pa.string())
        return pc.binary_join_element_wise("row-", pc.utf8_lpad(numbers, 9, "0"), "")

    def _identifier(
        self, name: str | None, batch: pa.RecordBatch, typed: dict[str, pa.Array], failed: dict[str, NDArray[np.bool_]]
    ) -> pa.Array | None:
        """Identifiers as text; a cell that is not of the contract's type still tells people apart, as it stands."""
        if name is None:
            return None
        text = typed[name] if pa.types.is_string(typed[name].type) else typed[name].cast(pa.string())
        if name in failed:
            raw = pc.ascii_trim_whitespace(batch.column(name).cast(pa.string()))
            text = pc.if_else(pa.array(failed[name]), raw, text)
        return text

    def _readability(self, typed: dict[str, pa.Array], failed: dict[str, NDArray[np.bool_]]) -> None:
        roles, tally = self.plan.roles, self.tally
        bad = int(failed[roles.outcome].sum()) if roles.outcome in failed else 0
        tally.outcome_failed += bad
        tally.outcome_cells += len(typed[roles.outcome]) - typed[roles.outcome].null_count + bad
        if roles.time is not None:
            bad = int(failed[roles.time].sum()) if roles.time in failed else 0
            tally.time_failed += bad
            tally.time_cells += len(typed[roles.time]) - typed[roles.time].null_count + bad

    def _belongs(self, typed: dict[str, pa.Array], time: pa.Array | None, rows: int) -> NDArray[np.bool_]:
        """Inside the window (a row without a readable time stays: the contract check must see it) and not excluded."""
        kept = np.ones(rows, np.bool_)
        window = self.plan.data.window
        if time is not None:
            for bound, inside in ((window.start, pc.greater_equal), (window.end, pc.less)):
                if bound is not None:
                    limit = dt.datetime.combine(bound, dt.time()) if isinstance(bound, dt.date) else bound
                    kept &= _as_mask(inside(time, pa.scalar(limit, time.type)), missing=True)
        self.tally.out_of_window += int(rows - kept.sum())
        for name, values in self._excluded.items():
            out = kept & _as_mask(pc.is_in(typed[name], values), missing=False)
            self.tally.excluded[name] += int(out.sum())
            kept &= ~out
        return kept

    def _count(
        self,
        table: pa.RecordBatch,
        failed: dict[str, NDArray[np.bool_]],
        kept: NDArray[np.bool_],
        identifiers: tuple[pa.Array | None, pa.Array | None],
    ) -> None:
        tally = self.tally
        for name in tally.missing:
            tally.missing[name] += table.column(name).null_count
        for name, mask in failed.items():
            tally.uncastable[name] += int((mask & kept).sum())
        label = table.column("wr_outcome")
        tally.labelled += len(label) - label.null_count
        tally.events += pc.sum(label).as_py() or 0
        encounter, subject = identifiers
        tally.without_encounter += (
            0 if encounter is None else int((_as_mask(encounter.is_null(), missing=False) & kept).sum())
        )
        tally.without_subject += (
            0 if subject is None else int((_as_mask(subject.is_null(), missing=False) & kept).sum())
        )
        if "wr_time" in table.schema.names:
            time = table.column("wr_time")
            tally.without_time += time.null_count
            span = pc.min_max(time).as_py()
            if span["min"] is not None:
                tally.first = span["min"] if tally.first is None else min(tally.first, span["min"])
                tally.last = span["max"] if tally.last is None else max(tally.last, span["max"])


def _as_mask(values: pa.Array, *, missing: bool) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = pc.fill_null(values, missing).to_numpy(zero_copy_only=False).astype(np.bool_)
    return mask


def _names_of_failed(failed: dict[str, NDArray[np.bool_]], rows: int) -> pa.Array:
    """For each row the names of its unreadable columns, in the order of the columns; null for nearly all rows."""
    if not failed:
        return pa.nulls(rows, UNCAST)
    names = np.array(list(failed))
    matrix = np.column_stack([failed[name] for name in failed])
    counts = matrix.sum(axis=1)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    values = pa.array(names[np.nonzero(matrix)[1]], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=UNCAST, mask=pa.array(counts == 0))
