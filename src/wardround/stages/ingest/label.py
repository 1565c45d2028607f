"""The outcome as 0, 1 or null: ``positive`` is a value, or a comparison such as ``'>0'`` for a number column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from wardround.contract import Kind
from wardround.errors import UsageError
from wardround.stages.ingest.casting import Wanted, cast_column

#: A value in params.yaml.
Value = str | int | float | bool

_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<|=)\s*([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*")
_OPERATIONS = {
    ">": pc.greater,
    ">=": pc.greater_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    "=": pc.equal,
    "==": pc.equal,
    "!=": pc.not_equal,
}


@dataclass(frozen=True)
class Positive:
    """How the event is told. A text or category column is compared literally, so that ``'<30'`` may be one of its values."""

    operation: str
    value: Any

    @classmethod
    def of(cls, positive: Value, outcome: Wanted) -> Self:
        """Raises :class:`UsageError` when ``positive`` cannot be a value of the outcome column."""
        if outcome.kind.numeric and isinstance(positive, str) and (match := _COMPARISON.fullmatch(positive)):
            return cls(match[1], pa.scalar(float(match[2]), pa.float64()))
        value = same_kind(positive, outcome)
        if value is None:
            raise UsageError(
                "data.positive cannot be a value of the outcome column",
                where="params.yaml: data.positive",
                wanted=f"a value of {outcome.name!r}, which the contract says is {outcome.kind}"
                + (", or a comparison such as '>0'" if outcome.kind.numeric else ""),
            )
        return cls("=", value)

    def __call__(self, outcome: pa.Array) -> pa.Array:
        """int8 0/1, null where the outcome is null."""
        if pa.types.is_integer(outcome.type) and pa.types.is_floating(self.value.type):
            outcome = outcome.cast(pa.float64(), safe=False)
        return _OPERATIONS[self.operation](outcome, self.value).cast(pa.int8())


def same_kind(value: Value, column: Wanted) -> pa.Scalar | None:
    """A value from params as the column's type; None when it cannot be one."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, bool) and column.kind.numeric:
        text = str(int(value))
    plain = Wanted(column.name, column.kind, (), column.day_first)
    cell = cast_column(pa.array([text], pa.string()), plain)[0][0]
    if cell.is_valid:
        return cell
    return pa.scalar("", pa.string()) if column.kind in (Kind.TEXT, Kind.CATEGORY) and text == "" else None
