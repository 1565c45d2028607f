"""One proposal, one issue: opened once, brought up to date, held, closed and not opened again."""

from dataclasses import replace

import clinic as rig
import pytest
from clinic import looked, units

from wardround.evidence.monitor import Severity
from wardround.project.params import parse
from wardround.sandbox.model import Issue, Pull
from wardround.values import Verdict

ALARM = looked("calibration.decay")


def test_an_alarm_becomes_one_proposal_that_argues(clinic):
    result = clinic.retrain(ALARM)
    (pull,) = clinic.pulls()
    assert result.proposed.pull == pull.number
    assert (pull.head_branch, pull.labels) == ("retrain/readmission", ("retraining",))
    assert pull.title == "readmission: an intercept recalibration (data until 2025-05-27)"
    for said in (
        "since the window w5",
        "What it costs to wait",
        "| **an intercept recalibration**",
        "| a slope and intercept recalibration",
        "Not repaired by any fix: AUROC",
        "alerts may have changed the outcomes",
        "wardround rollback readmission --stage prod",
        "Please approve the runs",
        "**pass**",
    ):
        assert said in pull.body
    params = parse(clinic.read("params.yaml", pull.head_sha))
    assert params.data.window.end.isoformat() == "2025-05-27"
    assert params.split.recent.start.isoformat() == "2025-04-29"
    assert params.train.recalibration == "intercept"
    assert "d" * 32 in clinic.read("dvc.lock", pull.head_sha)
    assert clinic.issues() == []


@pytest.mark.slow
def test_a_person_is_not_asked_to_approve_runs(clinic):
    clinic.retrain(ALARM, "ada")
    assert "approve the runs" not in clinic.pulls()[0].body


@pytest.mark.slow
def test_the_same_data_change_nothing_and_other_data_the_same_proposal(clinic):
    clinic.retrain(ALARM)
    before = clinic.end()
    again = clinic.retrain(ALARM)
    assert "same data" in again.nothing
    assert (clinic.end(), clinic.made) == (before, 1)
    clinic.data = "e" * 32
    clinic.retrain(replace_until(ALARM))
    (pull,) = clinic.pulls("all")
    assert "e" * 32 in clinic.read("dvc.lock", pull.head_sha)
    assert clinic.made == 2


def replace_until(evidence):
    """The next week's look at the same alarm."""
    return looked("calibration.decay", weeks=len(evidence.windows) + 1)


@pytest.mark.slow
def test_what_a_reviewer_closed_is_not_opened_again_for_the_same_alarm(clinic):
    clinic.retrain(ALARM)
    clinic.close(clinic.pulls()[0].number)
    clinic.data = "e" * 32
    result = clinic.retrain(replace_until(ALARM))
    assert "was closed" in result.nothing
    assert clinic.pulls() == []
    clinic.retrain(looked("calibration.decay", weeks=20, begun=18))  # it had ended, and began anew
    assert len(clinic.pulls()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Pull, Issue])
def test_hold_is_honoured(clinic, kind):
    if kind is Pull:
        clinic.retrain(ALARM)
        number = clinic.pulls()[0].number
    else:
        clinic.retrain(looked("drift.units", causes=(units(),)))
        number = clinic.issues()[0].number
    clinic.label(kind, number, "retrain:hold")
    clinic.data, made = "e" * 32, clinic.made
    assert "retrain:hold" in clinic.retrain(replace_until(ALARM)).nothing
    assert clinic.made == made


def test_a_fault_of_supply_is_an_issue_and_no_proposal(clinic):
    evidence = looked("calibration.decay", "drift.units", causes=(units(),))
    result = clinic.retrain(evidence)
    (issue,) = clinic.issues()
    assert result.issue.number == issue.number
    assert "at fault" in result.nothing
    assert clinic.pulls("all") == []
    assert issue.title == "readmission: units of creatinine"
    assert issue.labels == ("data", "upstream")
    for said in ("No model is retrained for this", "88 times as small", "`drift.units`", "Question to the source"):
        assert said in issue.body
    clinic.retrain(evidence)
    assert len(clinic.issues("all")) == 1
    clinic.store.put(replace(clinic.issues()[0], state="closed"))
    clinic.retrain(evidence)
    assert clinic.issues() == []
    clinic.store.put(replace(clinic.issues("all")[0], author="eve"))
    clinic.retrain(evidence)
    assert len(clinic.issues()) == 1, "what somebody else wrote and closed silences no fault"
    clinic.store.put(replace(clinic.issues()[0], state="closed"))
    clinic.retrain(looked("drift.units", weeks=20, begun=18, causes=(units(),)))
    assert len(clinic.issues()) == 1


def test_nothing_is_proposed_without_an_alarm(clinic):
    calls = len(clinic.pulls("all"))
    for evidence in (looked(), looked("drift.feature"), looked("calibration.decay", severity=Severity.WARNING)):
        result = clinic.retrain(evidence)
        assert "no alarm" in result.nothing
    assert len(clinic.pulls("all")) == calls == 0


@pytest.mark.slow
def test_a_proposal_goes_on_top_of_what_was_merged_meanwhile(clinic):
    clinic.retrain(ALARM)
    clinic.main_moves()
    clinic.data = "e" * 32
    clinic.retrain(replace_until(ALARM))
    (pull,) = clinic.pulls("all")
    assert clinic.read("README.md", pull.head_sha) == "other work"
    changed = rig.git(clinic.bare().path, "diff", "--name-only", f"main...{pull.head_sha}")
    assert changed.split() == ["dvc.lock", "params.yaml"]


@pytest.mark.slow
def test_a_red_review_is_shown_and_not_hidden(clinic):
    clinic.verdict = Verdict.REFUSE
    clinic.retrain(ALARM)
    assert "**refuse**" in clinic.pulls()[0].body


@pytest.mark.slow
def test_without_a_forge_the_argument_is_shown_and_nothing_proposed(clinic):
    from wardround.flows.retrain.request import RetrainRequest
    from wardround.flows.retrain.run import retrain
    from wardround.project.layout import Project

    result = retrain(RetrainRequest(Project(clinic.clone), ALARM))
    assert "no forge" in result.nothing
    assert result.notes[0].startswith("The monitor alarms")
    assert clinic.pulls("all") == []
