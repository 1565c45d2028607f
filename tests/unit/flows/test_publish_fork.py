"""What a fork's run may say: that the branch runs. Nothing that it claims of patients is taken."""

import dataclasses
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import publication_sample as sample

from wardround.disclosure import Inside, disclose
from wardround.disclosure.published import KEY
from wardround.disclosure.shapes import Checked
from wardround.evidence.decision import Decision, Finding
from wardround.flows.publish.fork import of_a_fork
from wardround.values import Verdict


def rehearsal(outcome="not compared", **findings):
    found = {"data.contract": Verdict.PASS, "performance.floor": Verdict.CANNOT_TELL, **findings}
    decision = Decision(
        project="readmission",
        verdict=Verdict.CANNOT_TELL,
        outcome=outcome,
        subject_digest="sha256:" + "0" * 64,
        head_commit="a" * 40,
        base_commit="b" * 40,
        judged_by="b" * 40,
        findings=tuple(
            Finding(rule=rule, verdict=verdict, summary="It was looked at.") for rule, verdict in found.items()
        ),
    )
    return sample.publication(disclose(Inside(decision=decision), min_cell=11), mode="synthetic")


def test_an_honest_rehearsal_is_taken():
    evidence = Checked(rehearsal())
    assert of_a_fork(evidence) is evidence
    assert of_a_fork(Checked(rehearsal("baseline"))).value is not None


def test_no_evidence_stays_none():
    assert of_a_fork(Checked(None, "it is missing")) == Checked(None, "it is missing")


@pytest.mark.parametrize(
    "publication",
    [
        sample.publication(),
        sample.publication(mode="synthetic"),
        rehearsal("superior"),
        rehearsal(**{"performance.floor": Verdict.PASS}),
        rehearsal(**{"fairness.gap": Verdict.PASS}),
    ],
    ids=["claims-data", "has-performance", "claims-superior", "claims-floor", "claims-fairness"],
)
def test_what_claims_performance_is_not_taken(publication):
    taken = of_a_fork(Checked(publication))
    assert taken.value is None
    assert "evidence" in taken.reason


def test_numbers_in_a_finding_about_performance_are_not_taken():
    whole = sample.publication()
    told = next(
        finding
        for finding in whole.published.decision.findings
        if finding.rule.startswith("performance") and finding.facts
    )
    honest = rehearsal()
    decision = honest.published.decision
    findings = (*decision.findings, dataclasses.replace(told, key=KEY, verdict="cannot tell"))
    decision = dataclasses.replace(decision, key=KEY, findings=findings)
    published = dataclasses.replace(honest.published, key=KEY, decision=decision)
    assert of_a_fork(Checked(dataclasses.replace(honest, published=published))).value is None
