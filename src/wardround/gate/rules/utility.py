"""Clinical utility at the operating threshold: net benefit, and the alerts that people must answer."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.comparison import Against, Comparison
from wardround.evidence.measures import GroupMeasures, Metrics
from wardround.gate.facts import interval, margin, measure, text
from wardround.gate.freshness import unusable
from wardround.gate.limits import at_least, at_most
from wardround.gate.noninferiority import POPULATION, paired_limits
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, not_applicable, passes, refuses, rule
from wardround.values import Population, Verdict

#: The interval of a difference in net benefit may reach down to this many times the tolerated loss. Project choice.
REACH = 3.0


def _operating(request: JudgeRequest) -> float:
    return request.base_params.evaluate.thresholds[0]


def _group(request: JudgeRequest, population: str) -> GroupMeasures | None:
    metrics = request.metrics.value
    assert isinstance(metrics, Metrics)
    found = metrics.population(population)
    return found.group("all") if found else None


def _not_measured(what: str, threshold: float) -> Said:
    return cannot_tell(
        f"The {what} at the base's operating threshold was not measured.",
        "Keep the base's operating threshold among evaluate.thresholds; a new one takes effect after the merge.",
        margin("operating threshold", threshold),
    )


@rule(
    "utility.net_benefit",
    "Acting on the model helps, and not less than before",
    params=("gate.utility.net_benefit_loss", "evaluate.thresholds"),
    needs=("metrics",),
)
def net_benefit(request: JudgeRequest) -> Iterator[Said]:
    """Against alerting nobody and everybody (every version), and against the base on each test set (all but the first)."""
    yield _against_no_model(request)
    if request.baseline:
        return
    if reason := unusable("comparison", request):
        yield cannot_tell(f"There is no comparison with the base ({reason}).", "Run `wardround review` again.")
        return
    comparison = request.comparison.value
    assert isinstance(comparison, Comparison)
    versus = comparison.versus("base")
    if not versus:
        yield cannot_tell("The comparison with the base is missing.", "Run `wardround review` again.")
    for item in versus:
        yield _against_base(request, item)


def _against_no_model(request: JudgeRequest) -> Said:
    """Vickers and Elkin 2006: a model is of use at a threshold where it beats treating nobody (0) and everybody."""
    threshold, loss = _operating(request), request.base_params.gate.utility.net_benefit_loss
    group = _group(request, POPULATION)
    estimate = group.measures.get(f"net_benefit@{threshold!r}") if group else None
    limits = interval(estimate)
    if group is None or limits is None or group.n == 0:
        return _not_measured("net benefit", threshold)
    prevalence = group.events / group.n
    everybody = prevalence - (1 - prevalence) * threshold / (1 - threshold)
    facts = (
        *measure("net benefit", estimate),
        margin("operating threshold", threshold),
        margin("tolerated loss", loss),
        text("rival", "alerting everybody" if everybody > 0 else "alerting nobody"),
    )
    match at_least(limits, max(0.0, everybody) - loss):
        case Verdict.PASS:
            return passes("At the operating threshold the model is at least as useful as none.", *facts)
        case Verdict.REFUSE:
            return refuses(
                "At the operating threshold the model does harm: alerting nobody, or everybody, would be better.",
                "Recalibrate, or choose a threshold at which a decision really changes (evaluate.thresholds).",
                *facts,
            )
        case _:
            return cannot_tell(
                "At the operating threshold the model measured worse than no model, within chance.",
                "Add encounters to the test block, or choose a threshold at which a decision really changes.",
                *facts,
            )


def _against_base(request: JudgeRequest, against: Against) -> Said:
    threshold, loss = _operating(request), request.base_params.gate.utility.net_benefit_loss
    subject = f"base, {against.test_set} test set"
    population = against.population(POPULATION) if against.comparable else None
    group = population.group("all") if population else None
    difference = group.of(f"net_benefit@{threshold!r}") if group else None
    limits = paired_limits(difference) if difference else None
    facts = (
        *measure("difference in net benefit", limits),
        margin("tolerated loss", loss),
        margin("operating threshold", threshold),
    )
    if limits is None:
        return cannot_tell(
            "The difference in net benefit to the base could not be measured.",
            "Keep the base's operating threshold among evaluate.thresholds, and see performance.non_inferiority for "
            "why the two may not be comparable.",
            *facts,
            subject=subject,
        )
    match at_least(limits, -loss, -REACH * loss):
        case Verdict.PASS:
            return passes("No net benefit beyond the tolerated loss is given up.", *facts, subject=subject)
        case Verdict.REFUSE:
            return refuses(
                "More net benefit is lost against the base than is tolerated.",
                "Look at the decision curves in the report: is it calibration near the threshold, or discrimination?",
                *facts,
                subject=subject,
            )
        case _:
            return cannot_tell(
                "The difference in net benefit is too uncertain, or beyond the tolerated loss within chance.",
                "Add encounters to the test block: a longer window or a larger test share.",
                *facts,
                subject=subject,
            )


@rule(
    "utility.workload",
    "People can answer the alerts",
    params=("gate.utility.alerts_per_day", "gate.utility.alerts_per_100", "evaluate.thresholds"),
    needs=("metrics",),
)
def workload(request: JudgeRequest) -> Iterator[Said]:
    """Alerts among all comers, as deployed, at the operating threshold."""
    limits = request.base_params.gate.utility
    declared = [
        (key, words, most)
        for key, words, most in (
            ("alerts_per_day", "alerts per day", limits.alerts_per_day),
            ("alerts_per_100", "alerts per 100 encounters", limits.alerts_per_100),
        )
        if most is not None
    ]
    if not declared:
        yield not_applicable("No limit of alerts is declared (gate.utility.alerts_per_day, alerts_per_100).")
    for key, words, most in declared:
        yield _alerts(request, key, words, most)


def _alerts(request: JudgeRequest, key: str, words: str, most: float) -> Said:
    threshold = _operating(request)
    group = _group(request, Population.ALL_COMERS.value)
    estimate = group.measures.get(f"{key}@{threshold!r}") if group else None
    limits = interval(estimate)
    facts = (
        *measure(key.replace("_", " "), estimate),
        margin("most", most),
        margin("operating threshold", threshold),
    )
    if limits is None:
        note = estimate.note if estimate is not None else ""
        return cannot_tell(
            f"The {words} among all comers could not be measured{': ' + note if note else ''}.",
            "Alerts per day need a time column (data.columns.time); the base's operating threshold must stay among "
            "evaluate.thresholds.",
            *facts,
            subject=words,
        )
    match at_most(limits, most):
        case Verdict.PASS:
            return passes(f"The {words} stay within what people can answer.", *facts, subject=words)
        case Verdict.REFUSE:
            return refuses(
                f"The {words} exceed what people can answer.",
                "Raise the operating threshold, or agree on more capacity and raise the limit in a change of its own.",
                *facts,
                subject=words,
            )
        case _:
            return cannot_tell(
                f"The {words} are above the limit, within chance.",
                "Raise the operating threshold a little, or add encounters to the test block.",
                *facts,
                subject=words,
            )


RULES = (net_benefit, workload)
