"""The self-test on evidence: it finds a sleeping rule, and today none sleeps."""

from __future__ import annotations

import pytest

from wardround.gate import engine, selftest
from wardround.gate.registry import RULES
from wardround.gate.rule import Rule, passes
from wardround.values import Verdict


def test_every_fault_is_caught_and_the_healthy_specimen_passes() -> None:
    assert [caught for caught in selftest.rehearse() if caught.missed] == []


def test_every_deciding_rule_has_a_planted_refusal() -> None:
    refused = {fault.rule for fault in selftest.faults() if fault.wanted is Verdict.REFUSE}
    assert refused == {rule.id for rule in RULES if rule.decides}


@pytest.mark.parametrize("one", [rule for rule in RULES if rule.decides], ids=lambda rule: rule.id)
def test_a_rule_that_fell_asleep_is_found(one: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = Rule(one.id, one.title, one.params, (), lambda _: [passes("All is well.")])
    rules = tuple(asleep if rule.id == one.id else rule for rule in RULES)
    awake = engine.judge
    monkeypatch.setattr(selftest, "judge", lambda request: awake(request, rules))
    assert [caught for caught in selftest.rehearse() if caught.missed]


def test_a_gate_that_stops_everything_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusing what is healthy is a fault, too."""
    awake = engine.judge
    monkeypatch.setattr(
        selftest, "judge", lambda request: awake(request).model_copy(update={"verdict": Verdict.REFUSE})
    )
    assert selftest.rehearse()[0].missed
