"""The contract as plain values: what each column holds, for the parts that need no pandera."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from wardround.tables.numerals import Numeral

if TYPE_CHECKING:
    import pyarrow as pa
    from pandera.api.checks import Check
    from pandera.api.pandas.container import DataFrameSchema

#: Columns that ingest adds start so; a contract may not declare them.
RESERVED = "wr_"

KnownAt = Literal["admission", "encounter", "discharge", "outcome"]
KNOWN_AT: tuple[KnownAt, ...] = ("admission", "encounter", "discharge", "outcome")


class Kind(StrEnum):
    """What a column holds. A category is text with a closed list of levels (``isin``)."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    TEXT = "text"
    DATETIME = "datetime"

    @property
    def numeric(self) -> bool:
        """Whether arithmetic on the column has a meaning."""
        return self in (Kind.INTEGER, Kind.FLOAT)


@dataclass(frozen=True)
class ContractColumn:
    """One column of the incoming table.

    ``low`` and ``high`` are the strictest bounds of all range checks (numbers, or ``datetime`` for dates), ``low_closed`` and
    ``high_closed`` whether the bound itself is allowed. ``missing`` lists the cell texts that mean *missing* in the source.
    ``numeral`` says how its numbers are written there, if not as 1234.5. ``known_at`` is the moment from which the value can be known; a model at admission may use only ``admission``.
    ``checks`` are all pandera checks of the column, in their declared order.
    """

    name: str
    kind: Kind
    nullable: bool = False
    unique: bool = False
    required: bool = True
    categories: tuple[str, ...] | None = None
    low: Any = None
    high: Any = None
    low_closed: bool = True
    high_closed: bool = True
    missing: tuple[str, ...] = ()
    numeral: Numeral | None = None
    unit: str = ""
    description: str = ""
    known_at: KnownAt = "admission"
    checks: tuple[Check, ...] = field(default=(), repr=False, compare=False)

    @property
    def arrow_type(self) -> pa.DataType:
        """The type of the column in the snapshot."""
        import pyarrow as pa

        return {
            Kind.INTEGER: pa.int64(),
            Kind.FLOAT: pa.float64(),
            Kind.BOOLEAN: pa.bool_(),
            Kind.CATEGORY: pa.string(),
            Kind.TEXT: pa.string(),
            Kind.DATETIME: pa.timestamp("us"),
        }[self.kind]


@dataclass(frozen=True)
class Contract:
    """The team's contract, frozen: columns in their declared order, and the pandera schema that they come from.

    ``strict`` is pandera's: extra columns are allowed (False), refused (True) or dropped at ingest (``"filter"``).
    ``unique_together`` are the sets of columns whose combination may occur once. All
    rows of a duplicate fail, the first one included, as in pandera.
    """

    name: str
    columns: tuple[ContractColumn, ...]
    strict: bool | Literal["filter"] = False
    ordered: bool = False
    unique_together: tuple[tuple[str, ...], ...] = ()
    where: str = "pipelines/contract.py"
    schema: DataFrameSchema | None = field(default=None, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the declared order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ContractColumn | None:
        """The column of that name, if the contract declares it."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def table_checks(self) -> tuple[Check, ...]:
        """The checks that look at several columns (``@pa.dataframe_check``)."""
        return tuple(self.schema.checks) if self.schema is not None else ()
