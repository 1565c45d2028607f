"""The profile of the head's columns beside the base's: shares at two decimals in cells that are large, and so are changes.

The base's table is often the head's without its last window. So a cell is shown for both only if it is large in each, and if
the difference, which is a number of new rows, is large too. That holds for the head alone as well: the base's table was shown in its own review.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from wardround.disclosure.margins import count, share
from wardround.disclosure.published import KEY, ColumnView, Count, ProfileView, Quantity, ShareChange, Why
from wardround.disclosure.rounding import GROUP_DECIMALS
from wardround.evidence.profile import ColumnProfile, NumberSummary, Profile

#: Intervals of a number's histogram that are shown at most, and the levels of a category (project choices).
INTERVALS, LEVELS = 10, 12
#: Low bits that a histogram key leaves out of a double (the evidence's format, ``wardround.profile.buckets``).
_SHIFT = 46


@dataclass(frozen=True)
class _Cell:
    """Rows in one category or interval, head and base (None: there is no base)."""

    label: str
    head: int
    base: int | None

    def plus(self, other: _Cell, label: str) -> _Cell:
        """Both together."""
        base = None if self.base is None or other.base is None else self.base + other.base
        return _Cell(label, self.head + other.head, base)

    def large(self, least: int) -> bool:
        """Whether rows and new rows are many."""
        if self.base is None:
            return self.head >= least
        return min(self.head, self.base, abs(self.head - self.base)) >= least


def view(head: Profile, base: Profile | None, least: int) -> ProfileView:
    """All columns of the head. A base that is the same table is not shown twice: its shares are the head's."""
    same = base is not None and base == head
    other = None if base is None or same else base
    close = near(head, base, least)
    rows = Count(KEY, None, Why.NEARLY_SHOWN) if close else count(head.rows, show=head.rows >= least)
    apart = other is not None and not close and other.rows >= least
    return ProfileView(
        KEY,
        rows if same else count(other.rows if other else 0, show=apart),
        rows,
        tuple(_column(item, _find(other, item.name), least, same=same) for item in head.columns),
    )


def near(head: Profile | None, base: Profile | None, least: int) -> bool:
    """Whether two tables differ by few rows, but by some."""
    return head is not None and base is not None and 0 < abs(head.rows - base.rows) < least


def _find(profile: Profile | None, name: str) -> ColumnProfile | None:
    return profile.column(name) if profile else None


def _column(head: ColumnProfile, base: ColumnProfile | None, least: int, *, same: bool) -> ColumnView:
    base = base if base is not None and base.kind == head.kind else None
    same = same or base == head
    base = None if same else base
    missing = _Cell("missing", head.missing, base.missing if base else None)
    present = _Cell("present", head.rows - head.missing, base.rows - base.missing if base else None)
    shown = missing.large(least) and present.large(least)
    # of the same rows as many are present: that is no number of people, and each shown cell's change is large by itself
    many = present.large(least) or (present.head == present.base and present.head >= least)
    cells = _cells(head, base, least) if many else []
    sizes = sum(cell.head for cell in cells), sum(cell.base or 0 for cell in cells)
    return ColumnView(
        KEY,
        head.name,
        head.kind,
        _change(missing, head.rows, base.rows if base else 0, show=shown, same=same),
        tuple(_change(cell, *sizes, show=True, same=same) for cell in cells),
        _psi(cells, *sizes, same=same),
        Why.SHOWN if cells else Why.SMALL,
    )


def _change(cell: _Cell, head: int, base: int, *, show: bool, same: bool) -> ShareChange:
    now = _bare(share(cell.head, head, show=show))
    if same:
        return ShareChange(KEY, cell.label, now, now)
    before = _bare(share(cell.base or 0, base, show=show and cell.base is not None))
    return ShareChange(KEY, cell.label, before, now)


def _bare(quantity: Quantity) -> Quantity:
    return Quantity(KEY, quantity.value, decimals=quantity.decimals, withheld=quantity.withheld)


