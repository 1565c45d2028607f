"""What the rules say of the runs of signals: severity, since when, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.decision import Fact
from wardround.evidence.monitor import MonitorFinding, Severity
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift.judging import Run
from wardround.monitoring.drift.measured import Measured

#: Rules whose every crossing is a fault of the supply.
FAULTS = (rules.UNITS, rules.CODING, rules.CONSTANT)
#: Rules that measure something only where it is suspected: a window without it is one without the fault.
SUSPECTED = (rules.UNITS, rules.CODING)
#: Rules whose far limit is a fault of the supply: an outage, new codes, violations.
FAR_FAULTS = (rules.MISSING, rules.CATEGORY, rules.CONTRACT)

_ASK = "Ask those who send it before anything is fitted to these values: a new fit would learn the fault."
_LOOK = "Inputs alone do not tell harm from a harmless change: look at calibration and workload in the same windows."


@dataclass(frozen=True)
class _Words:
    summary: str
    advice: str


_WORDS = {
    (rules.UNITS, "other_unit_share"): _Words("{what} seems to arrive in another unit: {detail}.", _ASK),
    (rules.CODING, "psi"): _Words("Codes of {what} seem to have changed: {detail}.", _ASK),
    (rules.MISSING, "missing"): _Words("{what} is missing more or less often than in training.", _LOOK),
    (rules.CONSTANT, "one_value_share"): _Words("{what} is nearly always one and the same value.", _ASK),
    (rules.CATEGORY, "new_levels_share"): _Words("{what} has levels that training had not.", _ASK),
    (rules.CATEGORY, "level_share"): _Words("{level}, a level of {what} in training, does not occur.", _ASK),
    (rules.CONTRACT, "violation_share"): _Words("{what} violates the contract.", _ASK),
    (rules.RANGE, "out_of_range_share"): _Words("{what} lies beyond all values of training.", _LOOK),
    (rules.FEATURE, "psi"): _Words("{what} is distributed otherwise than in training.", _LOOK),
    (rules.SITE, "psi"): _Words("{what} is distributed otherwise than before.", _LOOK),
    (rules.SITE, "site_share"): _Words(
        "{what} is a site that training had not.",
        "Assess the model at this site before its answers are relied on: its patients, units and codes may differ.",
    ),
    (rules.SITE, "site_gone"): _Words("No encounter came from {what}.", "Ask whether the site still sends."),
    (rules.MULTIVARIATE, "auroc"): _Words("Inputs taken together tell these windows from training.", _LOOK),
}
_OUT = "{what} is out: it is missing in nearly all encounters."


def finding(run: Run, persistence: tuple[int, int], current: str) -> MonitorFinding | None:
    """What is to be said of a run in the last window, ``current``; None when it is not crossed there and was no fault before."""
    latest = run.latest
    item = latest.measured
    stale = latest.window != current
    if stale and item.rule not in SUSPECTED:
        return None
    ended = stale or not latest.crossed
    if ended and not any(_fault(one.measured.rule, far=one.far) and one.crossed for one in run.items):
        return None
    words = _WORDS[item.rule, item.measure]
    text = _OUT if item.rule == rules.MISSING and latest.far else words.summary
    said = text.format(what=subject(item), detail=item.detail, level=item.level)
    if ended:
        last = next(one.window for one in reversed(run.items) if one.crossed and _fault(item.rule, far=one.far))
        said = f"{subject(item)} had a fault of the supply, and it has ended: {last} was its last window."
    return MonitorFinding(
        rule=item.rule,
        severity=Severity.NOTE if ended else _severity(run, persistence),
        subject=subject(item),
        summary=said,
        advice=words.advice,
        since="" if ended else run.since,
        windows=run.windows,
        facts=() if ended else _facts(item),
    )


def subject(item: Measured) -> str:
    """What a measure is about: a column, a column at a site, or a site."""
    if item.rule == rules.SITE and item.measure != "psi":
        return item.level
    if item.level and item.measure != "level_share":
        return f"{item.column} at {item.level}"
    return item.column


def _fault(rule: str, *, far: bool) -> bool:
    return rule in FAULTS or (far and rule in FAR_FAULTS)


def _severity(run: Run, persistence: tuple[int, int]) -> Severity:
    latest = run.latest
    if _fault(latest.measured.rule, far=latest.far):
        return Severity.ALERT
    if latest.far or run.often(persistence):
        return Severity.WARNING
    return Severity.NOTE


def _facts(item: Measured) -> tuple[Fact, ...]:
    facts = []
    if item.events is not None:
        facts.append(Fact(name=item.measure, type="proportion", numerator=item.events, denominator=item.n))
    else:
        estimate = item.estimate
        facts.append(
            Fact(name=item.measure, type="measure", value=estimate.value, low=estimate.low, high=estimate.high)
        )
    for name, limit in zip(("lower limit", "upper limit"), item.limits, strict=True):
        if limit is not None:
            facts.append(Fact(name=name, type="margin", value=round(limit, 4)))
    return tuple(facts)
