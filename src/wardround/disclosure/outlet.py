"""``disclose``: the one function in front of every outlet (DESIGN §9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wardround.disclosure import beside, changes, findings, groups, profiles, validations
from wardround.disclosure.auditing import AuditResult, Budget, audit
from wardround.disclosure.cells import Wanted
from wardround.disclosure.cohort_cells import CohortCells, cohort_cells
from wardround.disclosure.earlier import people_of
from wardround.disclosure.groups import Frame
from wardround.disclosure.inside import Before, Inside
from wardround.disclosure.margins import count
from wardround.disclosure.patterns import patterns
from wardround.disclosure.plan import Plan, Planner
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
from wardround.disclosure.remembering import agreeing, with_earlier
from wardround.disclosure.rounding import GROUP_DECIMALS
from wardround.disclosure.sources import Source, sources
from wardround.evidence.comparison import Against, Exclusions
from wardround.evidence.measures import PopulationMeasures
from wardround.values import Population

#: CMS cell size suppression policy: counts of 1 to 10 are withheld; here 0 too.
MIN_CELL = 11


@dataclass(frozen=True)
class _Shown:
    """What the parts below share: evidence, plan, frame, and the models of each cohort."""

    inside: Inside
    refused: Refused
    plan: Plan | None
    frame: Frame
    sources: tuple[Source, ...]
    cohorts: Mapping[str, CohortCells] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """What the audit did not accept: columns, cohorts, and after that everything about performance."""

    columns: frozenset[str] = frozenset()
    cohorts: frozenset[str] = frozenset()
    everything: bool = False


def disclose(inside: Inside, *, min_cell: int = MIN_CELL, before: Before | None = None) -> Published:
    """What may be published of ``inside``. Pure; the same evidence after the same publications gives the same publication.

    The plan is made, audited by integer programming, alone and together with what is out already about the same people, and made again with
    less until the audit accepts it. This ends, because each round refuses a column or a cohort more, and nothing at all is acceptable.

    Args:
        inside: the evidence.
        min_cell: the smallest count that may be shown: ``disclosure.min_cell`` of the base's params.
        before: what was published before; None where nothing is said of it.
    """
    refused, before, budget = Refused(), agreeing(inside, before or Before()), Budget()
    while True:
        shown = _planned(inside, min_cell, refused, before)
        published = _published(shown)
        result = audit(published)
        if result.safe and not refused.everything:
            result = with_earlier(published, inside, shown.frame.edges, before, budget)
        if result.safe or refused.everything:
            return _finished(published, shown, before)
        refused = _more(refused, result, shown)


def disclosed_count(number: int, *, min_cell: int = MIN_CELL) -> Count:
    """One count that stands alone (rows of a table), rounded to 10, or withheld when it is small."""
    return count(number, show=number >= min_cell)


def _more(refused: Refused, result: AuditResult, shown: _Shown) -> Refused:
    """Refuses the columns of narrow counts; else the least important cohort; else everything."""
    columns = {item.column for item in result.narrow if item.column} - refused.columns
    if columns and result.feasible:
        return replace(refused, columns=refused.columns | columns)
    cohorts = tuple(shown.plan.everybody) if shown.plan else ()
    if len(cohorts) > 1:
        return replace(refused, cohorts=refused.cohorts | {cohorts[-1]})
    return replace(refused, everything=True)


def _published(shown: _Shown) -> Published:
    """All that is made of score tables: what the audit looks at."""
    comparison, metrics = shown.inside.comparison, shown.inside.metrics
    against = tuple(_against(item, place, shown) for place, item in enumerate(comparison.against if comparison else ()))
    own = tuple(_cohort(source, shown) for source in shown.sources if source.place < 0)
    extra = beside.view(metrics, (*(cohort for item in against for cohort in item.cohorts), *own), shown.frame.least)
    return Published(
        KEY,
        min_cell=shown.frame.least,
        thresholds=shown.frame.thresholds,
        cohorts=own,
        against=against,
        baseline=bool(comparison and comparison.baseline),
        limitations=metrics.limitations if metrics else (),
        baselines=extra.baselines,
        importance=extra.importance,
        robustness=extra.robustness,
        held_out_sites=extra.held_out_sites,
    )


def _finished(published: Published, shown: _Shown, before: Before) -> Published:
    """The publication with the parts that stand on their own counts, or lean on the tables."""
    inside, least = shown.inside, shown.frame.least
    near = profiles.near(inside.profile, inside.base_profile, least)
    thresholds = shown.frame.thresholds
    context = findings.Context(
        published.cohort(Population.NEW_SUBJECTS.value), thresholds[0] if thresholds else None, least
    )
    return replace(
        published,
        key=KEY,
        min_cell=least,
        limitations=(*published.limitations, *((before.missing,) if before.missing else ())),
        decision=findings.view(inside.decision, context) if inside.decision else None,
        validation=validations.view(inside.validation, least, near=near) if inside.validation else None,
        profile=profiles.view(inside.profile, inside.base_profile, least) if inside.profile else None,
    )


def _planned(inside: Inside, min_cell: int, refused: Refused, before: Before) -> _Shown:
    people = people_of(inside.comparison, inside.metrics, before.about)
    found = sources(inside.metrics, inside.comparison)
    thresholds = inside.thresholds or (inside.metrics.thresholds if inside.metrics else ())
    edges = next(
        (
            group.table.edges
            for source in found
            for group in source.models["head"].groups
            if not group.column and group.table
        ),
        (),
    )
    frame = Frame(edges, thresholds, min_cell)
    if not edges or refused.everything:
        return _Shown(inside, refused, None, frame, found)
    by_name: dict[str, dict[str, PopulationMeasures]] = {}
    for source in found:
        by_name.setdefault(source.cohort, {}).update(source.models)
    cohorts = {name: cohort_cells(name, models, edges) for name, models in by_name.items()}
    inner = range(1, len(edges) - 1)
    first = tuple(edges.index(t) for t in thresholds if t in edges[1:-1])
    kept = {
        name: patterns(before.earlier, people[at], [before.about.models.get(role, "") for role in cohort.roles], edges)
        for name, cohort in cohorts.items()
        for at in [next((item.place, item.population) for item in found if item.cohort == name)]
        if at in people
    }
    wanted = Wanted(first, tuple(e for e in inner if e not in first))
    planner = Planner(edges, wanted, min_cell, refused.columns, kept)
    plan = planner.plan(tuple(cohort for cohort in cohorts.values() if cohort.name not in refused.cohorts))
    return _Shown(inside, refused, plan, frame, found, cohorts)


def _cohort(source: Source, shown: _Shown) -> Cohort:
    plan = shown.plan
    if plan is None or source.cohort not in plan.everybody:
        elsewhere = plan is not None and bool(plan.everybody)
        unproven = shown.refused.everything or source.cohort in shown.refused.cohorts
        why = Why.UNPROVEN if unproven else Why.NEARLY_SHOWN if elsewhere else Why.SMALL
        return Cohort(KEY, source.population, why)
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
    least = shown.frame.least
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

    return ExclusionsView(
        KEY,
        count(item.test_encounters, show=tested),
        count(item.seen_by_head, show=seen),
        count(item.seen_by_reference, show=seen),
        count(item.compared, show=compared),
    )
