"""Suspects a mix-up of units: a site, from some month on, whose values lie a well-known factor away from the others'.

Quartiles must agree after conversion, not the median alone: another case mix moves a distribution, a unit stretches it. Values are
counted by site, month and logarithmic bucket, so that memory depends on sites and months and not on rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.contract.grouping import Counts, Grouper, RowGroups
from wardround.contract.model import Contract, ContractColumn
from wardround.contract.outcome import RuleCount
from wardround.profile.conversions import FACTORS
from wardround.stages.validate import counts as rules

#: How far a quartile may lie from the converted one, as a ratio. Project choice: tight for small factors, which case mix can imitate.
NEAR, NEAR_SMALL, SMALL = 1.12, 1.06, 5.0
#: Fewest values of a group (site and month), below which its quartiles are not looked at. Project choice.
FEWEST = 50
#: Groups beyond which months are no longer told apart. Project choice: 2.6 MB a column.
MOST_GROUPS = 1000

#: Buckets: 16 to an octave from 2**-20 to 2**20; the first takes everything below, negative numbers too, the last everything above.
_LOWEST, _OCTAVES, _STEPS = -20, 40, 16
BUCKETS = _OCTAVES * _STEPS + 2

Histogram = NDArray[np.int32]


#: Numbers that are counted at a time: all that is made of them stays in the processor's cache. Project choice.
_BLOCK = 1 << 14


def _fill(bits: NDArray[np.int64], valid: NDArray[np.bool_], group: NDArray[np.int32], histogram: Histogram) -> None:
    """Adds doubles, given as their bits, to the histogram of each one's group. NaN and infinity are left out."""
    lowest = ((1023 + _LOWEST) << 4) - 1
    for start in range(0, len(bits), _BLOCK):
        part = bits[start : start + _BLOCK]
        kept = valid[start : start + _BLOCK] & ((part >> 52) & 0x7FF != 0x7FF)
        bucket = np.clip((part[kept] >> 48) - lowest, 0, BUCKETS - 1)  # a negative number's bits are a negative integer
        places = group[start : start + _BLOCK][kept] * np.int64(BUCKETS) + bucket
        if not len(places):
            continue
        first = int(places.min()) // BUCKETS
        counts = np.bincount(places - first * BUCKETS)
        full = np.zeros((-(-len(counts) // BUCKETS), BUCKETS), np.int32)
        full.ravel()[: len(counts)] = counts
        histogram[first : first + len(full)] += full


@dataclass
class _Column:
    column: ContractColumn
    histogram: Histogram = field(default_factory=lambda: np.zeros((16, BUCKETS), np.int32))


class Units:
    """Counts the numeric columns of a contract by site and month, then compares."""

    def __init__(self, contract: Contract, grouper: Grouper, skip: frozenset[str]) -> None:
        """``skip`` are columns that hold no quantity: identifiers, the outcome, the time."""
        self._grouper = grouper
        self._columns = [
            _Column(column) for column in contract.columns if _quantity(column) and column.name not in skip
        ]
        self._groups: dict[tuple[int, int], int] = {}
        self._by_month = True

    def look(self, batch: pa.RecordBatch, groups: RowGroups) -> None:
        """Adds one batch."""
        if (groups.site is None and groups.month is None) or not self._columns or not batch.num_rows:
            return
        numbers = self._number(groups)
        for item in self._columns:
            name = item.column.name
            if name not in batch.schema.names or not _numeric(batch.schema.field(name).type):
                continue
            array = batch.column(name)
            valid = array.is_valid().to_numpy(zero_copy_only=False)
            doubles = array.cast(pa.float64(), safe=False).fill_null(0.0).to_numpy(zero_copy_only=False)
            if len(item.histogram) < len(self._groups):
                more = np.zeros((max(len(self._groups), 2 * len(item.histogram)), BUCKETS), np.int32)
                more[: len(item.histogram)] = item.histogram
                item.histogram = more
            _fill(doubles.view(np.int64), valid, numbers, item.histogram)

    def _number(self, groups: RowGroups) -> NDArray[np.int32]:
        """The group of each row, new groups numbered as they come."""
        rows = groups.rows
        site = groups.site if groups.site is not None else np.zeros(rows, np.int32)
        month = groups.month if groups.month is not None and self._by_month else np.zeros(rows, np.int32)
        pairs = (site.astype(np.int64) << 32) | (month.astype(np.int64) & 0xFFFFFFFF)
        found, inverse = np.unique(pairs, return_inverse=True)
        keys = [(int(pair >> 32), int(np.int32(pair & 0xFFFFFFFF))) for pair in found]
        if self._by_month and len(self._groups) + len(keys) > MOST_GROUPS:
            self._forget_months()
            return self._number(groups)
        codes = [self._groups.setdefault(key, len(self._groups)) for key in keys]
        numbers: NDArray[np.int32] = np.array(codes, np.int32)[inverse]
        return numbers

    def _forget_months(self) -> None:
        self._by_month = False
        sites = sorted({site for site, _ in self._groups})
        for item in self._columns:
            merged = np.zeros((max(16, len(sites)), BUCKETS), np.int32)
            for (site, _), number in self._groups.items():
                if number < len(item.histogram):
                    merged[sites.index(site)] += item.histogram[number]
            item.histogram = merged
        self._groups = {(site, 0): number for number, site in enumerate(sites)}

    def results(self, rows: int) -> Iterator[RuleCount]:
        """One result for each quantity that has groups to compare; failures are the values of suspected groups."""
        sites = {site for site, _ in self._groups}
        for item in self._columns:
            counts, kinds = Counts(), []
            for key, number in sorted(self._groups.items()):
                if number >= len(item.histogram):
                    continue
                others = [
                    other
                    for rival, other in self._groups.items()
                    if (rival[0] != key[0] if len(sites) > 1 else rival != key)
                ]
                own = item.histogram[number]
                rest = item.histogram[[other for other in others if other < len(item.histogram)]].sum(axis=0)
                factor = suspected(own, rest)
                if factor:
                    kinds.append(factor)
                    self._place(counts, key, int(own.sum()))
            if self._groups:
                found = rules.counted(rules.UNIT_MIXUP, item.column.name, rows, counts, self._grouper)
                yield found if not kinds else _with_reason(found, f"{rules.HINTS[rules.UNIT_MIXUP]}: {kinds[0]}?")

    def _place(self, counts: Counts, key: tuple[int, int], values: int) -> None:
        counts.total += values
        counts.site[key[0]] = counts.site.get(key[0], 0) + values
        if self._by_month and key[1]:
            counts.month[key[1]] = counts.month.get(key[1], 0) + values


def _with_reason(count: RuleCount, reason: str) -> RuleCount:
    return RuleCount(count.rule, count.column, count.rows, count.failures, count.by_site, count.by_month, reason)


def suspected(own: Histogram, rest: Histogram) -> str:
    """What ``own`` seems to be measured in, other than ``rest``; empty if nothing fits or there are too few values."""
    if own.sum() < FEWEST or rest.sum() < FEWEST:
        return ""
    here, there = quartiles(own), quartiles(rest)
    if here is None or there is None or here[0] == here[2] or there[0] == there[2]:
        return ""
    for factor, label in FACTORS:
        near = math.log(NEAR if factor > SMALL else NEAR_SMALL)
        for sign in (1, -1):
            if all(abs(math.log(a / b) - sign * math.log(factor)) < near for a, b in zip(here, there, strict=True)):
                return label
    for celsius, fahrenheit in ((here, there), (there, here)):
        if 20 < celsius[1] < 45 and all(
            abs(math.log((1.8 * c + 32) / f)) < math.log(1.03) for c, f in zip(celsius, fahrenheit, strict=True)
        ):
            return "degrees Celsius and Fahrenheit"
    return ""


def quartiles(histogram: Histogram) -> tuple[float, float, float] | None:
    """Quartiles, interpolated within the bucket; None if one lies in the first or last bucket, whose bounds are unknown."""
    below = np.cumsum(histogram)
    found = []
    for share in (0.25, 0.5, 0.75):
        rank = share * int(below[-1])
        bucket = int(np.searchsorted(below, rank))
        if bucket in (0, BUCKETS - 1):
            return None
        inside = (rank - (below[bucket] - histogram[bucket])) / histogram[bucket]
        octave, step = divmod(bucket - 1, _STEPS)
        found.append(2.0 ** (octave + _LOWEST) * (1 + (step + float(inside)) / _STEPS))
    return found[0], found[1], found[2]


def _quantity(column: ContractColumn) -> bool:
    """Numbers that are measured: no identifiers, no codes from a list."""
    coded = any(check.name in {"isin", "equal_to"} for check in column.checks)
    return column.kind.numeric and not column.unique and not coded


def _numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
