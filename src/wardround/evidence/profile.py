"""Evidence of what the columns hold: counts, missing values and histograms on fixed edges, so that profiles add up."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class NumberSummary(Frozen):
    """Finite numbers of a column.

    ``total`` and ``squares`` are the exact sums of the values and of their squares, as ``MpE`` = M · 2^E (M odd, or ``0p0``): integers add without
    rounding, so the sums do not depend on the order or the parts. ``histogram`` counts values by bucket key
    (:mod:`wardround.profile.buckets`); its edges are the same for every table, and no minimum or maximum is kept.
    """

    count: int = 0
    infinite: int = 0
    total: str = "0p0"
    squares: str = "0p0"
    histogram: dict[int, int] = Field(default_factory=dict)


class LevelCounts(Frozen):
    """Rows by level. ``other`` holds the rows of levels that are not listed.

    ``cap`` 0: exactly the levels that the contract declares (those that occur). Otherwise all levels while they are at most
    ``cap``, else those ``cap`` with the smallest hash: a choice that does not depend on the parts, so that counts stay exact.
    """

    counts: dict[str, int] = Field(default_factory=dict)
    other: int = 0
    cap: int = 0


class ColumnProfile(Frozen):
    """One column: ``kind`` is the contract's. What has no meaning for the kind is null.

    Numbers: ``numbers``. Categories and booleans: ``levels``. Dates: ``months``. Text: ``lengths`` in characters, and never the text.
    """

    name: str
    kind: str
    rows: int
    missing: int
    numbers: NumberSummary | None = None
    levels: LevelCounts | None = None
    months: dict[str, int] | None = None
    lengths: NumberSummary | None = None

    @property
    def missing_share(self) -> float | None:
        """Missing of all rows, in [0, 1]; None without rows."""
        return self.missing / self.rows if self.rows else None


class Profile(Evidence):
    """What ``validate`` writes to ``reports/profile.json``: a mergeable summary of a table, in the contract's order."""

    KIND: ClassVar[str] = "profile"

    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """The column of that name, if it was profiled."""
        return next((column for column in self.columns if column.name == name), None)
