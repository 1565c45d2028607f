"""Calibration: do the probabilities mean what they say, on the whole and at the extremes."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.evidence.measures import Metrics
from wardround.gate.facts import interval, margin, measure
from wardround.gate.limits import between
from wardround.gate.noninferiority import POPULATION
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, passes, refuses, rule
from wardround.values import Verdict


def _judge(request: JudgeRequest, key: str, name: str, tolerated: tuple[float, float], mend: str) -> Said:
    """The three-way answer for one measure of all new subjects."""
    metrics = request.metrics.value
    assert isinstance(metrics, Metrics)
    population = metrics.population(POPULATION)
    group = population.group("all") if population else None
    estimate = group.measures.get(key) if group else None
    lower, upper = tolerated
    facts = (*measure(key, estimate), margin("lower limit", lower), margin("upper limit", upper))
    limits = interval(estimate)
    if limits is None:
        note = estimate.note if estimate is not None else ""
        return cannot_tell(
            f"The {name} on new subjects, or its interval, could not be measured{': ' + note if note else ''}.",
            "The test split needs encounters with and without the outcome, and scores that differ.",
            *facts,
        )
    verdict = between(limits, lower, upper)
    if verdict is Verdict.PASS:
        return passes(f"The {name} on new subjects lies within its limits.", *facts)
    if verdict is Verdict.REFUSE:
        return refuses(f"The {name} on new subjects lies outside its limits, its whole interval too.", mend, *facts)
    if lower <= limits.value <= upper:
        return cannot_tell(
            f"The interval of the {name} is wider than its limits are apart.",
            "Add encounters to the test block: a longer window or a larger test share.",
            *facts,
        )
    return cannot_tell(
        f"The {name} lies outside its limits, but its interval reaches inside.",
        f"{mend} Or add encounters to the test block, to tell chance from miscalibration.",
        *facts,
    )


@rule(
    "calibration.slope",
    "High risks are high enough and low risks low enough",
    params=("gate.calibration.slope",),
    needs=("metrics",),
)
def slope(request: JudgeRequest) -> Iterator[Said]:
    """The calibration slope on new subjects."""
    tolerated = request.base_params.gate.calibration.slope
    mend = (
        "Below 1 the predictions are too extreme: regularise more or set train.recalibration to platt. Above 1 they are "
        "too cautious: let the model learn more."
    )
    yield _judge(request, "slope", "calibration slope", tolerated, mend)


@rule(
    "calibration.in_the_large",
    "As many events happen as are predicted",
    params=("gate.calibration.observed_expected",),
    needs=("metrics",),
)
def in_the_large(request: JudgeRequest) -> Iterator[Said]:
    """Observed over expected events on new subjects."""
    tolerated = request.base_params.gate.calibration.observed_expected
    mend = (
        "The outcome's rate differs from that in training: set train.recalibration to intercept, check the validation "
        "block, and ask why the rate changed."
    )
    yield _judge(request, "oe", "ratio of observed to expected events", tolerated, mend)


RULES = (slope, in_the_large)
