"""Does the served form answer as the trained one? Asked where they are most likely to differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.errors import GateRefusal
from wardround.evidence.training import Parity, ParityCheck
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.serving.forms import LIMITS, Form

Matrix = NDArray[np.float64]
#: Rows of the random checks and the most rows of the others. Project choice.
ROWS = 2000
THRESHOLD_ROWS = 20_000


@dataclass(frozen=True)
class ParityRequest:
    """Both forms as functions from matrix to final probabilities, the training rows, and the seed of the random rows."""

    trained: Callable[[Matrix], Matrix]
    served: Callable[[Matrix], Matrix]
    estimator: Any
    form: Form
    spec: FeatureSpec
    training: Matrix
    seed: int


def check(request: ParityRequest) -> Parity:
    """Compares both forms on every set of rows; probabilities after calibration, as they are answered.

    Raises :class:`GateRefusal` when they differ by more than the limit of the form.
    """
    kind = request.form.kind
    if kind == "none":
        return Parity(form="none", difference=None, limit=None)
    checks = []
    for name, rows in _row_sets(request).items():
        checks.append(ParityCheck(name=name, rows=len(rows), difference=_difference(request, rows)))
    worst = max(item.difference for item in checks)
    limit = LIMITS[kind]
    assert limit is not None
    if worst > limit:
        where = ", ".join(f"{item.name} rows {item.difference:.2g}" for item in checks if item.difference > limit)
        raise GateRefusal(
            f"the served form ({kind}) does not answer as the trained model does",
            where="models/model",
            wanted=f"max |Δp| at most {limit:g}",
            found=where,
            next="set train.serving: none, and report the estimator and its settings",
        )
    return Parity(form=kind, difference=worst, limit=limit, checks=tuple(checks))


def _difference(request: ParityRequest, rows: Matrix) -> float:
    """The largest |Δp|; 1, the most there is, when an answer is no number."""
    if not len(rows):
        return 0.0
    found = float(np.abs(request.trained(rows) - request.served(rows)).max())
    return found if np.isfinite(found) else 1.0


def _row_sets(request: ParityRequest) -> dict[str, Matrix]:
    rng = np.random.default_rng(request.seed)
    training = request.training
    some = training[np.sort(rng.choice(len(training), min(ROWS, len(training)), replace=False))]
    random = _random_rows(rng, request.spec, training)
    on, beside = _threshold_rows(rng, request.estimator, random)
    missing = random.copy()
    missing[rng.random(missing.shape) < 0.5] = np.nan
    missing[0] = np.nan
    return {
        "random": random,
        "training": some,
        "thresholds": on,
        "beside_thresholds": beside,
        "missing": missing,
        "unseen": _unseen_rows(rng, request.spec, random, training),
    }


def _random_rows(rng: np.random.Generator, spec: FeatureSpec, training: Matrix) -> Matrix:
    """Numbers uniform over one and a half times the range of the training rows, codes uniform over all categories, 10 % missing."""
    rows = np.empty((ROWS, len(spec.names)))
    for place, name in enumerate(spec.names):
        if name in spec.categorical:
            rows[:, place] = rng.integers(len(spec.categorical[name]), size=ROWS)
            continue
        known = training[:, place][~np.isnan(training[:, place])]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        margin = (high - low) / 4 or 1.0
        rows[:, place] = rng.uniform(low - margin, high + margin, ROWS)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    return rows


def _threshold_rows(rng: np.random.Generator, estimator: Any, random: Matrix) -> tuple[Matrix, Matrix]:
    """Rows with one value exactly on a split threshold, and one double below and above it."""
    splits = thresholds(estimator)
    if not len(splits):
        return random[:0], random[:0]
    if len(splits) > THRESHOLD_ROWS:
        splits = splits[np.sort(rng.choice(len(splits), THRESHOLD_ROWS, replace=False))]
    place, value = splits[:, 0].astype(np.int64), splits[:, 1]
    on = random[rng.integers(len(random), size=len(splits))]
    rows = np.arange(len(splits))
    below, above = on.copy(), on.copy()
    on[rows, place] = value
    below[rows, place] = np.nextafter(value, -np.inf)
    above[rows, place] = np.nextafter(value, np.inf)
    return on, np.concatenate([below, above])


def thresholds(estimator: Any) -> Matrix:
    """All distinct (matrix column, threshold) of numeric splits of a tree ensemble, sorted; no rows for other estimators."""
    found: list[Matrix] = []
    if hasattr(estimator, "_predictors"):
        order = _columns_inside(estimator)
        for trees in estimator._predictors:  # noqa: SLF001 - the only place where the thresholds are
            for tree in trees:
                nodes = tree.nodes[(tree.nodes["is_leaf"] == 0) & (tree.nodes["is_categorical"] == 0)]
                found.append(np.column_stack([order[nodes["feature_idx"]], nodes["num_threshold"]]))
    else:
        for tree in np.ravel(np.asarray(getattr(estimator, "estimators_", []), dtype=object)):
            inner = getattr(tree, "tree_", None)
            if inner is not None:
                real = inner.feature >= 0
                found.append(np.column_stack([inner.feature[real].astype(np.float64), inner.threshold[real]]))
    stacked = np.concatenate(found) if found else np.empty((0, 2))
    return np.unique(stacked[np.isfinite(stacked).all(axis=1)], axis=0)


def _columns_inside(estimator: Any) -> NDArray[np.int64]:
    """HistGradientBoosting puts categorical columns first inside; this maps its columns to those of the matrix."""
    categorical = getattr(estimator, "is_categorical_", None)
    if categorical is None or getattr(estimator, "_preprocessor", None) is None:
        return np.arange(estimator.n_features_in_)
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])


def _unseen_rows(rng: np.random.Generator, spec: FeatureSpec, random: Matrix, training: Matrix) -> Matrix:
    """Codes of declared categories that no training row has, and numbers far outside what training saw."""
    rows = random.copy()
    for place, name in enumerate(spec.names):
        if name in spec.categorical:
            absent = np.setdiff1d(np.arange(len(spec.categorical[name])), training[:, place])
            if len(absent):
                rows[:, place] = rng.choice(absent, len(rows))
        else:
            far = rng.random(len(rows)) < 0.3
            rows[far, place] = rng.choice([-1e9, 1e9, 0.0, -0.0, 1e-300], int(far.sum()))
    return rows
