"""Counts in a margin (sites, months, categories): complementary suppression on one line (DESIGN §9.5)."""

from __future__ import annotations

from collections.abc import Mapping

from wardround.disclosure.published import KEY, Count, LevelCount, Quantity, Why
from wardround.disclosure.rounding import GROUP_DECIMALS, to_ten, wilson


def shown_levels(counts: Mapping[str, int], total: int, allowed: Mapping[str, bool], least: int) -> tuple[str, ...]:
    """The levels whose counts may be shown beside their total.

    Those that are large (and ``allowed``); then the smallest are hidden too until what is left of the total is large. The total
    minus all shown levels is exactly nothing only if no level is hidden.
    """
    able = sorted(
        (level for level, count in counts.items() if count >= least and allowed.get(level, True)),
        key=lambda level: (counts[level], level),
    )
    while able:
        left = total - sum(counts[level] for level in able)
        if left >= least or (left == 0 and len(able) == len(counts)):
            break
        del able[0]
    return tuple(level for level in counts if level in able)


def count(number: int, *, show: bool = True) -> Count:
    """The count rounded to 10, or withheld."""
    return Count(KEY, to_ten(number)) if show else Count(KEY, None, Why.SMALL)


def share(some: int, of: int, *, show: bool, decimals: int = GROUP_DECIMALS) -> Quantity:
    """A share of rounded counts, with its Wilson interval."""
    if not show or of <= 0:
        return Quantity(KEY, None, withheld=Why.SMALL)
    ratio = wilson(to_ten(some), max(to_ten(of), to_ten(some)))
    value, low, high = (round(number, decimals) for number in (ratio.value, ratio.low, ratio.high))
    return Quantity(KEY, value, low, high, decimals=decimals)


def margin(counts: Mapping[str, int], total: int, sizes: Mapping[str, int], least: int) -> tuple[LevelCount, ...]:
    """All levels of a margin, in their order; ``sizes`` are the rows of each level, which bound its share."""
    full = {level: counts.get(level, 0) for level in (sizes or counts)}
    if sum(full.values()) > total:
        return ()
    allowed = {level: sizes[level] - number >= least for level, number in full.items() if level in sizes}
    able = shown_levels(full, total, allowed, least)
    return tuple(
        LevelCount(
            KEY,
            level,
            count(number, show=level in able),
            share(number, sizes.get(level, 0), show=level in able and level in sizes),
        )
        for level, number in full.items()
    )
