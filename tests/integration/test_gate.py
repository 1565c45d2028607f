"""The gate for real: planted faults in a real pipeline, and a second judgement of a real review."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wardround.evidence.decision import Decision
from wardround.flows import selftest
from wardround.flows.faults import edit_params
from wardround.flows.initialise import initialise_synthetic
from wardround.flows.judging import judge_present
from wardround.flows.review.request import ReviewRequest
from wardround.flows.review.run import review
from wardround.gate import JudgeRequest, judge
from wardround.project.layout import Project
from wardround.values import Verdict


def said(line: str) -> None:
    """Progress goes to pytest's capture."""
    sys.stdout.write(f"{line}\n")


def test_every_planted_fault_turns_the_gate_red(tmp_path: Path) -> None:
    result = selftest.self_test(20260101, tmp_path / "kept", said)
    assert result.missed == ()
    names = [caught.name for caught in result.caught]
    for fault in ("a bad model", "a leaking feature", "broken data"):
        assert any(name.startswith(fault) for name in names)
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {
        "healthy",
        "a-bad-model",
        "a-leaking-feature",
        "broken-data",
    }


@pytest.mark.slow
def test_a_gate_that_lets_everything_pass_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(request: JudgeRequest) -> Decision:
        decision = judge(request)
        passed = tuple(finding.model_copy(update={"verdict": Verdict.PASS}) for finding in decision.findings)
        return decision.model_copy(update={"findings": passed, "verdict": Verdict.PASS})

    monkeypatch.setattr("wardround.gate.judge", blind)
    result = selftest.self_test(2, tmp_path / "kept", said)
    planted = [caught for caught in result.missed if caught.name.startswith(("a bad model (", "a leaking", "broken"))]
    assert len(planted) == 3


@pytest.mark.slow
def test_judging_again_gives_the_review_s_findings_and_sees_what_changed_since(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "readmission"
    initialise_synthetic(root)
    edit_params(root, {"synthetic": {"encounters": 6000}, "evaluate": {"importance_repeats": 0, "stability_seeds": 0}})
    git(root, "commit", "--quiet", "--all", "--message", "A small network")
    project = Project(root)
    first = review(ReviewRequest(project, progress=said)).decision
    again = judge_present(project)
    assert again.outcome == first.outcome == "baseline"
    differing = {finding.rule for finding in again.findings if finding not in first.findings}
    assert differing <= {"lock.fresh"}  # the review saw stages run; now there is only an uncommitted lock
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "First version")
    stale = judge_present(project)
    assert stale.of("performance.non_inferiority")[0].verdict is Verdict.CANNOT_TELL  # it compared another commit
    metrics = project.layout.evidence("metrics")
    metrics.write_bytes(metrics.read_bytes().replace(b'"kind"', b' "kind"', 1))
    touched = judge_present(project).of("performance.floor")[0]
    assert touched.verdict is Verdict.CANNOT_TELL
    assert "stale" in touched.summary


def git(root: Path, *args: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *who, *args], cwd=root, check=True, capture_output=True, timeout=60)
