"""Counts in a margin (sites, months, categories): complementary suppression on one line (DESIGN §9.5)."""

from __future__ import annotations

from collections.abc import Mapping

from wardround.disclosure.published import KEY, Count, LevelCount, Quantity, Why
from wardround.disclosure.rounding import GROUP_DECIMALS, to_ten, wilson


def shown_levels(
    counts: Mapping[str, int], total: int, least: int, spared: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """The levels whose counts may be shown beside their total.

    Those that are large; then the smallest are hidden too until what is left of the total is large. The total minus all shown
    levels is exactly nothing only if no level is hidden. ``spared`` are each level's rows that are not counted; where they are known,
    they are protected in the same way.
    """
    rest = spared or {}
    able = sorted(
        (level for level, number in counts.items() if min(number, rest.get(level, number)) >= least),
        key=lambda level: (counts[level], level),
    )
    while able:
        left = total - sum(counts[level] for level in able)
        hidden = [level for level in counts if level not in able]
        if not hidden and left == 0:
            break
        if left >= least and (not hidden or not rest or sum(rest.get(level, 0) for level in hidden) >= least):
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
    spared = {level: sizes[level] - number for level, number in full.items() if level in sizes}
    able = shown_levels(full, total, least, spared)
    return tuple(
        LevelCount(
            KEY,
            level,
            count(number, show=level in able),
            share(number, sizes.get(level, 0), show=level in able and level in sizes),
        )
        for level, number in full.items()
    )
