"""Which decisions of main's own run let a version be made."""

from dataclasses import replace

import pytest
from records import record

from wardround.errors import GateRefusal
from wardround.evidence.decision import Decision, Finding
from wardround.flows.release import trusted
from wardround.registry.entries import Version
from wardround.registry.tags import Tag
from wardround.values import Verdict

LATEST = Version("v1.0.0", "c" * 40, record(), Tag("demo@v1.0.0", "a", "c" * 40, "commit"), 1)


def _decision(verdict, outcome):
    finding = Finding(rule="performance.floor", verdict=verdict, summary="What was found.", advice="What to do.")
    return Decision(
        project="demo",
        verdict=verdict,
        outcome=outcome,
        subject_digest="sha256:0",
        head_commit="d" * 40,
        base_commit="c" * 40,
        judged_by="c" * 40,
        findings=(finding,),
    )


@pytest.mark.parametrize("outcome", ["non-inferior", "superior", "unchanged"])
def test_a_pass_against_the_latest_version_counts(outcome):
    trusted._accept(_decision(Verdict.PASS, outcome), LATEST)


def test_the_first_version_is_a_passing_baseline():
    trusted._accept(_decision(Verdict.PASS, "baseline"), None)


@pytest.mark.parametrize(
    ("verdict", "outcome", "latest"),
    [
        (Verdict.REFUSE, "inferior", LATEST),
        (Verdict.CANNOT_TELL, "underpowered", LATEST),
        (Verdict.PASS, "baseline", LATEST),
        (Verdict.NOT_APPLICABLE, "non-inferior", LATEST),
        (Verdict.REFUSE, "baseline", None),
        (Verdict.CANNOT_TELL, "baseline", None),
        (Verdict.PASS, "non-inferior", None),
    ],
)
def test_anything_else_is_refused_with_what_blocks(verdict, outcome, latest):
    with pytest.raises(GateRefusal, match="does not pass") as refused:
        trusted._accept(_decision(verdict, outcome), latest)
    assert [problem.where for problem in refused.value.problems[1:]] == ["performance.floor"] * verdict.blocks
    assert refused.value.exit_code == 11


def test_a_later_version_says_which_it_was_compared_with():
    later = replace(LATEST, version="v2.0.0")
    with pytest.raises(GateRefusal) as refused:
        trusted._accept(_decision(Verdict.REFUSE, "inferior"), later)
    assert refused.value.problems[0].where == "compared with v2.0.0"
