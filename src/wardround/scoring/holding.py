"""Batches of raw cells in the contract's types, each row with what is wrong with it: ``column: rule``, never a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import ContractColumn, Kind, rules
from wardround.contract.kernels import Kernel, member_kernel, range_kernel
from wardround.errors import Problem, UsageError
from wardround.project.sections import DataSection
from wardround.scoring.coding import CODE, Levels, unbroken
from wardround.scoring.columns import Reading
from wardround.service.schema import enforced
from wardround.stages.ingest.casting import Wanted, cast_column
from wardround.stages.ingest.label import same_kind

Mask = NDArray[np.bool_]
#: Columns that a row gets here: its place in the input from 0, whether it is to be answered, what is wrong with it.
ROW, ANSWERED, WRONG = "wr_row", "wr_answered", "wr_wrong"
#: What a row is that the model is not for: ``data.exclude``.
EXCLUDED = "excluded"
_TEXTS = pa.list_(pa.field("element", pa.string()))


@dataclass(frozen=True)
class Held:
    """A column's rules beyond its type."""

    column: ContractColumn
    kernels: tuple[tuple[str, Kernel], ...]


class Holder:
    """Holds the batches of one table, in order, against the contract, as the service holds its requests."""

    def __init__(
        self,
        shown: Sequence[ContractColumn],
        data: DataSection,
        reading: Reading,
        levels: Mapping[str, Levels],
        *,
        answered: bool,
    ) -> None:
        """``answered`` is whether the table's rows are to be answered; otherwise they are others' history."""
        self._reading = {item.name: item for item in reading.wanted}
        self.levels = levels
        self.names = [item.name for item in reading.wanted]
        self._held = [_held(column) for column in shown]
        self._excluded = {
            name: self._code(name, _values(name, data, self._reading))
            for name in sorted(data.exclude)
            if name in self._reading
        }
        self._unbroken = {column.name for column in shown if unbroken(column, data)}
        self._answered = answered
        self.schema = pa.schema(
            [
                *((column.name, self._type(column)) for column in shown),
                (ROW, pa.int64()),
                (ANSWERED, pa.bool_()),
                (WRONG, _TEXTS),
            ]
        )

    def __call__(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """The rows of ``batch`` with :attr:`schema`; none is left out. ``first`` is its first row's place in the input.

        It changes nothing here, so that several batches may be held at once.
        """
        rows = batch.num_rows
        columns: dict[str, pa.Array] = {}
        wrong: dict[str, Mask] = {}
        for held in self._held:
            name = held.column.name
            if name not in self._reading:
                columns[name] = pa.nulls(rows, self._type(held.column))
                continue
            if name in self.levels:
                columns[name], faults = self.levels[name].coded(batch.column(name), self._reading[name])
                wrong |= {f"{name}: {rule}": mask for rule, mask in faults if self._forbidden(held.column, rule)}
                continue
            values, failed = cast_column(batch.column(name), self._reading[name])
            columns[name] = values
            for rule, mask in _failing(held, values, failed):
                wrong[f"{name}: {rule}"] = mask
        for name, values in self._excluded.items():
            out = pc.is_in(columns[name], values).fill_null(False).to_numpy(zero_copy_only=False)
            if out.any():
                wrong = {reason: mask & ~out for reason, mask in wrong.items()}
                wrong[f"{name}: {EXCLUDED}"] = out
        for name in self._unbroken:
            columns[name] = columns[name].fill_null(np.nan)
        columns[ROW] = pa.array(np.arange(first, first + rows))
        columns[ANSWERED] = pa.repeat(pa.scalar(self._answered), rows)
        columns[WRONG] = listed(wrong, rows)
        return pa.RecordBatch.from_arrays([columns[name] for name in self.schema.names], schema=self.schema)

    def _type(self, column: ContractColumn) -> pa.DataType:
        return CODE if column.name in self.levels else column.arrow_type

    def _code(self, name: str, values: pa.Array) -> pa.Array:
        return self.levels[name].codes(values) if name in self.levels else values

    @staticmethod
    def _forbidden(column: ContractColumn, rule: str) -> bool:
        return rule != rules.NULLABLE or not column.nullable


def owners(rows: pa.Table | pa.RecordBatch, subject: str | None) -> pa.Array:
    """Whose rows they are, as text; a row without a subject is its own."""
    if subject is not None:
        named = _whole(rows.column(subject)).cast(pa.string())
        if not named.null_count:
            return named
    answered = pc.if_else(_whole(rows.column(ANSWERED)), "True", "False")
    alone = pc.binary_join_element_wise("row-", _whole(rows.column(ROW)).cast(pa.string()), answered, "")
    return alone if subject is None else pc.coalesce(named, alone)


def _whole(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _held(column: ContractColumn) -> Held:
    """The ranges and lists that a request's fields have, too (:mod:`wardround.service.schema`)."""
    kernels: list[tuple[str, Kernel]] = []
    if column.kind is Kind.CATEGORY and column.categories:  # of columns that are not coded
        kernel = member_kernel(column.categories, column.kind, inside=True)
        kernels += [] if kernel is None else [(rules.CATEGORIES, kernel)]
    bounded = column.low is not None or column.high is not None
    if (column.kind.numeric or column.kind is Kind.DATETIME) and bounded and enforced(column):
        kernels.append((rules.RANGE, range_kernel(column.low, column.high, column.low_closed, column.high_closed)))
    return Held(column, tuple(kernels))


def _failing(held: Held, values: pa.Array, failed: Mask | None) -> Iterator[tuple[str, Mask]]:
    if failed is not None:
        yield rules.DTYPE, failed
    if values.null_count and not held.column.nullable:
        missing = values.is_null().to_numpy(zero_copy_only=False)
        missing = missing if failed is None else missing & ~failed
        if missing.any():
            yield rules.NULLABLE, missing
    for rule, kernel in held.kernels:
        mask = kernel(values)
        if mask is not None:
            yield rule, mask


def _values(name: str, data: DataSection, reading: dict[str, Wanted]) -> pa.Array:
    wanted = reading[name]
    values: list[Any] = [same_kind(value, wanted) for value in data.exclude[name]]
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
    return pa.array([value.as_py() for value in values], wanted.type)


def listed(wrong: dict[str, Mask], rows: int) -> pa.Array:
    """For each row the reasons whose mask it is in; null for the many that none is about."""
    if not wrong:
        return pa.nulls(rows, _TEXTS)
    names = np.array(list(wrong))
    matrix = np.column_stack(list(wrong.values()))
    counts = matrix.sum(axis=1)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    values = pa.array(names[np.nonzero(matrix)[1]], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=_TEXTS, mask=pa.array(counts == 0))
