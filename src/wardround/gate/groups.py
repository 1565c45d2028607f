"""Which groups of a grouping can be judged, which are too small, and which block; and the sentences about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wardround.evidence.measures import GroupMeasures, Metrics
from wardround.gate.facts import listed
from wardround.gate.noninferiority import POPULATION
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell
from wardround.project.judging import DeclaredGap
from wardround.project.params import Params


@dataclass(frozen=True)
class Sorted:
    """The groups of a column: those that can be judged, those that are too small, and what blocks."""

    judged: tuple[GroupMeasures, ...]
    small: tuple[str, ...]
    blocking: tuple[str, ...]


def sort_groups(groups: Iterable[GroupMeasures], column: str, mandatory: Sequence[str], min_events: int) -> Sorted:
    """Sorts the groups of ``column``, by the base's minimum, whatever the evidence calls assessed.

    Blocking are mandatory levels that are small or not there at all, and groups that are large enough but were not
    measured: evidence made with other limits must not hide a group.
    """
    mine = [group for group in groups if group.column == column]
    judged, small, blocking = [], [], []
    for group in mine:
        large = group.events >= min_events and group.n - group.events >= min_events
        if group.assessed and large:
            judged.append(group)
        elif large or group.level in mandatory:
            blocking.append(group.name)
        else:
            small.append(group.name)
    there = {group.level for group in mine}
    blocking += [f"{column}={level}" for level in mandatory if level not in there]
    return Sorted(tuple(judged), tuple(small), tuple(blocking))


def mandatory_levels(params: Params, column: str) -> tuple[str, ...]:
    """The levels of a column that the owners want assessed in any case."""
    return tuple(
        level for item in params.evaluate.subgroups if named(item.column) == column for level in item.mandatory
    )


def declared_gap(params: Params, column: str) -> DeclaredGap | None:
    """The gap that the owners declare for a column; None where the general one counts."""
    return next((item for item in params.gate.fairness.gaps if named(item.column) == column), None)


def named(column: str) -> str:
    """What evidence calls a declared grouping: the snapshot's site is ``site``, whatever the source calls it."""
    return "site" if column == "wr_site" else column


def columns(params: Params) -> tuple[str, ...]:
    """Declared groupings, each once, in the order of the params."""
    return tuple(dict.fromkeys(named(item.column) for item in params.evaluate.subgroups))


def measured(request: JudgeRequest) -> tuple[GroupMeasures, ...]:
    """All groups of new subjects in the head's metrics."""
    metrics = request.metrics.value
    assert isinstance(metrics, Metrics)
    population = metrics.population(POPULATION)
    return population.groups if population else ()


def left_out(names: Sequence[str]) -> str:
    """A sentence that prints the groups that were left out; empty when there are none."""
    return f" Not assessed, too small: {listed(tuple(names))}." if names else ""


def blocked(subject: str, names: Sequence[str]) -> Said:
    """Groups that must be judged cannot be."""
    return cannot_tell(
        f"Groups that must be assessed are too small or were not measured: {listed(tuple(names))}.",
        "Add encounters to the test block. Whether a group is mandatory, and the minimum, are params of the base "
        "(evaluate.subgroups, gate.fairness.min_events).",
        subject=subject,
    )


def unmeasured(subject: str, column: str) -> Said:
    """A declared grouping is not in the evidence at all."""
    return cannot_tell(
        f"The declared grouping {column} was not measured.",
        "Keep it among evaluate.subgroups and in the snapshot, and run the pipeline again.",
        subject=subject,
    )
