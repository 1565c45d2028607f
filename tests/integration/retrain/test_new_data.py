"""The data pull request: the window moves to what has matured, and the body shows what changed in the data."""

import pytest
from clinic import looked

from wardround.evidence.monitor import State
from wardround.project.params import parse

QUIET = looked()


def data(clinic, evidence=QUIET, who="job"):
    return clinic.retrain(evidence, who, data_only=True)


def test_it_moves_the_window_alone_and_shows_what_changed(clinic):
    result = data(clinic)
    (pull,) = clinic.pulls()
    assert result.proposed.pull == pull.number
    assert (pull.head_branch, pull.title) == ("data/readmission", "readmission: data until 2025-05-27")
    for said in (
        "to **2025-05-27**",
        "Encounters: 1,000 before, 1,200 now.",
        "| age |",
        "**pass**",
        "Please approve the runs",
        "<!-- wardround:data project=readmission",
    ):
        assert said in pull.body
    before, after = (parse(clinic.read("params.yaml", commit)) for commit in ("main", pull.head_sha))
    window = before.data.window.model_copy(update={"end": after.data.window.end})
    assert after == before.model_copy(update={"data": before.data.model_copy(update={"window": window})})
    assert after.data.window.end.isoformat() == "2025-05-27"
    again = data(clinic)
    assert "same data" in again.nothing
    assert (len(clinic.pulls("all")), clinic.made) == (1, 1)


@pytest.mark.slow
def test_other_data_bring_the_same_pull_request_up_to_date(clinic):
    data(clinic)
    clinic.data = "e" * 32
    data(clinic, looked(weeks=9))
    (pull,) = clinic.pulls("all")
    assert pull.title == "readmission: data until 2025-06-03"
    assert "e" * 32 in clinic.read("dvc.lock", pull.head_sha)


@pytest.mark.slow
def test_what_was_closed_is_not_opened_again_with_the_same_data(clinic):
    data(clinic)
    clinic.close(clinic.pulls()[0].number)
    assert "was closed" in data(clinic).nothing
    assert (clinic.pulls(), clinic.made) == ([], 1)
    clinic.data = "e" * 32
    data(clinic, looked(weeks=9))
    assert len(clinic.pulls()) == 1


@pytest.mark.slow
def test_a_proposal_that_moves_the_window_already_comes_first(clinic):
    clinic.retrain(looked("calibration.decay"))
    (proposal,) = clinic.pulls()
    assert data(clinic).nothing == f"pull request {proposal.number} moves the window already"
    assert len(clinic.pulls("all")) == 1


@pytest.mark.slow
def test_nothing_matured_or_nothing_new_is_said(clinic):
    young = [item.model_copy(update={"state": State.IMMATURE}) for item in QUIET.signals]
    assert "mature" in data(clinic, QUIET.model_copy(update={"signals": tuple(young)})).nothing
    data(clinic)
    clinic.merge(clinic.pulls()[0].number)
    assert "ends on 2025-05-27 already" in data(clinic).nothing
