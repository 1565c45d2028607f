"""Permutation importance (Breiman 2001): how far the AUROC falls when one feature says nothing."""

from __future__ import annotations

import numpy as np

from wardround.evidence.measures import Estimate, Importance
from wardround.stages.evaluate.material import Material
from wardround.stats.delong import paired_auroc
from wardround.stats.intervals import quantile
from wardround.stats.sample import make_sample, rank


def importance(material: Material) -> tuple[Importance, ...]:
    """The importance of each feature on test rows of new subjects, largest first, ties in the features' own order.

    Each of ``evaluate.importance_repeats`` shuffles gives a drop with its paired, clustered DeLong variance; the interval
    adds to their mean the variance between shuffles, over the number of shuffles. Empty when repeats are 0 or AUROC is undefined.
    """
    section = material.params.evaluate
    at = material.test_rows(section.importance_rows)
    outcome = material.table.outcome[at]
    if not section.importance_repeats or not 0 < outcome.sum() < len(outcome):
        return ()
    sample, order = make_sample(outcome, material.table.subject[at])
    at = at if order is None else at[order]
    matrix = material.table.matrix[at]
    whole = rank(sample, material.scorer.probabilities(matrix))
    rng = np.random.default_rng(section.seed)
    shuffles = [rng.permutation(len(at)) for _ in range(section.importance_repeats)]
    found = []
    for place, name in enumerate(material.scorer.spec.names):
        pairs = []
        for shuffle in shuffles:
            disturbed = matrix.copy()
            disturbed[:, place] = matrix[shuffle, place]
            pairs.append(paired_auroc(whole, rank(sample, material.scorer.probabilities(disturbed))))
        found.append(Importance(feature=name, drop=_estimate([(-p.difference, p.difference_error) for p in pairs])))
    return tuple(sorted(found, key=lambda item: -(item.drop.value or 0.0)))


def _estimate(drops: list[tuple[float, float]]) -> Estimate:
    values = np.array([value for value, _ in drops])
    errors = np.nan_to_num(np.array([error for _, error in drops]))
    between = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    error = float(np.sqrt((errors**2).mean() + between))
    mean, z = float(values.mean()), quantile(0.95)
    return Estimate(value=mean, low=mean - z * error, high=mean + z * error, method="delong")
