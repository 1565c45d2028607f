"""Which site and month each row of a batch belongs to, so that failures can be counted by both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.tables.months import NO_MONTH, month_name, months

SITE = "wr_site"
TIME = "wr_time"
#: How a row without site or time is listed.
MISSING = "(missing)"


@dataclass(frozen=True)
class RowGroups:
    """Of one batch: site codes (index into :attr:`Grouper.sites`, 0 is missing) and months since 1970; None where there are none."""

    rows: int
    site: NDArray[np.int32] | None
    month: NDArray[np.int32] | None


@dataclass
class Counts:
    """How many rows, in total, by site code and by month number."""

    total: int = 0
    site: dict[int, int] = field(default_factory=dict)
    month: dict[int, int] = field(default_factory=dict)

    def add(self, groups: RowGroups, mask: NDArray[np.bool_] | None = None) -> None:
        """Counts the rows where ``mask`` holds; all rows without one."""
        rows = groups.rows if mask is None else int(np.count_nonzero(mask))
        if not rows:
            return
        self.total += rows
        for codes, counts in ((groups.site, self.site), (groups.month, self.month)):
            if codes is None:
                continue
            chosen = codes if mask is None else codes[mask]
            low = int(chosen.min())
            if low == int(chosen.max()):
                counts[low] = counts.get(low, 0) + rows
                continue
            for code, count in zip(*np.unique(chosen, return_counts=True), strict=True):
                counts[int(code)] = counts.get(int(code), 0) + int(count)


@dataclass
class Grouper:
    """Gives sites and months their numbers, batch after batch."""

    sites: list[str] = field(default_factory=lambda: [MISSING])
    _codes: dict[str | None, int] = field(default_factory=lambda: {None: 0})

    def of(self, batch: pa.RecordBatch) -> RowGroups:
        """Sites and months of a batch, from ``wr_site`` and ``wr_time``; an integer time order has no months."""
        names = batch.schema.names
        site = self._sites(batch.column(SITE)) if SITE in names else None
        month = None
        if TIME in names and pa.types.is_timestamp(batch.schema.field(TIME).type):
            month = months(batch.column(TIME))
        return RowGroups(batch.num_rows, site, month)

    def _sites(self, column: pa.Array) -> NDArray[np.int32]:
        encoded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        known = []
        for text in encoded.dictionary.to_pylist():
            if text not in self._codes:
                self._codes[text] = len(self.sites)
                self.sites.append(text)
            known.append(self._codes[text])
        codes = encoded.indices.cast(pa.int32()).fill_null(len(known)).to_numpy(zero_copy_only=False)
        numbers: NDArray[np.int32] = np.array([*known, 0], np.int32)[codes]
        return numbers

    def by_site(self, counts: Counts) -> dict[str, int]:
        """Counts by site name, sorted by name."""
        return {self.sites[code]: counts.site[code] for code in sorted(counts.site, key=lambda code: self.sites[code])}

    @staticmethod
    def by_month(counts: Counts) -> dict[str, int]:
        """Counts by month (``2024-03``), in order; rows without a time last."""
        named = {month_name(code): counts.month[code] for code in sorted(counts.month) if code != NO_MONTH}
        if NO_MONTH in counts.month:
            named[MISSING] = counts.month[NO_MONTH]
        return named
