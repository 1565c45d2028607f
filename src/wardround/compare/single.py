"""The measures of one model on one group."""

from __future__ import annotations

from wardround.compare.estimates import from_error
from wardround.compare.slices import Slice
from wardround.compare.tables import score_table
from wardround.compare.types import MeasureSettings, Scored
from wardround.evidence.measures import Estimate, GroupMeasures
from wardround.stats.delong import auroc_error
from wardround.stats.influence import standard_errors
from wardround.stats.names import measure_names
from wardround.stats.sample import make_sample, rank
from wardround.stats.totals import fit


def group_measures(part: Slice, scored: Scored, settings: MeasureSettings) -> GroupMeasures:
    """All measures of a group with intervals, or the reason why it is not assessed."""
    probability = part.of(scored.probability)
    outcome = scored.outcome if part.rows is None else scored.outcome[part.rows]
    return GroupMeasures(
        column=part.column,
        level=part.level,
        n=part.n,
        events=part.events,
        subjects=part.subjects,
        assessed=part.assessed,
        reason=part.reason,
        measures=_estimates(part, scored, settings) if part.assessed else {},
        table=score_table(outcome, probability, settings.bin_edges) if part.n else None,
    )


def _estimates(part: Slice, scored: Scored, settings: MeasureSettings) -> dict[str, Estimate]:
    rows = slice(None) if part.rows is None else part.rows
    sample, order = make_sample(scored.outcome[rows], scored.subject[rows])
    probability = scored.probability[rows]
    ranked = rank(sample, probability if order is None else probability[order])
    fitted = fit(ranked, settings.thresholds, scored.days)
    names = measure_names(settings.thresholds)
    values, errors = fitted.values(), standard_errors(fitted)
    made = {}
    for name, value, error in zip(names, values.tolist(), errors.tolist(), strict=True):
        if name == "auroc":
            made[name] = from_error(name, fitted, value, auroc_error(ranked), settings.confidence, "delong")
        else:
            made[name] = from_error(name, fitted, value, error, settings.confidence, "influence")
    return made
