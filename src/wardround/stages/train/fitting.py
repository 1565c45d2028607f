"""Fits the team's estimator so that its probabilities stay honest: class weights are taken out again, then it is recalibrated."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from wardround.errors import Problem, UsageError
from wardround.project.params import Params
from wardround.project.sections import ModelSection, TrainSection
from wardround.stages import team
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.serving.forms import positive
from wardround.stages.serving.scorer import calibrated
from wardround.stats.recalibration import FITS, Recalibration

Matrix = NDArray[np.float64]
EXAMPLE = "def build(spec: FeatureSpec, settings: Mapping[str, Any], seed: int) -> an estimator with predict_proba"
#: scikit-learn bins each feature into at most so many values, categories included.
MOST_CATEGORIES = 255
#: Up to so many matrix cells trees are fitted on one thread. Project choice: 250,000 rows of 40 features. On two
#: idle cores two threads save a third of 3 s; on two busy ones they took ten times as long.
SMALL_CELLS = 10_000_000


@dataclass(frozen=True)
class Recipe:
    """How an estimator is made: the team's ``build``, the spec, the settings with what the search chose, and the seed."""

    function: team.TeamFunction
    spec: FeatureSpec
    model: ModelSection
    chosen: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, spec: FeatureSpec, params: Params, chosen: Mapping[str, Any] | None = None) -> Recipe:
        """The recipe of ``pipelines/model.py``."""
        return cls(team.load(path, "build", example=EXAMPLE), spec, params.model, dict(chosen or {}))

    @property
    def settings(self) -> dict[str, Any]:
        """What ``build`` is given: ``kind``, the params' settings, and over them those that the search chose."""
        return {"kind": self.model.kind, **self.model.settings, **self.chosen}

    def estimator(self, extra: Mapping[str, Any] | None = None, *, seed: int | None = None) -> Any:
        """A new, unfitted estimator. Raises :class:`UsageError` for settings that it does not take."""
        self._check()
        settings = {**self.settings, **(extra or {})}
        with self.function.explained(
            "the model cannot be made",
            next="look at model.settings in params.yaml: a name that the estimator does not know?",
        ):
            made = self.function.call(self.spec, settings, self.model.seed if seed is None else seed)
        if not hasattr(made, "fit") or not hasattr(made, "predict_proba"):
            raise UsageError(
                "build returns no classifier", where=self.function.where, wanted=EXAMPLE, found=type(made).__name__
            )
        return made

    def _check(self) -> None:
        if self.model.kind != "hist_gradient_boosting":
            return
        wide = [name for name in self.spec.names if len(self.spec.categorical.get(name, ())) > MOST_CATEGORIES]
        if wide:
            raise UsageError(
                problems=[
                    Problem(
                        "the feature has more categories than gradient boosting takes",
                        where=f"pipelines/features.py: {name}",
                        wanted=f"at most {MOST_CATEGORIES}",
                        found=f"{len(self.spec.categorical[name])}",
                        next="group codes (their first letters, a clinical grouper), keep the frequent ones, or use logistic_regression",
                    )
                    for name in wide
                ]
            )


@dataclass(frozen=True)
class Fitted:
    """A fitted estimator with the maps that turn its raw answers into probabilities.

    ``shift`` is the prior correction in logits. ``inert`` are features without any value in the rows fitted on.
    """

    estimator: Any
    calibration: tuple[Recalibration, ...]
    shift: float
    inert: tuple[str, ...]

    def probabilities(self, matrix: Matrix) -> Matrix:
        """Probabilities of the event from the trained (not the served) form."""
        with steady_threads(matrix.size):
            return calibrated(positive(self.estimator, matrix), self.calibration)


@contextmanager
def steady_threads(cells: int) -> Iterator[None]:
    """BLAS on one thread, because its sums depend on how many there are.

    scikit-learn's own trees give the same bits with any number (a test checks it); they get one for small data (``cells`` is rows
    times features), where threads wait for each other longer than they work, above all on a busy machine.
    """
    with threadpool_limits(1, user_api="blas" if cells > SMALL_CELLS else None):
        yield


