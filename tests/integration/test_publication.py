"""What a real review hands over is read back as it was, passes the audit, and is judged as the review judged it."""

import dataclasses

import pytest
import workshop
from workshop import git

from wardround.disclosure.shapes import Checked
from wardround.flows.publication import FILE, Trusted, publication_of, read, write
from wardround.flows.publish.judge import Facts, judge
from wardround.flows.publish.render import Known, render
from wardround.flows.review.request import ReviewRequest
from wardround.flows.review.run import review
from wardround.project.layout import find
from wardround.values import Verdict

KNOWN = Known("tiny", "Tiny", "Readmission", "admission", "change", "main")


@pytest.fixture(params=["tiny", pytest.param("synthetic", marks=pytest.mark.slow)])
def reviewed(request, monkeypatch):
    root = request.getfixturevalue(request.param)
    for name, value in workshop.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    git(root, "switch", "--quiet", "--create", "change")
    (root / "NOTES.md").write_text("Nothing that matters to the model.\n", encoding="utf-8")
    workshop.commit(root)
    monkeypatch.chdir(root)
    return root, review(ReviewRequest(find(root)))


def test_a_review_is_handed_over_whole(reviewed, tmp_path):
    root, result = reviewed
    publication = publication_of(result, lock=(root / "dvc.lock").read_text(encoding="utf-8"))
    digest = write(publication, tmp_path / FILE)
    assert write(publication, tmp_path / "again.json") == digest
    found = read(tmp_path / FILE, Trusted(result.published.min_cell, audited=True))
    assert found == Checked(publication)
    assert publication.published.validation is not None
    assert publication.published.profile is not None

    facts = Facts(
        project=publication.project,
        touched=True,
        fork=False,
        head_sha=git(root, "rev-parse", "HEAD").strip(),
        bases=frozenset({git(root, "rev-parse", "main").strip()}),
        off=frozenset(find(root).params.gate.off),
    )
    outcome = judge(facts, found)
    assert outcome.verdict is result.decision.verdict
    assert not outcome.notes
    assert judge(dataclasses.replace(facts, fork=True), found).state == "failure"

    drawn = render(publication, dataclasses.replace(KNOWN, project=publication.project), outcome)
    assert drawn.reason == ""
    assert "Tiny" in drawn.value.comment
    assert (outcome.verdict is Verdict.PASS) == ("Pass" in drawn.value.comment.splitlines()[2])
