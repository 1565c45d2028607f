"""How the model answers when inputs are a little wrong, and when it is trained again on a little other data.

Many learners do not use their seed, so each seed also draws a bootstrap sample of the training subjects, as Riley & Collins
(Biometrical Journal 2023;65:2200302) measure the stability of clinical prediction models.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wardround.evidence.measures import Perturbation
from wardround.stages.evaluate.material import Floats, Material
from wardround.stages.train.fitting import Recipe, fit, recalibrate
from wardround.stages.train.running import read_tuned
from wardround.values import Split


def robustness(material: Material) -> tuple[Perturbation, ...]:
    """Input noise, one more missing value a row, and stability over seeds, on test rows of new subjects."""
    at = material.test_rows()
    if not len(at):
        return ()
    plain = material.scorer.probabilities(material.table.matrix[at])
    found = []
    for name, description, disturbed in (*_inputs(material, at), *_seeds(material, at)):
        change = float(np.abs(disturbed - plain).mean())
        found.append(
            Perturbation(
                name=name,
                description=description,
                auroc=material.auroc(disturbed, at),
                mean_absolute_change=change,
            )
        )
    return tuple(found)


def _inputs(material: Material, at: np.ndarray) -> Iterator[tuple[str, str, Floats]]:
    section, spec = material.params.evaluate, material.scorer.spec
    matrix = material.table.matrix
    rng = np.random.default_rng(section.seed)
    numeric = spec.positions(spec.numeric)
    noisy = matrix[at].copy()
    if numeric:
        training = matrix[material.table.rows(Split.TRAIN)][:, numeric]
        spread = np.array([np.nanstd(column) if not np.isnan(column).all() else 0.0 for column in training.T])
        noisy[:, numeric] += rng.standard_normal((len(at), len(numeric))) * spread * section.noise
    yield (
        "noise",
        f"every number moved at random by {section.noise:g} of its standard deviation",
        material.scorer.probabilities(noisy),
    )
    lacking = matrix[at].copy()
    # One draw a row among its present values: the largest random key wins, absent values have none.
    keys = np.where(np.isnan(lacking), -1.0, rng.random(lacking.shape))
    lacking[np.arange(len(at)), keys.argmax(axis=1)] = np.nan
    yield "missing", "one more value of each encounter missing", material.scorer.probabilities(lacking)


def _seeds(material: Material, at: np.ndarray) -> Iterator[tuple[str, str, Floats]]:
    table, params = material.table, material.params
    layout = material.project.layout
    recipe = Recipe.load(layout.model_code, material.scorer.spec, params, read_tuned(layout))
    rows, held = table.rows(Split.TRAIN), table.rows(Split.VALIDATION)
    for number in range(1, params.evaluate.stability_seeds + 1):
        seed = params.model.seed + number
        drawn = _resampled(np.random.default_rng(seed), table.subject, rows)
        fitted = fit(recipe, table.matrix[drawn], table.outcome[drawn], params.train, seed=seed)
        fitted = recalibrate(fitted, params.train.recalibration, table.matrix[held], table.outcome[held])
        yield (
            f"seed {number}",
            "trained again on a bootstrap sample of the training subjects",
            fitted.probabilities(table.matrix[at]),
        )


def _resampled(rng: np.random.Generator, subject: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """As many subjects as there are, drawn with replacement; each brings all its training rows, as often as it was drawn."""
    names, place = np.unique(subject[rows], return_inverse=True)
    times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
    return np.repeat(rows, times[place])
