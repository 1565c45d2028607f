"""One population measured, and two models compared on it: everybody first, then each group in the declared order."""

from __future__ import annotations


import numpy as np
from numpy.typing import NDArray

from wardround.compare.paired import group_differences
from wardround.compare.single import group_measures
from wardround.compare.slices import slices
from wardround.compare.types import MeasureSettings, Scored, check_probability
from wardround.errors import UsageError
from wardround.evidence.comparison import PairedPopulation
from wardround.evidence.measures import PopulationMeasures
from wardround.stats.logistic import logit


def measure_population(name: str, scored: Scored, settings: MeasureSettings) -> PopulationMeasures:
    """All measures of one model on a population and on each of its groups, with intervals clustered by subject."""
    groups = tuple(group_measures(part, scored, settings) for part in slices(scored, settings))
    return PopulationMeasures(population=name, days=scored.days, groups=groups)


def compare_population(
    name: str, head: Scored, reference_probability: NDArray[np.float64], settings: MeasureSettings
) -> PairedPopulation:
    """Head minus reference on the same encounters, for everybody and each group, clustered by subject.

    Raises:
        UsageError: the reference has not scored every encounter.
    """
    reference = np.asarray(reference_probability, dtype=np.float64)
    if reference.shape != head.probability.shape:
        raise UsageError("the reference has not scored the same encounters as the head")
    problems = check_probability(reference)
    if problems:
        raise UsageError(problems=problems)
    groups = tuple(group_differences(part, head, reference, settings) for part in slices(head, settings))
    return PairedPopulation(population=name, groups=groups)


def score_correlation(head: NDArray[np.float64], reference: NDArray[np.float64]) -> float | None:
    """Pearson correlation of two score vectors on the logit scale; None if one is constant or there are under two."""
    if head.size < 2:
        return None
    first, second = logit(head), logit(reference)
    if np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return None
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))
