"""Discrimination: an absolute floor for every version, and non-inferiority against base and anchor."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.comparison import Comparison
from wardround.evidence.measures import Metrics
from wardround.gate.facts import count, interval, margin, measure
from wardround.gate.headline import assessments
from wardround.gate.noninferiority import ENDPOINT, POPULATION, Assessment, Standing
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.project.judging import NonInferiority

#: The AUROC of guessing.
CHANCE = 0.5


@rule(
    "performance.floor",
    "Every version discriminates at least this well",
    params=("gate.floor.auroc",),
    needs=("metrics",),
)
def floor(request: JudgeRequest) -> Iterator[Said]:
    """The estimate must reach the floor, and its interval must lie above chance."""
    metrics = request.metrics.value
    assert isinstance(metrics, Metrics)
    population = metrics.population(POPULATION)
    group = population.group("all") if population else None
    estimate = group.measures.get(ENDPOINT) if group else None
    limits = interval(estimate)
    least = request.base_params.gate.floor.auroc
    facts = (*measure("AUROC", estimate), margin("least AUROC", least))
    if estimate is not None and estimate.value is not None and estimate.value < least:
        yield refuses(
            "The AUROC on new subjects is below the floor that every version must reach.",
            "Improve features or model. If the outcome cannot be predicted better, a lower floor is a change of the "
            "gate, in a pull request of its own that its owners approve.",
            *facts,
        )
    elif limits is None:
        yield cannot_tell(
            "The AUROC on new subjects, or its interval, could not be measured.",
            "The test split needs encounters with and without the outcome: widen the window or the test share.",
            *facts,
        )
    elif limits.low <= CHANCE < least:
        yield cannot_tell(
            "The AUROC on new subjects reaches the floor, but its interval includes chance.",
            "Too few events to tell the model from guessing: add encounters to the test block.",
            *facts,
        )
    else:
        yield passes("The AUROC on new subjects reaches the floor.", *facts)


@rule(
    "performance.non_inferiority",
    "No meaningful loss of discrimination against base and anchor",
    params=("gate.non_inferiority.margin", "gate.non_inferiority.power"),
    needs=("comparison",),
)
def non_inferiority(request: JudgeRequest) -> Iterator[Said]:
    """Against each reference on each test set of the comparison; all must pass."""
    if request.baseline:
        yield not_applicable("The first version has nothing to be compared with; the absolute floors decide.")
        return
    comparison = request.comparison.value
    assert isinstance(comparison, Comparison)
    yield from _left_out(comparison, request)
    for assessed in assessments(comparison, request):
        yield _said(assessed, request.base_params.gate.non_inferiority)


def _left_out(comparison: Comparison, request: JudgeRequest) -> Iterator[Said]:
    """A comparison that is not in the evidence must not look like one that was passed."""
    for reference in ("base", *(("anchor",) if request.anchor_commit else ())):
        test_sets = {item.test_set for item in comparison.versus(reference)}
        wanted = ("head", *(("reference",) if reference == "base" and request.own_test_set_needed else ()))
        for test_set in wanted:
            if test_set not in test_sets:
                owner = "the head's" if test_set == "head" else "its own"
                yield cannot_tell(
                    f"The comparison with the {reference} on {owner} test set is missing.",
                    "Run the review again; where the reference's program does not run, its finding says why.",
                    subject=f"{reference}, {test_set} test set",
                )


def _said(assessed: Assessment, params: NonInferiority) -> Said:
    against, limits, group = assessed.against, assessed.limits, assessed.group
    subject = f"{against.reference}, {against.test_set} test set"
    who = f"the {against.reference}"
    facts = (
        *measure("difference in AUROC", limits),
        margin("margin", params.margin),
        *((count("events", group.events),) if group else ()),
    )
    needed = (count("events needed", assessed.needed),) if assessed.needed is not None else ()
    match assessed.standing:
        case Standing.NOT_COMPARED:
            return cannot_tell(
                f"The head could not be compared with {who}: {assessed.reason}.",
                "See docs/rules/performance.non_inferiority.md, *not comparable*: rebase, fetch the reference's model, or "
                "take a later revision as base.",
                *facts,
                subject=subject,
            )
        case Standing.UNDERPOWERED:
            return cannot_tell(
                f"The test set has too few events to show non-inferiority against {who}.",
                "Collect the events that are needed (a longer window, a larger test share). The margin is not widened "
                "afterwards.",
                *facts,
                margin("power", params.power),
                *needed,
                subject=subject,
            )
        case Standing.INFERIOR:
            return refuses(
                f"A loss of AUROC against {who} of at least the margin is not excluded, though the test set has the power "
                "to exclude it."
                if limits is not None and limits.high > -params.margin
                else f"The AUROC is worse than that of {who} by more than the margin.",
                "Look in the report for the groups and features that lost; undo or mend the change.",
                *facts,
                *needed,
                subject=subject,
            )
        case Standing.UNCHANGED:
            return passes(f"The scores discriminate exactly as those of {who}.", *facts, subject=subject)
        case Standing.SUPERIOR:
            return passes(f"The AUROC is better than that of {who}.", *facts, subject=subject)
        case Standing.NON_INFERIOR:
            return passes(f"The AUROC is not worse than that of {who} by the margin.", *facts, subject=subject)


RULES = (floor, non_inferiority)
