"""Non-inferiority of one paired difference: what the interval allows to be said.

The head is accepted when the lower limit of the two-sided 95 % interval of head - reference lies above -margin, which is
a one-sided test at 0.025 (ICH E9, 1998, section 3.3.2; CONSORT non-inferiority extension, Piaggio et al. 2012). The margin
is fixed beforehand and never widened. When the limit is not reached, the power at no true difference tells *inferior*
from *underpowered*: a test set that could not have accepted an equal model is no proof against this one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from wardround.evidence.comparison import Against, Difference, GroupDifferences
from wardround.gate.facts import Interval, Z, interval
from wardround.project.judging import NonInferiority
from wardround.values import Population

#: The primary endpoint: discrimination of new subjects. Everything else guards (docs/explanation/multiplicity.md).
ENDPOINT = "auroc"
POPULATION = Population.NEW_SUBJECTS.value


class Standing(StrEnum):
    """How the head stands against one reference on one test set."""

    SUPERIOR = "superior"
    NON_INFERIOR = "non-inferior"
    INFERIOR = "inferior"
    UNDERPOWERED = "underpowered"
    UNCHANGED = "unchanged"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Assessment:
    """One standing with the numbers that it rests on; ``needed`` is the events that power asks for, where known."""

    against: Against
    standing: Standing
    reason: str = ""
    group: GroupDifferences | None = None
    limits: Interval | None = None
    needed: int | None = None


def assess(against: Against, params: NonInferiority) -> Assessment:
    """How the head stands in the primary endpoint against ``against``."""
    if not against.comparable:
        return Assessment(against, Standing.NOT_COMPARED, against.reason or "the two are not comparable")
    population = against.population(POPULATION)
    group = population.group("all") if population else None
    difference = group.of(ENDPOINT) if group else None
    if group is None or difference is None:
        return Assessment(against, Standing.NOT_COMPARED, "the comparison holds no AUROC of new subjects")
    limits = paired_limits(difference)
    if limits is None:
        note = difference.difference.note or difference.head.note or difference.reference.note
        return Assessment(against, Standing.NOT_COMPARED, note or "the difference has no interval", group)
    needed = _events_needed(against, group, limits, params)
    return Assessment(against, _standing(limits, group.events, needed, params.margin), "", group, limits, needed)


def paired_limits(difference: Difference) -> Interval | None:
    """The interval of head - reference. With standard error 0 (identical scores) it is the difference itself."""
    value = difference.difference.value
    if value is not None and difference.standard_error == 0:
        return Interval(value, value, value)
    return interval(difference.difference)


def _standing(limits: Interval, events: int, needed: int | None, margin: float) -> Standing:
    if limits.value == limits.low == limits.high == 0:
        return Standing.UNCHANGED
    if limits.low > 0:
        return Standing.SUPERIOR
    if limits.low > -margin:
        return Standing.NON_INFERIOR
    if limits.high <= -margin or (needed is not None and events >= needed):
        return Standing.INFERIOR
    return Standing.UNDERPOWERED


def _events_needed(against: Against, group: GroupDifferences, limits: Interval, params: NonInferiority) -> int | None:
    """Events for the wanted power at no true difference: the larger of plan and observation.

    The plan takes margin, prevalence and score correlation (``wardround.stats``). The observation scales this test set
    by the precision that it really gave, which includes clustering by subject. Few events make the observed error too
    small by chance, so the plan guards it; the larger one is also the more honest to announce.
    """
    from wardround.gate.power import planned_events, quantile

    known = []
    if limits.width > 0 and group.events > 0:
        error = limits.width / (2 * Z)
        known.append(math.ceil(group.events * (error * (Z + quantile(params.power)) / params.margin) ** 2))
    if against.score_correlation is not None and 0 < group.events < group.n:
        planned = planned_events(params.margin, group.events / group.n, against.score_correlation, params.power)
        known += [planned] if planned is not None else []
    return max(known, default=None)
