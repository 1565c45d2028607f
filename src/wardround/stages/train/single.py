"""How well each feature alone ranks the outcome: one that does so almost perfectly is suspected to know it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from wardround.evidence.training import SingleFeature
from wardround.stages.features.spec import FeatureSpec

Matrix = NDArray[np.float64]


def auroc(outcome: Matrix, score: Matrix) -> float | None:
    """The Mann-Whitney form of the AUROC, ties half; None when a class is absent."""
    events = outcome == 1
    n1 = int(events.sum())
    n0 = len(outcome) - n1
    if not n1 or not n0:
        return None
    return float((rankdata(score)[events].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def single_features(
    matrix: Matrix, outcome: Matrix, subject: NDArray[np.int64], spec: FeatureSpec
) -> tuple[SingleFeature, ...]:
    """One entry a feature, in the spec's order. Values are ranked where they are there; being missing is ranked, too."""
    half = subject % 2
    result = []
    for place, name in enumerate(spec.names):
        column = matrix[:, place]
        missing = np.isnan(column)
        if name in spec.categorical:
            by_value = auroc(outcome, _rates(np.where(missing, -1, column), outcome, half))
        else:
            by_value = _either_way(auroc(outcome[~missing], column[~missing]))
        by_missing = _either_way(auroc(outcome, missing.astype(np.float64)))
        if by_missing is not None and missing.any() and (by_value is None or by_missing > by_value):
            result.append(SingleFeature(feature=name, auroc=by_missing, by="missing"))
        else:
            best = None if by_value is None else max(by_value, 1 - by_value)
            result.append(SingleFeature(feature=name, auroc=best))
    return tuple(result)


def _either_way(value: float | None) -> float | None:
    return None if value is None else max(value, 1 - value)


def _rates(codes: Matrix, outcome: Matrix, half: NDArray[np.int64]) -> Matrix:
    """Each row's level's event rate among the other half of the subjects; the overall rate for a level that is not there."""
    levels, place = np.unique(codes, return_inverse=True)
    result = np.empty(len(codes))
    for own in (0, 1):
        other = half != own
        n = np.bincount(place[other], minlength=len(levels))
        events = np.bincount(place[other], weights=outcome[other], minlength=len(levels))
        overall = outcome[other].mean() if other.any() else 0.0
        # One event and one non-event at the overall rate keep tiny levels in the middle.
        rate = (events + overall) / (n + 1)
        result[half == own] = rate[place[half == own]]
    return result
