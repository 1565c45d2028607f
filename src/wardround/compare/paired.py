"""Head minus reference on one group of the same encounters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.compare.estimates import difference_from_error, from_error
from wardround.compare.slices import Slice
from wardround.compare.types import MeasureSettings, Scored
from wardround.evidence.comparison import Difference, GroupDifferences
from wardround.stats.delong import paired_auroc
from wardround.stats.influence import paired_standard_errors
from wardround.stats.names import better, measure_names
from wardround.stats.sample import make_sample, rank
from wardround.stats.totals import fit


def group_differences(
    part: Slice, head: Scored, reference: NDArray[np.float64], settings: MeasureSettings
) -> GroupDifferences:
    """All differences of a group with intervals, or the reason why it is not assessed."""
    return GroupDifferences(
        column=part.column,
        level=part.level,
        n=part.n,
        events=part.events,
        subjects=part.subjects,
        assessed=part.assessed,
        reason=part.reason,
        differences=_differences(part, head, reference, settings) if part.assessed else (),
    )


def _differences(
    part: Slice, head: Scored, reference: NDArray[np.float64], settings: MeasureSettings
) -> tuple[Difference, ...]:
    rows = slice(None) if part.rows is None else part.rows
    sample, order = make_sample(head.outcome[rows], head.subject[rows])
    pair = []
    for probability in (reference[rows], head.probability[rows]):
        ranked = rank(sample, probability if order is None else probability[order])
        pair.append(fit(ranked, settings.thresholds, head.days))
    first, second = pair
    errors = paired_standard_errors(first, second)
    delong = paired_auroc(first.ranked, second.ranked)
    made = []
    confidence = settings.confidence
    for k, name in enumerate(measure_names(settings.thresholds)):
        method = "influence"
        of_reference, of_head, of_difference = (float(each[k]) for each in errors)
        if name == "auroc":
            method = "delong"
            of_reference, of_head, of_difference = delong.reference_error, delong.head_error, delong.difference_error
        old, new = float(first.values()[k]), float(second.values()[k])
        difference = new - old
        missing = np.isnan(difference) or np.isnan(of_difference)
        made.append(
            Difference(
                measure=name,
                better=better(name),
                reference=from_error(name, first, old, of_reference, confidence, method),
                head=from_error(name, second, new, of_head, confidence, method),
                difference=difference_from_error(difference, of_difference, confidence, method),
                standard_error=None if missing else of_difference,
            )
        )
    return tuple(made)
