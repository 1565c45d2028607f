"""Everything of the head's metrics that is no table: baselines, importance, robustness, held-out sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wardround.disclosure.groups import PROBABILITIES, from_scores, rounded
from wardround.disclosure.published import (
    KEY,
    BaselineView,
    Cohort,
    Count,
    GroupView,
    HeldOutSiteView,
    ImportanceView,
    PerturbationView,
    Quantity,
    Why,
)
from wardround.disclosure.rounding import GROUP_DECIMALS, OVERALL_DECIMALS
from wardround.evidence.measures import GroupMeasures, HeldOutSite, Metrics


@dataclass(frozen=True)
class Beside:
    """The views, in the order of the evidence."""

    baselines: tuple[BaselineView, ...] = ()
    importance: tuple[ImportanceView, ...] = ()
    robustness: tuple[PerturbationView, ...] = ()
    held_out_sites: tuple[HeldOutSiteView, ...] = ()


def view(metrics: Metrics | None, cohorts: tuple[Cohort, ...], least: int) -> Beside:
    """What may be shown beside the tables of ``cohorts`` (all that are published).

    Baselines have no tables, since a baseline that gives everybody one probability would force one bin on all; their measures
    are shown for everybody, and only those that the head's table shows as well.
    """
    if metrics is None:
        return Beside()
    heads = {cohort.population: cohort.models[0] for cohort in reversed(cohorts) if cohort.models}
    baselines = []
    for baseline in metrics.baselines:
        for population in baseline.populations:
            head, group = heads.get(population.population), population.group("all")
            everybody = head.group("all") if head else None
            if group is not None and everybody is not None and not everybody.withheld:
                measures = _measures(group, everybody, OVERALL_DECIMALS, least)
                baselines.append(BaselineView(KEY, baseline.name, population.population, measures))
    overall = any(head.groups and not head.groups[0].withheld for head in heads.values())
    importance = metrics.importance if overall else ()
    robustness = metrics.robustness if overall else ()
    return Beside(
        tuple(baselines),
        tuple(ImportanceView(KEY, item.feature, rounded(item.drop, OVERALL_DECIMALS)) for item in importance),
        tuple(
            PerturbationView(
                KEY,
                item.name,
                item.description,
                rounded(item.auroc, OVERALL_DECIMALS),
                Quantity(
                    KEY, round(item.mean_absolute_change, OVERALL_DECIMALS), decimals=OVERALL_DECIMALS, origin="scores"
                ),
            )
            for item in robustness
        ),
        tuple(
            _held_out(item, [head.group(item.measures.name) for head in heads.values()], least)
            for item in metrics.held_out_sites
        ),
    )


def _held_out(item: HeldOutSite, shown: list[GroupView | None], least: int) -> HeldOutSiteView:
    """The site's measures under the model that never saw it, if the site itself is shown; its counts are shown there."""
    group = next((view for view in shown if view is not None and not view.withheld), None)
    if group is None or not item.measures.assessed:
        nothing = Count(KEY, None, Why.SMALL)
        return HeldOutSiteView(KEY, item.site, nothing, nothing, {}, Why.SMALL)
    return HeldOutSiteView(
        KEY, item.site, group.n, group.events, _measures(item.measures, group, GROUP_DECIMALS, least)
    )


def _measures(group: GroupMeasures, shown: GroupView, decimals: int, least: int) -> Mapping[str, Quantity]:
    """Measures of the scores that the group's own view shows too, under the same guards."""
    weighs = any(name in shown.measures and shown.measures[name].shown for name in PROBABILITIES)
    found = from_scores(group, decimals, least, weighs=weighs)
    return {name: quantity for name, quantity in found.items() if name in shown.measures and shown.measures[name].shown}
