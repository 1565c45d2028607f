"""Simple models beside ours, on the same encounters: prevalence, logistic regression, and the clinical score in use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wardround.errors import WardroundError
from wardround.evidence.measures import Baseline
from wardround.project.sections import ModelSection
from wardround.stages.evaluate.material import Floats, Material, populations
from wardround.stages.train.fitting import Recipe, fit, recalibrate
from wardround.stats.recalibration import fit_platt
from wardround.values import Split


def baselines(material: Material) -> tuple[tuple[Baseline, ...], tuple[str, ...]]:
    """The baselines, and why one of them could not be made, as sentences for the limitations."""
    made, missing = [], []
    for name, make in (("prevalence", _prevalence), ("logistic_regression", _logistic), ("clinical_score", _score)):
        try:
            made += [
                Baseline(name=label, populations=populations(material, p, quick=True)) for label, p in make(material)
            ]
        except WardroundError as error:
            missing.append(f"The baseline {name.replace('_', ' ')} could not be made: {error.problems[0].what}.")
    return tuple(made), tuple(missing)


def _prevalence(material: Material) -> Iterator[tuple[str, Floats]]:
    """Everybody gets the share of events among the training rows."""
    outcome = material.table.outcome[material.table.rows(Split.TRAIN)]
    yield "prevalence", np.full(len(material.table.outcome), float(outcome.mean()))


def _logistic(material: Material) -> Iterator[tuple[str, Floats]]:
    """Logistic regression on the same features, with the same recalibration; left out where it is the model itself."""
    if material.params.model.kind == "logistic_regression":
        return
    table, params = material.table, material.params
    section = ModelSection(kind="logistic_regression", seed=params.model.seed)
    recipe = Recipe.load(
        material.project.layout.model_code, material.scorer.spec, params.model_copy(update={"model": section})
    )
    rows, held = table.rows(Split.TRAIN), table.rows(Split.VALIDATION)
    fitted = fit(recipe, table.matrix[rows], table.outcome[rows], params.train)
    fitted = recalibrate(fitted, params.train.recalibration, table.matrix[held], table.outcome[held])
    yield "logistic_regression", fitted.probabilities(table.matrix)


def _score(material: Material) -> Iterator[tuple[str, Floats]]:
    """The declared score column, turned into probabilities by Platt's map on the validation split.

    Rows without a score get the validation split's share of events.
    """
    column = material.params.evaluate.clinical_score
    if column is None:
        return
    everybody = np.ones(len(material.table.outcome), dtype=bool)
    score = material.rows.columns([column], everybody)[column].to_numpy(dtype=np.float64, na_value=np.nan)
    held = material.table.rows(Split.VALIDATION)
    outcome = material.table.outcome[held]
    known = ~np.isnan(score[held])
    squeezed = 1.0 / (1.0 + np.exp(-(score - np.nanmean(score[held])) / (np.nanstd(score[held]) or 1.0)))
    try:
        fitted = fit_platt(squeezed[held][known], outcome[known])
    except ValueError as error:
        raise WardroundError(f"the score {column} cannot be turned into probabilities ({error})") from error
    probability = np.full(len(score), float(outcome.mean()))
    there = ~np.isnan(score)
    probability[there] = fitted.apply(squeezed[there])
    yield column, probability
