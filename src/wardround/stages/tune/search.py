"""Random search, and successive halving (Jamieson & Talwalkar 2016): bad candidates are dropped on a share of the subjects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.tuning import Trial
from wardround.project.sections import TrainSection, TuneSection
from wardround.stages.train.fitting import Recipe, fit
from wardround.stages.train.single import auroc
from wardround.stages.tune.folds import FoldRows, some_subjects

#: The share of candidates that a round of halving keeps is one in so many (scikit-learn's default).
FACTOR = 3


@dataclass(frozen=True)
class SearchRequest:
    """The training rows as matrix, outcome and subject codes, their folds, and what to search."""

    recipe: Recipe
    matrix: NDArray[np.float64]
    outcome: NDArray[np.float64]
    subject: NDArray[np.int64]
    folds: tuple[FoldRows, ...]
    tune: TuneSection
    train: TrainSection


def candidates(tune: TuneSection) -> list[dict[str, Any]]:
    """The project's own settings first, so that a search never chooses worse than them; then distinct draws from the space."""
    from sklearn.model_selection import ParameterSampler

    space = {name: list(values) for name, values in sorted(tune.space.items())}
    size = math.prod(len(values) for values in space.values())
    drawn = ParameterSampler(space, min(tune.trials, size), random_state=tune.seed)
    return [{}, *(dict(sorted(item.items())) for item in drawn)]


def search(request: SearchRequest) -> tuple[Trial, ...]:
    """Every trial of every round, the best of the last round first, then earlier rounds. Deterministic in the request."""
    tried = candidates(request.tune)
    if request.tune.method == "random":
        return tuple(_ranked([_trial(request, settings, 1.0, 0) for settings in tried]))
    rounds = max(1, math.ceil(math.log(len(tried), FACTOR)))
    done: list[list[Trial]] = []
    for number in range(rounds):
        share = FACTOR ** -(rounds - 1 - number)
        done.append(_ranked([_trial(request, settings, share, number) for settings in tried]))
        keep = max(1, math.ceil(len(tried) / FACTOR))
        survivors = [trial.settings for trial in done[-1][:keep]]
        tried = [settings for settings in tried if settings in survivors]
    return tuple(trial for own in reversed(done) for trial in own)


def _trial(request: SearchRequest, settings: Mapping[str, Any], share: float, number: int) -> Trial:
    """One candidate on every fold, fitted on a share of each fold's subjects and scored on all of its later ones."""
    scores, rows = [], 0
    for fold in request.folds:
        own = some_subjects(fold.fitted, request.subject, share, request.tune.seed) if share < 1 else fold.fitted
        outcome = request.outcome[own]
        if outcome.min(initial=1) == outcome.max(initial=0) or not len(fold.scored):
            continue
        rows += len(own)
        recipe = Recipe(request.recipe.function, request.recipe.spec, request.recipe.model, dict(settings))
        fitted = fit(recipe, request.matrix[own], outcome, request.train)
        score = auroc(request.outcome[fold.scored], fitted.probabilities(request.matrix[fold.scored]))
        if score is not None:
            scores.append(score)
    mean = float(np.mean(scores)) if scores else None
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else None
    return Trial(settings=dict(settings), auroc=mean, spread=spread, rank=0, round=number, rows=rows)


def _ranked(trials: list[Trial]) -> list[Trial]:
    """Best first; equal ones stay in the order in which they were drawn, so that ties never depend on anything else."""
    order = sorted(range(len(trials)), key=lambda place: (-(trials[place].auroc or 0.0), place))
    return [trials[place].model_copy(update={"rank": rank}) for rank, place in enumerate(order, start=1)]
