"""Faults planted into evidence, one at a time: each must turn its rule red, and the healthy specimen must pass.

This proves that no rule sleeps. That the pipeline makes such evidence from bad models, leaking features and broken data is
proved by ``wardround.flows.selftest``, which really runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from wardround.evidence.base import Read
from wardround.evidence.card import CardCheck, Incomplete, Stale
from wardround.evidence.features import Leak
from wardround.evidence.lock import LockCheck
from wardround.evidence.phi import PhiCheck, PhiPlace
from wardround.gate.engine import judge
from wardround.gate.plan.atoms import Atom, Kind
from wardround.gate.registry import RULES
from wardround.gate.request import JudgeRequest
from wardround.gate.specimen import (
    against,
    comparison,
    estimate,
    features,
    group,
    having,
    healthy,
    judged_by,
    metrics,
    params,
    profile,
    split,
    training,
    validation,
)
from wardround.project.params import Params
from wardround.values import Verdict, worst


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, the rule that must see it, and what it must say at least."""

    name: str
    rule: str
    request: JudgeRequest
    wanted: Verdict = Verdict.REFUSE


@dataclass(frozen=True)
class Caught:
    """What the gate said to one fault; ``missed`` when it was not what was wanted."""

    name: str
    rule: str
    wanted: Verdict
    found: Verdict

    @property
    def missed(self) -> bool:
        """Whether the gate let the fault pass, or stopped what is healthy."""
        return self.found is not self.wanted


def faults() -> tuple[Fault, ...]:
    """Every planted fault: at least one refusal a rule, and every kind of evidence withheld."""
    return (*_refusals(), *_silences())


def _refusals() -> Iterator[Fault]:
    own = healthy()
    small = (3000, 360)
    leak = Leak(feature="next_stay", how="future_truncated", changed=190, compared=600)
    yield Fault(
        "values in another unit", "data.contract", having(own, validation=validation(("range", "creatinine", 0.3)))
    )
    yield Fault("a site that stopped sending a field", "data.shift", having(own, profile=profile(missing=0.4)))
    yield Fault("a feature that knows the future", "data.leakage", having(own, features=features(leak)))
    yield Fault("a feature that is the outcome in disguise", "data.leakage", having(own, training=training(0.99)))
    yield Fault("a patient in train and test", "split.subject_overlap", having(own, split=split(overlap=1)))
    yield Fault(
        "a name in a notebook's output",
        "privacy.phi",
        having(own, phi=PhiCheck(found=1, places=(PhiPlace(rule="phi.name", place="look.ipynb (cell 2 output)"),))),
    )
    yield Fault("a lock that is not what the stages make", "lock.fresh", having(own, lock=LockCheck(stale=("train",))))
    yield Fault(
        "a model that guesses",
        "performance.floor",
        having(own, metrics=metrics(auroc=estimate(0.51, 0.02))),
    )
    yield Fault(
        "a model worse than the base",
        "performance.non_inferiority",
        having(own, comparison=comparison(against(auroc=(-0.03, 0.003)), against("anchor"))),
    )
    yield Fault(
        "a model worse than the anchor, though as good as the base",
        "performance.non_inferiority",
        having(own, comparison=comparison(against(), against("anchor", auroc=(-0.03, 0.003)))),
    )
    yield Fault("extreme predictions", "calibration.slope", having(own, metrics=metrics(slope=estimate(0.5, 0.1))))
    yield Fault(
        "twice as many events as predicted",
        "calibration.in_the_large",
        having(own, metrics=metrics(oe=estimate(2, 0.1))),
    )
    yield Fault(
        "a threshold that does harm",
        "utility.net_benefit",
        having(own, metrics=metrics(net_benefit__=estimate(-0.02, 0.005))),
    )
    yield Fault(
        "more alerts than hands",
        "utility.workload",
        having(own, metrics=metrics(alerts_per_100__=estimate(40, 2))),
    )
    yield Fault(
        "a group whose events are missed",
        "fairness.gap",
        having(own, metrics=metrics(group("sex", "F", small, sensitivity__=estimate(0.2, 0.05)))),
    )
    yield Fault(
        "a group that pays for the change",
        "fairness.worst_group",
        having(own, comparison=comparison(against(groups={"sex=M": (-0.08, 0.01)}), against("anchor"))),
    )
    yield Fault(
        "a site where the model fails",
        "sites.worst",
        having(own, metrics=metrics(group("site", "south", small, auroc=estimate(0.45, 0.03)))),
    )
    yield Fault(
        "a retraining that misses what was agreed for it",
        "change.plan",
        having(
            own,
            comparison=comparison(against(), against("anchor", groups={"sex=M": (0.0, 0.006)}, auroc=(-0.03, 0.003))),
        ),
    )
    yield Fault(
        "a change outside the plan that nobody more has looked at",
        "change.plan",
        judged_by(replace(own, atoms=(*(own.atoms or ()), Atom(Kind.PATH, "pipelines/features.py"))), asking()),
        Verdict.CANNOT_TELL,
    )
    lacking = CardCheck(there=True, incomplete=(Incomplete(profile="model", fields=("purpose.intended_use",)),))
    yield Fault(
        "a card without the intended use",
        "card.complete",
        judged_by(having(own, card=lacking), params(gate={"card": {"profiles": ["model"]}})),
    )
    typed = Stale(where="governance/card.yaml: validation.interpretation", what="auroc was typed")
    yield Fault(
        "a card with a number of its own", "card.stale", having(own, card=CardCheck(there=True, stale=(typed,)))
    )
    yield Fault("a test block that was looked at too often", "budget.test_set", replace(own, looks=51))


def asking() -> Params:
    """Params that ask for a label and a reviewer where a change is outside the plan."""
    return params(gate={"change": {"label": "outside-plan", "reviewers": ["clinical-owner"]}})


def _silences() -> Iterator[Fault]:
    """Each rule with each kind of evidence that it needs withheld."""
    for rule in RULES:
        for name in rule.needs:
            withheld: dict[str, Any] = {name: Read.failed(f"{name}.json is missing")}
            yield Fault(
                f"{name.replace('_', ' ')} withheld",
                rule.id,
                replace(healthy(), **withheld),
                Verdict.CANNOT_TELL,
            )
    yield Fault(
        "base profile withheld",
        "data.shift",
        replace(healthy(), base_profile=Read.failed("profile.json is missing")),
        Verdict.CANNOT_TELL,
    )


def check(request: JudgeRequest, name: str, rule: str, wanted: Verdict) -> Caught:
    """What the rule said, the worst of its findings. A fault whose decision passes as a whole counts as passed."""
    decision = judge(request)
    found = worst([finding.verdict for finding in decision.of(rule)]) if rule else decision.verdict
    if found.blocks and not decision.verdict.blocks:
        found = decision.verdict
    return Caught(name, rule, wanted, found)


def rehearse() -> tuple[Caught, ...]:
    """The healthy specimen first, then a change that switches judging off for itself, then every fault."""
    off = params(gate={"off": [rule.id for rule in RULES]})
    bad = having(healthy(), metrics=metrics(auroc=estimate(0.51, 0.02)))
    return (
        check(healthy(), "the healthy specimen", "", Verdict.PASS),
        check(
            replace(bad, head_params=off),
            "a change that switches off its own judge",
            "performance.floor",
            Verdict.REFUSE,
        ),
        *(check(fault.request, fault.name, fault.rule, fault.wanted) for fault in faults()),
    )
