"""The trusted side's verdict: what it knows decides; evidence can only make it worse."""

import dataclasses
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import publication_sample as made
import report_sample as sample

from wardround.disclosure.published import KEY
from wardround.disclosure.shapes import Checked
from wardround.flows.publish.judge import judge
from wardround.gate.registry import RULES
from wardround.values import Verdict

REFUSED = "calibration.slope"


def facts(**changed):
    return dataclasses.replace(made.FACTS, **changed)


def all_but(name):
    return [made.finding(rule.id) for rule in RULES if rule.id != name]


def published(publication, **changed):
    return dataclasses.replace(
        publication, published=dataclasses.replace(publication.published, key=KEY, **{"min_cell": 11, **changed})
    )


def decided(**changed):
    publication = made.judged()
    decision = dataclasses.replace(publication.published.decision, key=KEY, **{"outcome": "superior", **changed})
    return Checked(published(publication, decision=decision))


def test_complete_evidence_that_passes_succeeds():
    outcome = judge(made.FACTS, made.evidence())
    assert (outcome.verdict, outcome.state, outcome.notes) == (Verdict.PASS, "success", ())
    assert outcome.description == "pass: every rule passes"


def test_what_is_not_touched_needs_no_evidence():
    outcome = judge(facts(touched=False), Checked(None, "the artifact is missing"))
    assert (outcome.state, outcome.description) == ("success", "not touched by this change")


def test_a_rule_that_refuses_is_named():
    found = [*all_but(REFUSED), made.finding(REFUSED, Verdict.REFUSE)]
    outcome = judge(made.FACTS, made.evidence(Verdict.REFUSE, found))
    assert (outcome.verdict, outcome.state, outcome.description) == (Verdict.REFUSE, "failure", f"refuse: {REFUSED}")


def test_a_rule_that_cannot_tell_fails():
    found = [*all_but(REFUSED), made.finding(REFUSED, Verdict.CANNOT_TELL)]
    outcome = judge(made.FACTS, made.evidence(Verdict.CANNOT_TELL, found))
    assert (outcome.state, outcome.description) == ("failure", f"cannot tell: {REFUSED}")


def test_the_verdict_is_made_again_from_the_findings():
    found = [*all_but(REFUSED), made.finding(REFUSED, Verdict.REFUSE)]
    assert judge(made.FACTS, made.evidence(Verdict.PASS, found)).verdict is Verdict.REFUSE


@pytest.mark.parametrize("claimed", [Verdict.REFUSE, Verdict.CANNOT_TELL, Verdict.NOT_APPLICABLE])
def test_a_worse_claim_counts(claimed):
    assert judge(made.FACTS, made.evidence(claimed)).state == "failure"


@pytest.mark.parametrize("rule", ["governance.judge_changed", "unknown.rule"])
def test_whatever_blocks_counts_even_of_rules_that_do_not_decide(rule):
    found = [*all_but(rule), made.finding(rule, Verdict.CANNOT_TELL)]
    outcome = judge(made.FACTS, made.evidence(Verdict.PASS, found))
    assert outcome.state == "failure"
    assert "unknown" not in outcome.description


def test_silence_blocks_unless_the_rule_is_switched_off():
    for rule in RULES:
        evidence = made.evidence(Verdict.PASS, all_but(rule.id))
        outcome = judge(made.FACTS, evidence)
        assert outcome.state == "failure"
        assert rule.id in outcome.notes[0].summary
        assert judge(facts(off=frozenset({rule.id})), evidence).state == "success"


def test_nothing_that_applies_cannot_tell():
    found = [made.finding(rule.id, Verdict.NOT_APPLICABLE) for rule in RULES]
    assert judge(made.FACTS, made.evidence(Verdict.PASS, found)).verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"fork": True}, "publish.fork"),
        ({"project": "other"}, "publish.project"),
        ({"head_sha": "5" * 40}, "publish.head"),
        ({"bases": frozenset()}, "publish.base"),
        ({"bases": frozenset({"5" * 40})}, "publish.base"),
        ({"anchor": "5" * 40}, "publish.anchor"),
        ({"could_not_check": "the forge did not answer"}, "publish.could_not_check"),
    ],
)
def test_facts_that_leave_it_open_cannot_tell(changed, note):
    outcome = judge(facts(**changed), made.evidence())
    assert outcome.verdict is Verdict.CANNOT_TELL
    assert [item.id for item in outcome.notes] == [note]
    assert outcome.state == ("error" if "could_not_check" in changed else "failure")


@pytest.mark.parametrize(
    ("evidence", "note"),
    [
        (Checked(None, "the artifact is missing"), "publish.evidence"),
        (Checked(dataclasses.replace(made.judged(), mode="synthetic")), "publish.synthetic"),
        (Checked(dataclasses.replace(made.judged(), context=sample.context(dirty=True))), "publish.dirty"),
        (Checked(published(made.judged(), decision=None)), "publish.evidence"),
        (Checked(published(made.judged(), baseline=True)), "publish.baseline"),
        (decided(judged_by=sample.HEAD), "publish.judge"),
    ],
)
def test_evidence_that_leaves_it_open_cannot_tell(evidence, note):
    outcome = judge(made.FACTS, evidence)
    assert (outcome.verdict, outcome.state) == (Verdict.CANNOT_TELL, "failure")
    assert [item.id for item in outcome.notes] == [note]
    assert outcome.findings[0][0] == note
    assert "annot tell" in outcome.description.lower()


def test_the_first_version_may_be_judged_by_its_own_params():
    first = facts(first=True)
    assert judge(first, Checked(published(made.judged(), baseline=True))).state == "success"
    assert judge(first, decided(judged_by=sample.HEAD)).state == "success"


def test_descriptions_fit():
    found = [made.finding(rule.id, Verdict.REFUSE) for rule in RULES]
    outcome = judge(made.FACTS, made.evidence(Verdict.REFUSE, found))
    assert len(outcome.description) == 140
    assert len(judge(facts(could_not_check="x" * 500), made.evidence()).description) == 140
