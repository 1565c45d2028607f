"""Curves over thresholds and scores: confusion counts, decision curve, calibration curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.stats.calibration import Calibration
from wardround.stats.sample import Floats, Ints, Ranked


@dataclass(frozen=True)
class Confusion:
    """Counts at each threshold, flagged meaning score >= threshold; all of shape (thresholds,)."""

    true_positive: Ints
    false_positive: Ints
    false_negative: Ints
    true_negative: Ints


def confusion(ranked: Ranked, thresholds: tuple[float, ...]) -> Confusion:
    """Confusion counts at the thresholds."""
    at = ranked.positions(thresholds)
    missed = ranked.events_before(at)
    hits = ranked.sample.events - missed
    flagged = ranked.sample.n - at
    return Confusion(hits, flagged - hits, missed, at - missed)


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit (Vickers & Elkin 2006) of the model and of flagging everybody; flagging nobody has 0."""

    thresholds: Floats
    model: Floats
    everybody: Floats


def decision_curve(ranked: Ranked, thresholds: tuple[float, ...]) -> DecisionCurve:
    """Net benefit at each threshold, which must lie in [0, 1)."""
    table, grid = confusion(ranked, thresholds), np.asarray(thresholds, dtype=np.float64)
    odds, n = grid / (1.0 - grid), ranked.sample.n
    prevalence = ranked.sample.events / n
    model = (table.true_positive - table.false_positive * odds) / n
    return DecisionCurve(grid, model, prevalence - (1.0 - prevalence) * odds)


@dataclass(frozen=True)
class CalibrationCurve:
    """Smoothed observed risk over the pooled scores, ascending, and how many encounters each pool holds."""

    score: Floats
    observed: Floats
    n: NDArray[np.float64]


def calibration_curve(calibration: Calibration) -> CalibrationCurve:
    """The curve whose mean distance from the diagonal is the ICI."""
    return CalibrationCurve(calibration.pool_mean, calibration.observed, calibration.pool_n)
