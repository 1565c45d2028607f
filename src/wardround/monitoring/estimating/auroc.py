"""The AUROC that scores announce by themselves, when each is right about its own encounter.

If an encounter with the score p has the event with probability p, pairs of an event and a non-event in the right order are expected in a
number that follows from the scores alone (confidence-based performance estimation: NannyML's CBPE; the model-based c-statistic of van
Klaveren et al. 2016, Statistics in Medicine 35:4136). It follows a change of who comes. It cannot see a change of what the inputs mean:
then the scores are wrong, and the estimate with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import ScoreTable
from wardround.stats.logistic import fit_logistic, logit
from wardround.stats.recalibration import Recalibration
from wardround.stats.sorting import ascending_order

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Announced:
    """The expected AUROC and the standard error of a realised one around it, clustered by subject."""

    value: float
    error: float


def expected_auroc(probability: Floats, subject: NDArray[np.int64]) -> Announced | None:
    """From probabilities (n,) and subject codes (n,); None when no event, or no non-event, is to be expected.

    The error covers who comes and the chance of each outcome. Equal scores count half; an encounter is not paired with itself.
    """
    if probability.size < 2:
        return None
    order, p = ascending_order(np.ascontiguousarray(probability))
    new = np.append(True, p[1:] != p[:-1])
    block = np.cumsum(new) - 1
    events = np.bincount(block, weights=p)
    others = np.bincount(block, weights=1.0 - p)
    all_events, all_others = float(events.sum()), float(others.sum())
    own = float(np.sum(p * (1.0 - p)))
    pairs = all_events * all_others - own
    if all_events < 1e-9 or all_others < 1e-9 or pairs <= 0.0:
        return None
    below_others = np.cumsum(others) - others + 0.5 * others
    above_events = all_events - np.cumsum(events) + 0.5 * events
    value = float((np.sum(events * below_others) - 0.5 * own) / pairs)
    as_event = below_others[block] / all_others - value
    as_other = above_events[block] / all_events - value
    # what an encounter brings: its expectation, and the chance of its outcome
    brings = p * as_event / all_events + (1.0 - p) * as_other / all_others
    chance = p * (1.0 - p) * (as_event / all_events - as_other / all_others) ** 2
    codes = np.unique(subject[order], return_inverse=True)[1]
    sums = np.bincount(codes, weights=brings)
    return Announced(min(max(value, 0.0), 1.0), float(np.sqrt(np.sum(sums * sums) + chance.sum())))


def validated_calibration(table: ScoreTable | None) -> Recalibration | None:
    """The recalibration that what was validated asks for, from its score bins; None where they do not tell.

    Scores that were too extreme or too low at validation would announce another AUROC than the one that was there.
    """
    if table is None:
        return None
    n, events = np.asarray(table.n, np.float64), np.asarray(table.events, np.float64)
    mean = np.divide(np.asarray(table.expected), n, out=np.zeros_like(n), where=n > 0)
    filled = n > 0
    if np.count_nonzero(filled) < 3:
        return None
    scores = logit(mean[filled])
    fit = fit_logistic(np.vstack([np.ones_like(scores), scores]), events[filled], n[filled])
    if not fit.converged or fit.coefficients[1] <= 0.0:
        return None
    return Recalibration("platt", float(fit.coefficients[0]), float(fit.coefficients[1]))
