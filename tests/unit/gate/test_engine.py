"""The engine: every rule is asked, silence never passes, and no evidence makes it raise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wardround.evidence.decision import Decision
from wardround.evidence.measures import Metrics
from wardround.files import canonical_json
from wardround.gate import JudgeRequest, judge, judging_changes
from wardround.gate.registry import RULES, by_id
from wardround.gate.rule import passes, rule
from wardround.gate.specimen import comparison, having, healthy, judged_by, params, training
from wardround.values import Verdict


def empty() -> JudgeRequest:
    own = params()
    return JudgeRequest("empty", own, own, "h", "b", "sha256:0")


def test_the_healthy_specimen_passes_every_rule() -> None:
    decision = judge(healthy())
    assert decision.verdict is Verdict.PASS
    assert decision.outcome == "non-inferior"
    assert [finding for finding in decision.findings if finding.verdict.blocks] == []


def test_each_rule_is_in_each_decision() -> None:
    for request in (healthy(), empty()):
        assert {finding.rule for finding in judge(request).findings} == {one.id for one in RULES}


def test_nothing_at_all_is_cannot_tell() -> None:
    decision = judge(empty())
    assert decision.verdict is Verdict.CANNOT_TELL
    assert decision.outcome == "not compared"


def test_all_rules_switched_off_is_not_a_pass() -> None:
    own = params(gate={"off": [one.id for one in RULES]})
    decision = judge(judged_by(healthy(), own))
    assert {finding.verdict for finding in decision.findings} == {Verdict.NOT_APPLICABLE}
    assert decision.verdict is Verdict.CANNOT_TELL


def test_a_note_alone_does_not_pass() -> None:
    """With every deciding rule switched off, the note about changed params must not carry the decision."""
    own = params(gate={"off": [one.id for one in RULES if one.decides]})
    decision = judge(replace(healthy(), base_params=own))
    assert decision.of("governance.judge_changed")[0].verdict is Verdict.PASS
    assert decision.verdict is Verdict.CANNOT_TELL


def test_a_rule_that_is_off_says_where() -> None:
    own = params(gate={"off": ["sites.worst"], "utility": {"alerts_per_day": 20}})
    finding = judge(judged_by(healthy(), own)).of("sites.worst")[0]
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert "switched off in params (base)" in finding.summary


def test_the_head_cannot_switch_a_rule_off() -> None:
    head = params(gate={"off": ["performance.non_inferiority"]})
    decision = judge(replace(healthy(), head_params=head))
    assert decision.of("performance.non_inferiority")[0].verdict is Verdict.PASS
    assert decision.judge_changes == ("gate",)
    note = decision.of("governance.judge_changed")[0]
    assert note.verdict is Verdict.PASS
    assert "owners'" in note.summary


def test_judge_changes_are_seen_even_if_the_caller_is_silent() -> None:
    head = params(disclosure={"min_cell": 5}, split={"train": 0.7})
    assert judging_changes(params(), head) == ("split", "disclosure")
    decision = judge(replace(healthy(), head_params=head, judge_changes=("pipelines/contract.py",)))
    assert decision.judge_changes == ("pipelines/contract.py", "split", "disclosure")


def test_the_first_version_is_judged_by_floors_alone() -> None:
    request = replace(
        having(healthy(), comparison=comparison().model_copy(update={"against": (), "baseline": True})),
        baseline=True,
        anchor_commit="",
    )
    decision = judge(request)
    assert decision.outcome == "baseline"
    assert decision.verdict is Verdict.PASS
    assert decision.of("performance.non_inferiority")[0].verdict is Verdict.NOT_APPLICABLE


def test_a_comparison_cannot_declare_itself_the_first() -> None:
    request = having(healthy(), comparison=comparison().model_copy(update={"baseline": True, "against": ()}))
    assert judge(request).verdict is Verdict.CANNOT_TELL


def test_intervals_of_another_level_are_not_used() -> None:
    request = having(healthy(), comparison=comparison().model_copy(update={"confidence": 0.5}))
    finding = judge(request).of("performance.non_inferiority")[0]
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "95 %" in finding.summary


def test_a_rule_that_fails_blocks_instead_of_raising() -> None:
    @rule("test.broken", "Breaks")
    def broken(_: JudgeRequest) -> list[object]:
        msg = "a secret cell value"
        raise RuntimeError(msg)

    decision = judge(healthy(), rules=(broken,))
    assert decision.verdict is Verdict.CANNOT_TELL
    assert "RuntimeError" in decision.findings[0].summary
    assert "secret" not in decision.model_dump_json()


def test_a_rule_that_says_nothing_blocks() -> None:
    @rule("test.silent", "Says nothing")
    def silent(_: JudgeRequest) -> list[object]:
        return []

    assert judge(healthy(), rules=(silent,)).verdict is Verdict.CANNOT_TELL


def test_one_pass_does_not_outweigh_a_refusal() -> None:
    @rule("test.pleased", "Passes")
    def pleased(_: JudgeRequest) -> list[object]:
        return [passes("All is well.")]

    floor = by_id("performance.floor")
    assert floor is not None
    assert judge(empty(), rules=(pleased, floor)).verdict is Verdict.CANNOT_TELL


def test_evidence_of_a_wrong_kind_blocks() -> None:
    request = replace(healthy(), comparison=healthy().metrics, metrics=healthy().comparison)
    assert judge(request).verdict is Verdict.CANNOT_TELL


def test_evidence_that_names_another_model_is_stale() -> None:
    class Named(Metrics):
        model_digest: str = ""

    named = Named(**{**healthy().metrics.value.plain(), "model_digest": "sha256:old"})
    request = replace(having(healthy(), metrics=named), digests={"model": "sha256:new"})
    finding = judge(request).of("performance.floor")[0]
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "another model" in finding.summary
    assert judge(replace(request, digests={"model": "sha256:old"})).verdict is Verdict.PASS


def test_features_and_training_from_different_data_are_stale() -> None:
    other = training().model_copy(update={"data_digest": "sha256:other"})
    finding = judge(having(healthy(), training=other)).of("data.leakage")[0]
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "different data" in finding.summary


def test_the_same_request_gives_the_same_bytes_and_reads_back() -> None:
    first, second = judge(healthy()), judge(healthy())
    assert canonical_json(first.plain()) == canonical_json(second.plain())
    assert Decision.model_validate(first.plain()) == first


def test_the_decision_names_the_evidence_and_who_judged() -> None:
    decision = judge(healthy())
    used = {item.name: item.digest for item in decision.evidence}
    assert used["metrics"] == healthy().metrics.digest
    assert decision.judged_by == decision.base_commit


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.id)
def test_rule_ids_are_unique_and_evidence_is_known(one: object) -> None:
    assert sum(other.id == one.id for other in RULES) == 1
    assert all(hasattr(healthy(), name) for name in one.needs)
    assert one.title
    assert not one.title.endswith(".")
