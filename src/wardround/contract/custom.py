"""The team's own checks, run by pandera itself, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract.model import RESERVED, Contract, ContractColumn, Kind

if TYPE_CHECKING:
    from pandera.api.checks import Check


@dataclass
class OwnCheck:
    """One check that only pandera can run: of ``column``, or of the whole table when it is None.

    ``whole`` is set when the check answered with one truth for all rows: right if there was one batch only, because
    no batch knows the others. ``error`` is the type of an exception, whose message could quote data.
    """

    rule: str
    check: Check
    column: ContractColumn | None
    whole: bool = False
    error: str = ""
    batches: int = 0
    rows: dict[str, pd.Series] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The column's name; empty for a check of the table."""
        return self.column.name if self.column else ""

    @property
    def table(self) -> bool:
        """Whether it needs more than its own column."""
        return self.column is None or self.check.groupby is not None

    @property
    def reason(self) -> str:
        """Why its count cannot be given; empty when it can."""
        if self.error:
            return f"the check raised {self.error}"
        if self.whole and self.batches > 1:
            return "the check looks at all rows together, and the table was read in parts: let it judge row by row"
        return ""

    def failing(self, frame: Frame) -> NDArray[np.bool_] | None:
        """The rows of a batch that fail, or None."""
        self.batches += 1
        if self.error:
            return None
        try:
            result = self._call(frame)
        except Exception as error:  # noqa: BLE001 - the team's code; pandera, too, turns any error into a failure
            self.error = type(error).__name__
            return None
        return self._mask(result, frame.rows)

    def _call(self, frame: Frame) -> Any:
        if self.column is None:
            return self.check(frame.table())
        if self.table:
            return self.check(frame.table(), self.column.name)
        return self.check(frame.series(self.column.name))

    def _mask(self, result: Any, rows: int) -> NDArray[np.bool_] | None:
        output = result.check_output
        if isinstance(output, pd.DataFrame):
            output = output.all(axis="columns")
        if not isinstance(output, pd.Series) or not output.index.isin(range(rows)).all():
            self.whole = True
            return None if bool(result.check_passed) else np.ones(rows, np.bool_)
        wrong = output.index[~output.fillna(False).astype(bool)]
        if not len(wrong):
            return None
        mask = np.zeros(rows, np.bool_)
        mask[wrong.to_numpy()] = True
        return mask


class Frame:
    """A batch as pandas, column by column and only when asked, in the types that the contract declares."""

    def __init__(self, contract: Contract, columns: dict[str, pa.Array], batch: pa.RecordBatch) -> None:
        """``columns`` are the contract's columns of the batch, already in the contract's types."""
        self.rows: int = batch.num_rows
        self._contract = contract
        self._columns = columns
        self._batch = batch
        self._series: dict[str, pd.Series] = {}

    def series(self, name: str) -> pd.Series:
        """One column; the index is the row's number in the batch."""
        if name not in self._series:
            column = self._contract.column(name)
            array = self._columns.get(name)
            if array is None:
                array = self._batch.column(name)
            self._series[name] = to_series(array, column, _dtype(self._contract, name))
        return self._series[name]

    def table(self) -> pd.DataFrame:
        """All columns but the reserved ones. Checks of the whole table must not change it."""
        names = [name for name in self._batch.schema.names if not name.startswith(RESERVED)]
        return pd.DataFrame({name: self.series(name) for name in names}, copy=False)


def _dtype(contract: Contract, name: str) -> Any:
    """The pandas type that pandera would want, from the team's own annotation."""
    if contract.schema is None or name not in contract.schema.columns:
        return None
    kind = contract.schema.columns[name].dtype
    return getattr(kind, "type", None)


def to_series(array: pa.Array, column: ContractColumn | None, dtype: Any = None) -> pd.Series:
    """An Arrow column as the pandas series that a contract's author expects."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if column is None:
        loose: pd.Series = array.to_pandas()
        return loose
    name = column.name
    if column.kind is Kind.INTEGER:
        extension = pd.array(array.fill_null(0).to_numpy(zero_copy_only=False), dtype="Int64", copy=True)
        extension[array.is_null().to_numpy(zero_copy_only=False)] = pd.NA
        plain = pd.Series(extension, name=name)
    elif column.kind is Kind.BOOLEAN:
        plain = pd.Series(array.to_pandas(types_mapper=None), name=name).astype("boolean")
    elif column.kind in (Kind.FLOAT, Kind.DATETIME):
        plain = pd.Series(array.to_numpy(zero_copy_only=False), name=name)
    else:
        plain = pd.Series(pd.array(array.to_pylist(), dtype="str"), name=name)
    if dtype is None or str(plain.dtype) == str(dtype):
        return plain
    try:
        return plain.astype(dtype)
    except (TypeError, ValueError):  # a plain int column with missing values: nullable counts those
        return plain


def own_checks(contract: Contract, compiled: Sequence[tuple[ContractColumn, Check]]) -> list[OwnCheck]:
    """Every check that has no kernel (``compiled`` lists those that have), then the checks of the whole table."""
    done = {(column.name, id(check)) for column, check in compiled}
    own = [
        OwnCheck(rule_of(check), check, column)
        for column in contract.columns
        for check in column.checks
        if (column.name, id(check)) not in done
    ]
    return [*own, *(OwnCheck(rule_of(check), check, None) for check in contract.table_checks)]


def rule_of(check: Check) -> str:
    """The rule that a check is counted under: a standard rule, or the check's own name."""
    from wardround.contract.rules import RULE_OF

    return RULE_OF.get(str(check.name), str(check.name or "check"))
