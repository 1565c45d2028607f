"""Intervals from an estimate and its standard error, each on the scale where it behaves."""

from __future__ import annotations

import math
from statistics import NormalDist

Interval = tuple[float, float]

#: Measures that lie in [0, 1] and are proportions of encounters.
PROPORTIONS = frozenset({"sensitivity", "specificity", "ppv", "npv"})
_NOT_NEGATIVE = frozenset({"brier", "ici", "ece", "alerts_per_day"})
_AT_MOST_ONE = frozenset({"auroc", "brier", "scaled_brier", "ici", "ece"})


def quantile(confidence: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)


def wilson(successes: float, trials: float, z: float) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927); ``trials`` may be an effective number. Needs trials > 0."""
    share = successes / trials
    denominator = 1.0 + z * z / trials
    centre = (share + z * z / (2.0 * trials)) / denominator
    half = z / denominator * math.sqrt(max(share * (1.0 - share), 0.0) / trials + z * z / (4.0 * trials * trials))
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def clustered_wilson(share: float, error: float, trials: tuple[float, float], z: float) -> Interval:
    """Wilson's interval at the effective number of trials, share (1 - share) / error² (Korn & Graubard 1998).

    ``trials`` are the encounters and the subjects that the share is of. The effective number is at most the
    encounters; a share of 0 or 1 has no error to tell it, and then the subjects count.
    """
    encounters, subjects = trials
    spread = share * (1.0 - share)
    effective = min(encounters, spread / error**2) if error > 0.0 and spread > 0.0 else subjects
    return wilson(share * effective, effective, z)


def observed_expected(observed: float, expected: float, error: float, z: float) -> Interval:
    """Interval of O/E on the log scale from the standard error of O/E; without events, an exact upper limit.

    No events: the lower limit is 0 and the upper the exact Poisson limit -ln(alpha / 2) over ``expected``
    (Garwood 1936).
    """
    if observed <= 0.0:
        tail = 0.5 - (NormalDist().cdf(z) - 0.5)
        return 0.0, -math.log(tail) / expected
    value = observed / expected
    return value * math.exp(-z * error / value), value * math.exp(z * error / value)


def logit_interval(share: float, error: float, z: float) -> Interval:
    """Interval of a share on the logit scale (for AUPRC: Boyd, Eng & Page 2013); at 0 or 1 it is the point."""
    if not 0.0 < share < 1.0:
        return share, share
    centre, half = math.log(share / (1.0 - share)), z * error / (share * (1.0 - share))
    return 1.0 / (1.0 + math.exp(half - centre)), 1.0 / (1.0 + math.exp(-half - centre))


def wald(measure: str, value: float, error: float, z: float) -> Interval:
    """Estimate ± z standard errors, kept within what the measure can be."""
    low, high = value - z * error, value + z * error
    if measure in _NOT_NEGATIVE or measure == "auroc":
        low = max(low, min(0.0, value))
    if measure in _AT_MOST_ONE:
        high = min(high, max(1.0, value))
    return low, high
