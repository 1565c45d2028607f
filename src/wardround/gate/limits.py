"""Three answers from one interval: inside the limits, outside them, or too little to say.

All of them are monotone: moving an estimate with its interval towards the worse, or widening the interval, never turns a
refusal or *cannot tell* into a pass.
"""

from __future__ import annotations

from wardround.gate.facts import Interval
from wardround.values import Verdict


def between(limits: Interval, lower: float, upper: float) -> Verdict:
    """Whether a measure with a target (slope, O/E) lies within ``lower`` to ``upper``.

    Refuse: the whole interval lies outside. Cannot tell: the interval is wider than the limits are apart, or the estimate
    is outside while the interval reaches inside. Pass: the estimate is inside and the interval is narrow enough.
    Precision as a condition follows Riley et al. 2021 (Statistics in Medicine 40:4230), who plan validation studies by the
    width of the interval; taking the width of the limits as bound is a project choice.
    """
    if limits.high < lower or limits.low > upper:
        return Verdict.REFUSE
    if limits.width > upper - lower or not lower <= limits.value <= upper:
        return Verdict.CANNOT_TELL
    return Verdict.PASS


def at_least(limits: Interval, least: float, lowest: float | None = None) -> Verdict:
    """Whether a measure reaches ``least``.

    Refuse: the whole interval lies below. Cannot tell: the estimate lies below while the interval reaches up to it, or the
    interval reaches below ``lowest``, when that is given. Otherwise pass.
    """
    if limits.high < least:
        return Verdict.REFUSE
    if limits.value < least or (lowest is not None and limits.low < lowest):
        return Verdict.CANNOT_TELL
    return Verdict.PASS


def at_most(limits: Interval, most: float) -> Verdict:
    """Whether a measure stays at or below ``most``; the mirror of :func:`at_least`."""
    return at_least(Interval(-limits.value, -limits.high, -limits.low), -most)
