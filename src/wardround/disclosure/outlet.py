"""``disclose``: the one function in front of every outlet (DESIGN §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wardround.disclosure import beside, changes, findings, groups
from wardround.disclosure.cells import Wanted
from wardround.disclosure.groups import Frame
from wardround.disclosure.plan import CohortCells, Plan, Planner, cohort_cells
from wardround.disclosure.published import (
    KEY,
    AgainstView,
    Cohort,
    Count,
    ExclusionsView,
    ModelView,
    Published,
    Quantity,
    Why,
)
from wardround.disclosure.rounding import GROUP_DECIMALS, to_ten
from wardround.disclosure.sources import Source, sources
from wardround.evidence.comparison import Against, Comparison, Exclusions
from wardround.evidence.decision import Decision
from wardround.evidence.measures import Metrics, PopulationMeasures
from wardround.values import Population


@dataclass(frozen=True)
class Inside:
    """Full-precision evidence, as far as there is any. ``thresholds`` are the declared ones, the operating one first.

    ``min_cell``: ``disclosure.min_cell`` of the base's params.
    """

    min_cell: int
    thresholds: tuple[float, ...]
    metrics: Metrics | None = None
    comparison: Comparison | None = None
    decision: Decision | None = None


@dataclass(frozen=True)
class _Shown:
    """What the parts below share: evidence, plan, frame, and the models of each cohort."""

    inside: Inside
    plan: Plan | None
    frame: Frame
    sources: tuple[Source, ...]
    cohorts: Mapping[str, CohortCells] = field(default_factory=dict)


def disclose(inside: Inside) -> Published:
    """What may be published of ``inside``. Pure; the same evidence gives the same publication."""
    shown = _planned(inside, frozenset())
    comparison, metrics = inside.comparison, inside.metrics
    against = tuple(_against(item, place, shown) for place, item in enumerate(comparison.against if comparison else ()))
    own = tuple(_cohort(source, shown) for source in shown.sources if source.place < 0)
    extra = beside.view(metrics, (*(cohort for item in against for cohort in item.cohorts), *own))
    published = Published(
        KEY,
        min_cell=inside.min_cell,
        thresholds=inside.thresholds,
        cohorts=own,
        against=against,
        baseline=bool(comparison and comparison.baseline),
        limitations=metrics.limitations if metrics else (),
        baselines=extra.baselines,
        importance=extra.importance,
        robustness=extra.robustness,
        held_out_sites=extra.held_out_sites,
    )
    if inside.decision is None:
        return published
    context = findings.Context(
        published.cohort(Population.NEW_SUBJECTS.value),
        inside.thresholds[0] if inside.thresholds else None,
        inside.min_cell,
    )
    return replace(published, key=KEY, decision=findings.view(inside.decision, context))


def _planned(inside: Inside, closed: frozenset[str]) -> _Shown:
    found = sources(inside.metrics, inside.comparison)
    edges = next(
        (
            group.table.edges
            for source in found
            for group in source.models["head"].groups
            if not group.column and group.table
        ),
        (),
    )
    frame = Frame(edges, inside.thresholds, inside.min_cell)
    if not edges:
        return _Shown(inside, None, frame, found)
    by_name: dict[str, dict[str, PopulationMeasures]] = {}
    for source in found:
        by_name.setdefault(source.cohort, {}).update(source.models)
    cohorts = {name: cohort_cells(name, models, edges) for name, models in by_name.items()}
    inner = range(1, len(edges) - 1)
    first = tuple(edges.index(t) for t in inside.thresholds if t in edges[1:-1])
    planner = Planner(edges, Wanted(first, tuple(e for e in inner if e not in first)), inside.min_cell, closed)
    return _Shown(inside, planner.plan(tuple(cohorts.values())), frame, found, cohorts)


def _cohort(source: Source, shown: _Shown) -> Cohort:
    plan = shown.plan
    if plan is None or source.cohort not in plan.everybody:
        elsewhere = plan is not None and bool(plan.everybody)
        return Cohort(KEY, source.population, Why.NEARLY_SHOWN if elsewhere else Why.SMALL)
    agreed = shown.cohorts[source.cohort].models
    models = []
    for role, measures in source.models.items():
        views = tuple(
            groups.view(
                group,
                plan.binning_of(source.cohort, group) if group.name in agreed[role] else None,
                measures.days,
                shown.frame,
            )
            for group in measures.groups
        )
        models.append(ModelView(KEY, role, views))
    head, reference = models[0], models[-1]
    differences = tuple(
        changes.view(group, head.group(group.name), reference.group(group.name), shown.frame)
        for group in (source.paired.groups if source.paired else ())
    )
    return Cohort(KEY, source.population, models=tuple(models), changes=differences)


def _against(item: Against, place: int, shown: _Shown) -> AgainstView:
    correlation = item.score_correlation
    cohorts = tuple(_cohort(source, shown) for source in shown.sources if source.place == place)
    return AgainstView(
        KEY,
        item.reference,
        item.commit,
        item.test_set,
        item.comparable,
        item.reason,
        _exclusions(item.exclusions, shown) if item.exclusions else None,
        cohorts,
        Quantity(KEY, None, withheld=Why.UNDEFINED)
        if correlation is None
        else Quantity(KEY, round(correlation, GROUP_DECIMALS), origin="scores"),
    )


def _exclusions(item: Exclusions, shown: _Shown) -> ExclusionsView:
    """Counts of left-out encounters: every difference between them, and to what is shown, is a count of people too."""
    least = shown.inside.min_cell
    totals = [
        shown.cohorts[name].groups["all"].n
        for name in (shown.plan.everybody if shown.plan else ())
        if "all" in shown.cohorts[name].groups
    ]
    left_out = item.test_encounters - item.compared
    overlap = item.seen_by_head + item.seen_by_reference - left_out
    alone = (left_out - item.seen_by_head, left_out - item.seen_by_reference)
    parts = (item.seen_by_head, item.seen_by_reference, left_out, overlap, *alone)

    def far(number: int, others: list[int]) -> bool:
        return number >= least and all(number == other or abs(number - other) >= least for other in others)

    compared = far(item.compared, totals)
    tested = compared and left_out >= least and all(abs(item.test_encounters - total) >= least for total in totals)
    seen = tested and min(parts) >= least

    def count(number: int, *, show: bool) -> Count:
        return Count(KEY, to_ten(number)) if show else Count(KEY, None, Why.SMALL)

    return ExclusionsView(
        KEY,
        count(item.test_encounters, show=tested),
        count(item.seen_by_head, show=seen),
        count(item.seen_by_reference, show=seen),
        count(item.compared, show=compared),
    )
