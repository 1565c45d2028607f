"""Limits that tell no patient's value: rounded outwards, with slack."""

from __future__ import annotations

import math

#: Mantissas of round limits.
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
#: Extra room beyond the observed span, so that the next month's extreme is no violation. Project choice.
_SLACK = 0.2


def outwards(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Round limits around ``low`` to ``high`` with a fifth of the span as slack; never below zero if ``low`` is not."""
    span = high - low or abs(high) or 1.0
    lower, upper = low - _SLACK * span, high + _SLACK * span
    lower = max(0.0, lower) if low >= 0 else lower
    upper = min(0.0, upper) if high <= 0 else upper
    least, most = _magnitude(lower, up=False), _magnitude(upper, up=True)
    return (math.floor(least), math.ceil(most)) if whole else (least, most)


def _magnitude(value: float, *, up: bool) -> float:
    """The nearest round number above or below."""
    if value == 0 or not math.isfinite(value):
        return value
    away = up == (value > 0)
    exponent = math.floor(math.log10(abs(value)))
    scale = 10.0**exponent
    mantissa = abs(value) / scale
    chosen = (
        next((step for step in _ROUND if step >= mantissa - 1e-12), 10.0)
        if away
        else next((step for step in reversed(_ROUND) if step <= mantissa + 1e-12), 1.0)
    )
    return math.copysign(float(f"{chosen * scale:.12g}"), value)


def share_allowed(count: int, rows: int, min_cell: int) -> float:
    """A tolerated share of rows for ``count`` odd ones, on a coarse grid: counts up to ``min_cell`` give the same share.

    Twice what was seen, so that the next snapshot passes, too (project choice).
    """
    wanted = 2 * max(count, min_cell) / max(1, rows)
    for exponent in range(-7, 0):
        for step in (1, 2, 5):
            share = float(f"{step * 10.0**exponent:.12g}")
            if share >= wanted:
                return share
    return min(1.0, math.ceil(wanted * 10) / 10)


def coarse(share: float) -> float:
    """A share to whole percent, for people to read."""
    return round(share, 2)
