"""``wardround gate``: exit codes and what is printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from wardround.cli.gate import command
from wardround.evidence.decision import Decision
from wardround.gate import judge
from wardround.gate.selftest import Caught
from wardround.gate.specimen import estimate, having, healthy, metrics, validation
from wardround.values import Verdict

FINE = judge(healthy())
WORSE = judge(having(healthy(), metrics=metrics(auroc=estimate(0.5, 0.02))))
BROKEN = judge(having(healthy(), validation=validation(("range", "creatinine", 0.3))))


@pytest.mark.parametrize(("decision", "code"), [(FINE, 0), (WORSE, 11), (BROKEN, 10)])
def test_the_verdict_decides_the_exit_code(decision: Decision, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.project.layout.find", lambda _: None)
    monkeypatch.setattr("wardround.flows.judging.judge_present", lambda *_: decision)
    result = CliRunner().invoke(command, [], standalone_mode=False)
    assert result.return_value == code
    assert result.output.startswith(f"{decision.verdict}: ")
    for finding in decision.findings:
        assert finding.rule in result.output


def test_what_blocks_is_printed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.project.layout.find", lambda _: None)
    monkeypatch.setattr("wardround.flows.judging.judge_present", lambda *_: WORSE)
    lines = CliRunner().invoke(command, []).output.splitlines()
    assert "performance.floor" in lines[1]


def test_json_is_the_decision_without_patients_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.project.layout.find", lambda _: None)
    monkeypatch.setattr("wardround.flows.judging.judge_present", lambda *_: BROKEN)
    read = Decision.model_validate(json.loads(CliRunner().invoke(command, ["--json"]).output))
    assert read.model_copy(update={"findings": BROKEN.findings}) == BROKEN
    assert [finding.summary for finding in read.findings] == [finding.summary for finding in BROKEN.findings]
    facts = [fact for finding in read.findings for fact in finding.facts]
    assert {fact.type for fact in facts} == {"margin", "text"}


@pytest.mark.parametrize(("found", "code"), [(Verdict.REFUSE, 0), (Verdict.PASS, 11)])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_missed_fault_fails_the_self_test(
    found: Verdict, code: int, as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wardround.flows.selftest import SelfTest

    asked: list[Any] = []

    def planted(seed: int, keep: object, progress: object) -> SelfTest:
        asked.append(seed)
        return SelfTest(seed, (Caught("a bad model", "performance.floor", Verdict.REFUSE, found),))

    monkeypatch.setattr("wardround.flows.selftest.self_test", planted)
    result = CliRunner().invoke(
        command, ["--self-test", "--seed", "7", *(["--json"] if as_json else [])], standalone_mode=False
    )
    assert result.return_value == code
    assert asked == [7]
    if as_json:
        assert json.loads(result.output)["missed"] == (1 if code else 0)
    else:
        assert ("MISSED" in result.output) == bool(code)