def fit(recipe: Recipe, matrix: Matrix, outcome: Matrix, train: TrainSection, *, seed: int | None = None) -> Fitted:
    """Fits on ``matrix`` (rows, features) and ``outcome`` (0 or 1), without recalibration.

    With ``imbalance: weight`` both classes weigh the same while fitting (weights n/2n₁ and n/2n₀); the log odds are then shifted
    by log(n₁/n₀), which undoes it exactly (Elkan 2001, theorem 2; King & Zeng 2001, prior correction).

    Raises :class:`UsageError` when only one class is there, or the estimator refuses the data.
    """
    events = int(outcome.sum())
    others = len(outcome) - events
    if not events or not others:
        raise UsageError(
            "a model needs both outcomes in the training rows",
            where="data/split.parquet: train",
            wanted="events and non-events",
            found="no training row has a label" if not len(outcome) else f"only {'events' if events else 'non-events'}",
            next="look at data.columns.outcome, data.positive and data.window in params.yaml",
        )
    inert: NDArray[np.bool_] = np.asarray(np.isnan(matrix).all(axis=0))
    if inert.any():
        # A column without any value breaks scikit-learn's binning. As a constant it says nothing, and nothing is split on it.
        matrix = np.where(inert[None, :], 0.0, matrix)
    estimator = recipe.estimator(seed=seed)
    weights = None
    shift = 0.0
    if train.imbalance == "weight":
        weights = np.where(outcome == 1, len(outcome) / (2 * events), len(outcome) / (2 * others))
        shift = math.log(events / others)
    _fit_quietly(estimator, matrix, outcome.astype(np.int64), weights)
    names = tuple(name for name, is_inert in zip(recipe.spec.names, inert, strict=True) if is_inert)
    correction = (Recalibration("intercept", intercept=shift),) if shift else ()
    return Fitted(estimator, correction, shift, names)


def _fit_quietly(estimator: Any, matrix: Matrix, outcome: NDArray[np.int64], weights: Matrix | None) -> None:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import Pipeline

    keywords: dict[str, Any] = {}
    if weights is not None:
        name = f"{estimator.steps[-1][0]}__sample_weight" if isinstance(estimator, Pipeline) else "sample_weight"
        keywords[name] = weights
    try:
        with steady_threads(matrix.size), warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            estimator.fit(matrix, outcome, **keywords)
    except ConvergenceWarning as error:
        raise UsageError(
            "the model did not converge",
            where="params.yaml: model.settings",
            next="raise max_iter or strengthen the regularisation (a smaller C)",
        ) from error
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{type(estimator).__name__} refuses to be fitted: {_first_line(error)}",
            where="params.yaml: model.settings",
            next="correct the settings",
        ) from error


def _first_line(error: Exception) -> str:
    """scikit-learn quotes settings in its messages, never a cell: the matrix that it sees holds numbers and codes only."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def recalibrate(fitted: Fitted, kind: str, matrix: Matrix, outcome: Matrix) -> Fitted:
    """Adds a recalibration fitted on rows that the model has not seen (the validation split).

    Raises :class:`UsageError` when it cannot be fitted there.
    """
    if kind == "none":
        return fitted
    try:
        if not len(outcome):
            raise ValueError("the validation split has no labelled encounter")  # noqa: TRY301
        found = FITS[kind](fitted.probabilities(matrix), outcome)
    except ValueError as error:
        raise UsageError(
            f"the recalibration cannot be fitted: {error}",
            where="params.yaml: train.recalibration",
            wanted="a validation split with both outcomes, and scores that differ",
            next="enlarge split.validation, choose intercept, or set train.recalibration: none",
        ) from error
    return Fitted(fitted.estimator, (*fitted.calibration, found), fitted.shift, fitted.inert)
