"""One population measured, and two models compared on it: everybody first, then each group in the declared order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.compare.estimates import difference, estimates
from wardround.compare.spread import Measured, measure_groups
from wardround.compare.tables import score_table
from wardround.compare.types import MeasureSettings, Scored, check_probability
from wardround.errors import UsageError
from wardround.evidence.comparison import Difference, GroupDifferences, PairedPopulation
from wardround.evidence.measures import GroupMeasures, PopulationMeasures
from wardround.stats.logistic import logit
from wardround.stats.names import better, measure_names


def measure_population(name: str, scored: Scored, settings: MeasureSettings) -> PopulationMeasures:
    """All measures of one model on a population and on each of its groups, with intervals clustered by subject."""
    measured = measure_groups(scored, [scored.probability], settings)
    groups = tuple(_measures(each, scored, settings) for each in measured)
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
    measured = measure_groups(head, [reference, head.probability], settings)
    return PairedPopulation(population=name, groups=tuple(_differences(each, settings) for each in measured))


def score_correlation(head: NDArray[np.float64], reference: NDArray[np.float64]) -> float | None:
    """Pearson correlation of two score vectors on the logit scale; None if one is constant or there are under two."""
    if head.size < 2:
        return None
    first, second = logit(head), logit(reference)
    if np.ptp(first) == 0.0 or np.ptp(second) == 0.0:
        return None
    # plain sums: a linear algebra library's bits depend on its number of threads
    first, second = first - first.mean(), second - second.mean()
    spread = np.sqrt(np.sum(first * first) * np.sum(second * second))
    return float(np.clip(np.sum(first * second) / spread, -1.0, 1.0))


def _measures(measured: Measured, scored: Scored, settings: MeasureSettings) -> GroupMeasures:
    part = measured.part
    made = {}
    if measured.fitted:
        made = estimates(measured.fitted[0], measured.spreads[0], settings.confidence)
    table = score_table(part.of(scored.outcome), part.of(scored.probability), settings.bin_edges) if part.n else None
    return GroupMeasures(
        column=part.column,
        level=part.level,
        n=part.n,
        events=part.events,
        subjects=part.subjects,
        assessed=part.assessed,
        reason=part.reason,
        measures=made,
        table=table,
    )


def _differences(measured: Measured, settings: MeasureSettings) -> GroupDifferences:
    part = measured.part
    made: list[Difference] = []
    if measured.difference is not None:
        (reference, head), spread = measured.fitted, measured.difference
        sides = [
            estimates(fitted, each, settings.confidence)
            for fitted, each in zip(measured.fitted, measured.spreads, strict=True)
        ]
        values = head.values() - reference.values()
        for k, name in enumerate(measure_names(settings.thresholds)):
            estimate = difference(float(values[k]), spread, k, settings.confidence)
            made.append(
                Difference(
                    measure=name,
                    better=better(name),
                    reference=sides[0][name],
                    head=sides[1][name],
                    difference=estimate,
                    standard_error=None if estimate.low is None else float(spread.error[k]),
                )
            )
    return GroupDifferences(
        column=part.column,
        level=part.level,
        n=part.n,
        events=part.events,
        subjects=part.subjects,
        assessed=part.assessed,
        reason=part.reason,
        differences=tuple(made),
    )
