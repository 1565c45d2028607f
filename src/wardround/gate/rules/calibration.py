"""Calibration: do the probabilities mean what they say, on the whole and at the extremes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.evidence.measures import GroupMeasures, Metrics
from wardround.gate.facts import interval, margin, measure
from wardround.gate.limits import between
from wardround.gate.noninferiority import POPULATION
from wardround.gate.request import JudgeRequest
from wardround.gate.rule import Said, cannot_tell, passes, refuses, rule
from wardround.values import Verdict


@dataclass(frozen=True)
class _Target:
    """A measure that should lie near a number: its key and name, its limits, and what mends it below and above them."""

    key: str
    name: str
    tolerated: tuple[float, float]
    below: str
    above: str


def _everybody(request: JudgeRequest) -> GroupMeasures | None:
    metrics = request.metrics.value
    assert isinstance(metrics, Metrics)
    population = metrics.population(POPULATION)
    return population.group("all") if population else None


def _judge(request: JudgeRequest, target: _Target) -> Said:
    """The three-way answer for one measure of all new subjects."""
    key, name = target.key, target.name
    group = _everybody(request)
    estimate = group.measures.get(key) if group else None
    lower, upper = target.tolerated
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
    side, mend = ("below", target.below) if limits.value < lower else ("above", target.above)
    if verdict is Verdict.PASS:
        return passes(f"The {name} on new subjects lies within its limits.", *facts)
    if verdict is Verdict.REFUSE:
        return refuses(f"The {name} on new subjects lies {side} its limits, its whole interval too.", mend, *facts)
    if lower <= limits.value <= upper:
        return cannot_tell(
            f"The interval of the {name} is wider than its limits are apart.",
            "Add encounters to the test block: a longer window or a larger test share.",
            *facts,
        )
    return cannot_tell(
        f"The {name} lies {side} its limits, but its interval reaches inside.",
        f"{mend} Or add encounters to the test block, to tell chance from miscalibration.",
        *facts,
    )


@rule(
    "calibration.slope",
    "High risks are high enough and low risks low enough",
    params=("gate.calibration.slope", "gate.fairness.min_events"),
    needs=("metrics",),
)
def slope(request: JudgeRequest) -> Iterator[Said]:
    """The calibration slope on new subjects."""
    least = request.base_params.gate.fairness.min_events
    group = _everybody(request)
    if group is not None and min(group.events, group.n - group.events) < least:
        fewer = "events" if group.events < least else "encounters without the event"
        yield cannot_tell(
            f"The test block has too few {fewer} for a calibration slope: fewer than {least}.",
            f"Add encounters to the test block until {least} new subjects have the event and {least} have not; for a slope that is known "
            "well enough it takes about 100 of each, better 200. A change of the model would be fitted to chance.",
            margin("least events", least),
        )
        return
    platt = request.head_params.train.recalibration == "platt"
    yield _judge(
        request,
        _Target(
            "slope",
            "calibration slope",
            request.base_params.gate.calibration.slope,
            below="The predictions are too extreme: regularise more"
            + ("." if platt else ", or set train.recalibration to platt."),
            above="The predictions are too cautious: let the model learn more.",
        ),
    )


@rule(
    "calibration.in_the_large",
    "As many events happen as are predicted",
    params=("gate.calibration.observed_expected",),
    needs=("metrics",),
)
def in_the_large(request: JudgeRequest) -> Iterator[Said]:
    """Observed over expected events on new subjects."""
    told = request.head_params.train.recalibration
    mend = (
        "the outcome's rate differs from that in training: set train.recalibration to intercept, check the validation "
        "block, and ask why the rate changed."
        if told == "none"
        else f"train.recalibration is {told}, so the mean is right in the validation block; since then the outcome's rate changed, or "
        "what a feature says. Ask why (coding, case mix, outcomes that are not in yet), and move the window so that validation is newer."
    )
    yield _judge(
        request,
        _Target(
            "oe",
            "ratio of observed to expected events",
            request.base_params.gate.calibration.observed_expected,
            below=f"Fewer events happened than are predicted; {mend}",
            above=f"More events happened than are predicted; {mend}",
        ),
    )


RULES = (slope, in_the_large)
