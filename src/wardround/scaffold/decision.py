"""What was decided for a column, and why. The words are printed and stand in the contract; none is a rare cell's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from wardround.scaffold.request import Moment
from wardround.tables import Numeral


class Use(StrEnum):
    """What a column is for."""

    OUTCOME = "outcome"
    ENCOUNTER = "encounter"
    SUBJECT = "subject"
    TIME = "time"
    SITE = "site"
    #: Features: a number as it is; whole numbers that are names; levels; the commonest of many levels; chapters; days before.
    NUMBER = "number"
    CODE = "code"
    CATEGORY = "category"
    COMMONEST = "commonest levels"
    DIAGNOSIS = "diagnosis"
    DATE = "date"
    #: In the contract, not a feature.
    KEPT = "not a feature"
    #: Not even in the contract: ingest drops it.
    DROPPED = "dropped"

    @property
    def feature(self) -> bool:
        """Whether the model sees it."""
        return self in _FEATURES


_FEATURES = (Use.NUMBER, Use.CODE, Use.CATEGORY, Use.COMMONEST, Use.DIAGNOSIS, Use.DATE)


@dataclass(frozen=True)
class Column:
    """A column's place in contract and features.

    ``kind`` is the contract's word. ``levels`` hold at least the smallest cell each; ``open`` says that there are others.
    ``missing`` are cell texts that mean *missing*. ``tolerance`` maps rules of the contract to a share of rows.
    """

    name: str
    kind: str
    use: Use
    why: tuple[str, ...] = ()
    nullable: bool = False
    unique: bool = False
    levels: tuple[str, ...] = ()
    open: bool = False
    low: float | None = None
    high: float | None = None
    missing: tuple[str, ...] = ()
    unit: str = ""
    #: How its numbers are written in the file, if not as 1234.5.
    numeral: Numeral | None = None
    description: str = ""
    known_at: Moment = "admission"
    tolerance: dict[str, float] = field(default_factory=dict)
    #: For dates: the layout that reads them, whether they have a time of day, the first and last one.
    layout: str = ""
    with_time: bool = False
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    #: Share of cells that hold no value, coarse.
    missing_share: float = 0.0

    @property
    def declared(self) -> bool:
        """Whether the contract names it."""
        return self.use is not Use.DROPPED


@dataclass(frozen=True)
class Plan:
    """Everything that the project's files are written from."""

    columns: tuple[Column, ...]
    rows: int
    eligible: int
    positives: int
    negatives: int
    repeated_rows: int
    predict_at: Moment
    predict_why: str
    notes: tuple[str, ...]
    #: The event, as ``params.yaml`` says it.
    positive: str | int | float | bool
    exclude: dict[str, tuple[str | int | float | bool, ...]]
    encoding: str
    separator: str

    def of(self, *uses: Use) -> tuple[Column, ...]:
        """The columns with one of these uses, in the table's order."""
        return tuple(column for column in self.columns if column.use in uses)

    def role(self, use: Use) -> Column | None:
        """The column of a role, if there is one."""
        return next(iter(self.of(use)), None)

    @property
    def prevalence(self) -> float:
        """The share of eligible, labelled rows with the event."""
        return self.positives / max(1, self.positives + self.negatives)
