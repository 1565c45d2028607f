"""Adds profiles of the parts of a table: the result equals the profile of the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from typing import TypeVar

from wardround.evidence.profile import ColumnProfile, LevelCounts, NumberSummary, Profile
from wardround.profile.exact import added
from wardround.profile.levels import fold

K = TypeVar("K", int, str)


def merge(profiles: Sequence[Profile]) -> Profile:
    """The profile of all parts together.

    Raises ``ValueError`` when there is none, or when they do not describe the same columns.
    """
    if not profiles:
        msg = "there is no profile to merge"
        raise ValueError(msg)
    return reduce(_pair, profiles)


def _pair(left: Profile, right: Profile) -> Profile:
    shapes = [[(column.name, column.kind) for column in profile.columns] for profile in (left, right)]
    if shapes[0] != shapes[1]:
        msg = "the profiles describe other columns, so they cannot be merged"
        raise ValueError(msg)
    columns = tuple(_column(one, other) for one, other in zip(left.columns, right.columns, strict=True))
    return Profile(rows=left.rows + right.rows, columns=columns)


def _column(left: ColumnProfile, right: ColumnProfile) -> ColumnProfile:
    return ColumnProfile(
        name=left.name,
        kind=left.kind,
        rows=left.rows + right.rows,
        missing=left.missing + right.missing,
        numbers=_numbers(left.numbers, right.numbers),
        levels=_levels(left.levels, right.levels),
        months=_counts(left.months, right.months) if left.months is not None and right.months is not None else None,
        lengths=_numbers(left.lengths, right.lengths),
    )


def _numbers(left: NumberSummary | None, right: NumberSummary | None) -> NumberSummary | None:
    if left is None or right is None:
        return left or right
    return NumberSummary(
        count=left.count + right.count,
        infinite=left.infinite + right.infinite,
        total=added(left.total, right.total),
        squares=added(left.squares, right.squares),
        histogram=_counts(left.histogram, right.histogram),
    )


def _levels(left: LevelCounts | None, right: LevelCounts | None) -> LevelCounts | None:
    if left is None or right is None:
        return left or right
    if left.cap != right.cap:
        msg = "the profiles were made with other caps, so they cannot be merged"
        raise ValueError(msg)
    counts, more = fold(_counts(left.counts, right.counts), left.cap)
    return LevelCounts(counts=dict(sorted(counts.items())), other=left.other + right.other + more, cap=left.cap)


def _counts(left: dict[K, int], right: dict[K, int]) -> dict[K, int]:
    both = Counter(left)
    both.update(right)
    return {key: both[key] for key in sorted(both)}
