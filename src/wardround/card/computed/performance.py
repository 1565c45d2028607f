"""How well the model does: on everybody, by group, by site, at each threshold."""

from __future__ import annotations

from wardround.card import words
from wardround.card.facts import ALL, NEW, Facts, value_of
from wardround.card.sheet import Computed, Table
from wardround.disclosure.published import GroupView

METRICS = ("metrics.json#populations",)
_HELD_OUT, _ROBUST, _SIMPLE = (
    ("metrics.json#held_out_sites",),
    ("metrics.json#robustness",),
    ("metrics.json#baselines",),
)
OVERALL = ("auroc", "auprc", "scaled_brier", "oe", "slope", "ici")
AT = ("sensitivity", "specificity", "ppv", "npv", "alerts_per_100", "nne", "net_benefit")
#: What groups are compared by.
_GROUP = ("auroc", "oe", "slope")


def validity(facts: Facts) -> Computed:
    """The measures of everybody, both populations, with intervals."""
    rows = []
    both = {name: facts.group("all", name) for name in (NEW, ALL)}
    for key in (*OVERALL, *(f"{name}@{t!r}" for t in facts.published.thresholds for name in AT)):
        values = [value_of(view, key) for view in both.values()]
        if any(value is not None for value in values):
            rows.append(
                (words.measure(key), *(str(value) if value is not None else "not measured" for value in values))
            )
    if not rows:
        return Computed(evidence=METRICS)
    return Computed(
        (
            "New patients: nobody in this test block was trained on. All comers: as deployed. 95 % intervals, by patient.",
        ),
        Table("Measures on the sealed test block", ("Measure", "New patients", "All comers"), tuple(rows)),
        METRICS,
    )


def fairness(facts: Facts) -> Computed:
    """Measures by declared group; what is withheld says so."""
    return _by_group(facts, "Measures by group, new patients", sites=False)


def sites(facts: Facts) -> Computed:
    """Measures by site."""
    return _by_group(facts, "Measures by site, new patients", sites=True)


def _by_group(facts: Facts, caption: str, *, sites: bool) -> Computed:
    keys = (*_GROUP, *((f"sensitivity@{facts.operating!r}",) if facts.operating is not None else ()))
    groups = [item for item in facts.groups() if item.column and (item.column == "site") is sites]
    rows = tuple(_row(item, keys) for item in groups)
    if not rows:
        return Computed(evidence=METRICS)
    table = Table(caption, ("Group", "Encounters", "Events", *(words.measure(key) for key in keys)), rows)
    return Computed(("Groups that are too small for a safe table, or to be assessed, say so.",), table, METRICS)


def _row(group: GroupView, keys: tuple[str, ...]) -> tuple[str, ...]:
    name = words.group(group.column, group.level)
    if group.withheld:
        return (name, str(group.withheld), *([""] * (len(keys) + 1)))
    values = (value_of(group, key) for key in keys)
    return (name, str(group.n), str(group.events), *(str(value) if value is not None else "" for value in values))


def external(facts: Facts) -> Computed:
    """Each site by a model that never saw it, where that was asked for; this is no other institution's test."""
    rows = tuple(
        (
            item.site,
            str(item.n),
            str(item.withheld) if item.withheld else str(item.measures.get("auroc", "not measured")),
        )
        for item in facts.published.held_out_sites
    )
    if not rows:
        return Computed(
            ("No site was held out (evaluate.leave_one_site_out), and no data of others are known to the pipeline.",),
            evidence=_HELD_OUT,
        )
    note = (
        "The model fitted without the site, measured on it. The sites belong to the same source as the training data."
    )
    return Computed((note,), Table("Leave one site out", ("Site", "Encounters", "AUROC"), rows), _HELD_OUT)


def robustness(facts: Facts) -> Computed:
    """How measures move under disturbance."""
    rows = tuple(
        (item.description, str(item.auroc), str(item.mean_absolute_change)) for item in facts.published.robustness
    )
    headings = ("Disturbance", "AUROC", "Mean change of the probability")
    return Computed((), Table("Disturbed inputs", headings, rows), _ROBUST) if rows else Computed(evidence=_ROBUST)


def comparison(facts: Facts) -> Computed:
    """Simple models beside this one."""
    rows = tuple(
        (item.name.replace("_", " "), str(item.measures.get("auroc", "")), str(item.measures.get("scaled_brier", "")))
        for item in facts.published.baselines
        if item.population == NEW
    )
    table = Table("Simple models on the same encounters", ("Model", "AUROC", "Scaled Brier score"), rows)
    return Computed((), table, _SIMPLE) if rows else Computed(evidence=_SIMPLE)


def updating(facts: Facts) -> Computed:
    """The paired comparison with base and anchor, where there is one."""
    rows = []
    for item in facts.published.against:
        cohort = item.cohort(NEW)
        change = cohort.change("all") if cohort else None
        for difference in change.differences if change else ():
            if difference.measure in ("auroc", "oe", "slope"):
                values = (str(difference.reference), str(difference.head), str(difference.difference))
                rows.append((item.reference, words.measure(difference.measure), *values))
    if not rows:
        return Computed(("There is no earlier version to compare with.",), evidence=("comparison.json#against",))
    headings = ("Against", "Measure", "Reference", "This model", "Difference")
    return Computed((), Table("Compared on the same encounters", headings, tuple(rows)), ("comparison.json#against",))


def thresholds(facts: Facts) -> Computed:
    """The declared thresholds."""
    first, *others = facts.params.evaluate.thresholds
    more = f"; also measured at {', '.join(f'{item:g}' for item in others)}" if others else ""
    return Computed(
        (f"An alert is raised at a risk of {first:g} (evaluate.thresholds){more}.",),
        evidence=("params.yaml#evaluate.thresholds",),
    )