def _cells(head: ColumnProfile, base: ColumnProfile | None, least: int) -> list[_Cell]:
    """Large cells that cover all present rows; none when even one does not."""
    if head.levels is not None:
        return _pooled(_levels(head, base), least)
    if head.months is not None:
        return _joined(_pairs(head.months, base.months if base else None), least, LEVELS)
    numbers = head.numbers or head.lengths
    if numbers is None:
        return []
    other = (base.numbers or base.lengths) if base else None
    return _joined(_intervals(numbers, other), least, INTERVALS)


def _pairs(head: dict[str, int], base: dict[str, int] | None) -> list[_Cell]:
    names = sorted({*head, *(base or {})})
    return [_Cell(name, head.get(name, 0), None if base is None else base.get(name, 0)) for name in names]


def _levels(head: ColumnProfile, base: ColumnProfile | None) -> list[_Cell]:
    assert head.levels is not None
    other = base.levels if base and base.levels else None
    cells = _pairs(head.levels.counts, other.counts if other else None)
    return [*cells, _Cell("(other)", head.levels.other, other.other if other else None)]


def _pooled(cells: list[_Cell], least: int) -> list[_Cell]:
    """Small levels go to ``(other)``, with the next smallest until that is large; at most ``LEVELS`` stay."""
    pool = cells[-1]
    order = sorted(cells[:-1], key=lambda cell: (cell.large(least), cell.head, cell.label))
    while order and (not order[0].large(least) or len(order) > LEVELS or (_some(pool) and not pool.large(least))):
        pool = pool.plus(order.pop(0), "(other)")
    if _some(pool) and not pool.large(least):
        return []
    names = {cell.label for cell in order}
    return [cell for cell in cells if cell.label in names] + ([pool] if _some(pool) else [])


def _some(cell: _Cell) -> bool:
    return bool(cell.head or cell.base)


def _intervals(head: NumberSummary, base: NumberSummary | None) -> list[_Cell]:
    keys = sorted({*head.histogram, *(base.histogram if base else {})})
    before = None if base is None else base.histogram
    return [
        _Cell(f"{lower_edge(key):.6g}", head.histogram.get(key, 0), None if before is None else before.get(key, 0))
        for key in keys
    ]


def lower_edge(key: int) -> float:
    """The lower edge of a histogram bucket by its key."""
    bits = (abs(key) + (1 if key < 0 else 0)) << _SHIFT
    size = float(struct.unpack("<d", struct.pack("<Q", bits))[0])
    return -size if key < 0 else size


def _joined(cells: Sequence[_Cell], least: int, most: int) -> list[_Cell]:
    """Neighbours together, in at most ``most`` cells of about equal size, each large. Labels are lower edges: ``from 40``.

    The first cell's label is its upper edge (``below 40``), so that no minimum is shown, and the last shows no maximum.
    """
    if not cells:
        return []
    aim = math.ceil(sum(cell.head for cell in cells) / most)
    joined: list[_Cell] = []
    for cell in cells:
        last = joined[-1] if joined else None
        if last is not None and (last.head < aim or not last.large(least)):
            joined[-1] = last.plus(cell, last.label)
        else:
            joined.append(cell)
    while len(joined) > 1 and not joined[-1].large(least):
        tail = joined.pop()
        joined[-1] = joined[-1].plus(tail, joined[-1].label)
    if not joined[-1].large(least):
        return []
    if len(joined) == 1:
        return [_Cell("any", joined[0].head, joined[0].base)]
    first = _Cell(f"below {joined[1].label}", joined[0].head, joined[0].base)
    return [first, *(_Cell(f"from {cell.label}", cell.head, cell.base) for cell in joined[1:])]


def _psi(cells: list[_Cell], head: int, base: int, *, same: bool) -> Quantity:
    """Population stability index of the shown, rounded shares (Siddiqi 2006): a function of what is published."""
    if same:
        return Quantity(KEY, 0.0, decimals=GROUP_DECIMALS)
    if not cells or cells[0].base is None:
        return Quantity(KEY, None, withheld=Why.UNDEFINED if not cells else Why.NEARLY_SHOWN)
    total = 0.0
    for cell in cells:
        now = max(share(cell.head, head, show=True).value or 0.0, 0.005)
        before = max(share(cell.base or 0, base, show=True).value or 0.0, 0.005)
        total += (now - before) * math.log(now / before)
    return Quantity(KEY, round(total, GROUP_DECIMALS), decimals=GROUP_DECIMALS)
