"""Differences of one measure in many groups, adjusted for looking at all of them (see ``stats.multiplicity``)."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.comparison import Difference, PairedPopulation
from wardround.stats.multiplicity import adjusted
from wardround.stats.noninferiority import Result, Trial, conclude


@dataclass(frozen=True)
class GroupDifference:
    """One group's difference with simultaneous limits and Holm's p-value of no difference."""

    group: str
    value: float
    low: float
    high: float
    p_value: float


def family(
    population: PairedPopulation, measure: str, column: str = "", confidence: float = 0.95
) -> tuple[GroupDifference, ...]:
    """All assessed groups (of one column, or of all) with a standard error, as one family; everybody is not in it.

    Limits are normal ones from the standard error, because percentiles at an adjusted level would need many more
    resamples.
    """
    found: list[tuple[str, float, float]] = []
    for group in population.groups:
        one = group.of(measure) if group.column and column in {"", group.column} else None
        if one is not None and one.difference.value is not None and one.standard_error is not None:
            found.append((group.name, one.difference.value, one.standard_error))
    limits = adjusted([value for _, value, _ in found], [error for _, _, error in found], confidence)
    return tuple(
        GroupDifference(name, value, each.low, each.high, each.p_value)
        for (name, value, _), each in zip(found, limits, strict=True)
    )


def non_inferiority(difference: Difference, events: int, trial: Trial) -> Result | None:
    """Non-inferiority of a difference, turned so that up is better; None if it has no standard error or a target value.

    Where down is better (Brier score, alerts), the difference is negated first, its limits with it.
    """
    value, error = difference.difference.value, difference.standard_error
    if value is None or error is None or difference.better not in {"up", "down"}:
        return None
    return conclude(value if difference.better == "up" else -value, error, trial, events)
