"""Non-inferiority of one paired difference, and how many events it takes to show it.

Accept when the lower limit of the two-sided interval lies above -margin: a one-sided test at half the rest of the
confidence, 0.025 for 95 % (ICH E9 1998, section 3.3.2). The margin is never widened. When the limit is not reached,
the power at no true difference tells *inferior* from *underpowered*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from scipy.special import ndtri, owens_t

from wardround.stats.intervals import quantile

#: AUROC at which a comparison is planned when none is known: the middle of published 30-day readmission models, .6 to
#: .75 (Kansagara et al. 2011; project choice). From .6 to .75 it moves the number of events by a quarter.
PLANNING_AUROC = 0.68


class Conclusion(StrEnum):
    """What one interval allows to be said."""

    SUPERIOR = "superior"
    NON_INFERIOR = "non_inferior"
    INFERIOR = "inferior"
    UNDERPOWERED = "underpowered"

    @property
    def accepts(self) -> bool:
        """Whether the new model is accepted."""
        return self in {Conclusion.SUPERIOR, Conclusion.NON_INFERIOR}


@dataclass(frozen=True)
class Trial:
    """What is fixed before looking: a difference down to ``-margin`` is tolerated (for measures where up is better)."""

    margin: float
    power: float = 0.8
    confidence: float = 0.95


@dataclass(frozen=True)
class Result:
    """The conclusion with its limits, the power at no true difference, and the events that the wanted power needs.

    ``needed`` is None when the events are unknown. It scales the observed error, which includes clustering by subject.
    """

    conclusion: Conclusion
    low: float
    high: float
    power: float
    needed: int | None


def conclude(difference: float, error: float, trial: Trial, events: int | None = None) -> Result:
    """Judges head - reference from its standard error; error 0 (identical scores) leaves the difference itself.

    Raises:
        ValueError: the difference or its error is not a number, or the error is negative: nothing can be said.
    """
    if not (math.isfinite(difference) and error >= 0.0 and math.isfinite(error)):
        raise ValueError("a difference with a standard error is needed")
    half = quantile(trial.confidence) * error
    low, high = difference - half, difference + half
    power = power_at_no_difference(error, trial)
    needed = None if events is None else math.ceil(events * (error / wanted_error(trial)) ** 2)
    return Result(_conclusion(low, high, power, trial), low, high, power, needed)


def power_at_no_difference(error: float, trial: Trial) -> float:
    """Chance to accept a model that is truly equal, given the standard error of the difference."""
    if error == 0.0:
        return 1.0
    return NormalDist().cdf(trial.margin / error - quantile(trial.confidence))


def wanted_error(trial: Trial) -> float:
    """The standard error at which the power is just reached: margin / (z of confidence + z of power)."""
    return trial.margin / (quantile(trial.confidence) + NormalDist().inv_cdf(trial.power))


def planned_events(
    margin: float, prevalence: float, correlation: float, power: float = 0.8, auroc: float = PLANNING_AUROC
) -> int | None:
    """Events so that two equally good models are told non-inferior in AUROC with ``power``; None if there is no plan.

    Scores are taken to be binormal with equal spread and ``correlation`` within events and within non-events. Then
    DeLong's variances have a closed form: with h the normal quantile of the AUROC, the covariance of two models'
    placements is B(h, h; correlation / 2) - AUROC², B the bivariate normal distribution (for one model, correlation 1).
    Encounters are taken as independent; clustering by subject needs more. At margin .01 and prevalence .11 a
    correlation of .8 / .9 / .95 needs about 2,700 / 1,400 / 700 events.
    """
    inside = 0.0 < prevalence < 1.0 and -1.0 <= correlation <= 1.0 and 0.0 < power < 1.0 and 0.0 < auroc < 1.0
    if not inside or margin <= 0.0:
        return None
    spread = _both_below(auroc, 0.5) - _both_below(auroc, correlation / 2.0)
    per_event = 2.0 * spread * (1.0 + prevalence / (1.0 - prevalence))
    return math.ceil(per_event / wanted_error(Trial(margin, power)) ** 2)


def _both_below(auroc: float, correlation: float) -> float:
    """P(X < h, Y < h) for standard normals with that correlation and P(X < h) = auroc (Owen 1956)."""
    skew = math.sqrt((1.0 - correlation) / (1.0 + correlation))
    return auroc - 2.0 * float(owens_t(float(ndtri(auroc)), skew))


def _conclusion(low: float, high: float, power: float, trial: Trial) -> Conclusion:
    if low > 0.0:
        return Conclusion.SUPERIOR
    if low > -trial.margin:
        return Conclusion.NON_INFERIOR
    if high <= -trial.margin or power >= trial.power:
        return Conclusion.INFERIOR
    return Conclusion.UNDERPOWERED
