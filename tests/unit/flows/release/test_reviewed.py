"""Who reviewed what is released: from the forge into the ledger, before the tag; and what somebody put there who may push."""

import dataclasses
import os
import subprocess

import pytest

from wardround.errors import EnvironmentFailure, GovernanceFinding
from wardround.flows.ledger.checking import entries
from wardround.flows.ledger.desk import desk
from wardround.flows.ledger.registering import approved, change_of
from wardround.flows.promote.approving import Approval
from wardround.flows.release.reviewed import Reviews, look_up, record
from wardround.forge.errors import CouldNotCheck
from wardround.forge.values import PullRequest, Review
from wardround.ledger import heads_in
from wardround.revision.git import Git

COMMIT, HEAD = "c" * 40, "d" * 40
PULL = PullRequest(
    number=12, title="Add a feature", body="", state="closed", merged=True, draft=False, author="ada", labels=(),
    head_sha=HEAD, head_branch="more", head_repository="h/r", base_branch="main", base_sha="b" * 40, url="",
)  # fmt: skip
REVIEW = Review(5, "eve", "APPROVED", HEAD, "2026-03-01T12:00:00Z")


@dataclasses.dataclass
class Forge:
    """Only what is asked."""

    pulls: tuple = (PULL,)
    given: tuple = (REVIEW,)
    silent: bool = False

    def pulls_of_commit(self, sha):
        if self.silent:
            raise CouldNotCheck("the forge does not answer", where="api", found="timed out")
        assert sha == COMMIT
        return self.pulls

    def pull(self, number):
        return next(pull for pull in self.pulls if pull.number == number)

    def reviews(self, number):
        assert number == 12
        return self.given

    def authors_of_pull(self, number):
        assert number == 12
        return ("ada",)


@pytest.fixture
def book(tmp_path):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for words in (
        ("init", "-q", "-b", "main"), ("config", "user.name", "T"), ("config", "user.email", "t@example.org"),
        ("commit", "-q", "--allow-empty", "-m", "first"),
    ):  # fmt: skip
        subprocess.run(["git", *words], cwd=tmp_path, env=env, check=True, timeout=60)
    return desk(Git(tmp_path), None)


def told(book):
    return [(item.kind, item.by, item.facts["pull"], item.facts["what"]) for item in entries(book.git.root)]


def test_the_merged_pull_request_and_its_reviews_come_into_the_ledger_before_the_tag(book):
    found = look_up(Forge(), "main", COMMIT)
    assert (found.of.pull, found.of.head, found.note) == (12, HEAD, "")
    ledger = record(book, "demo", COMMIT, found)
    (entry,) = entries(book.git.root)
    assert (entry.kind, entry.by, entry.about) == ("approval", "eve", "pull/12")
    assert entry.facts == {
        "pull": 12, "role": "reviewer", "login": "eve", "reviewed": HEAD, "review": 5, "submitted": "2026-03-01T12:00:00Z",
        "what": change_of(COMMIT),
    }  # fmt: skip
    assert heads_in("\n".join(book.lines(ledger))) == (entry.digest,)
    record(book, "demo", COMMIT, found)
    assert len(told(book)) == 1  # asked again: nothing new


@pytest.mark.parametrize(
    "given",
    [
        (),
        (dataclasses.replace(REVIEW, author="ada"),),  # her own
        (dataclasses.replace(REVIEW, sha="e" * 40),),  # of another commit
        (REVIEW, dataclasses.replace(REVIEW, id=6, state="DISMISSED")),
        (dataclasses.replace(REVIEW, state="COMMENTED"),),
    ],
)
def test_what_is_no_approval_is_not_recorded_and_that_is_said(book, given):
    found = look_up(Forge(given=given), "main", COMMIT)
    assert "nobody else approved" in found.note
    record(book, "demo", COMMIT, found)
    assert told(book) == []


@pytest.mark.parametrize("change", [{"merged": False}, {"base_branch": "other"}])
def test_a_pull_request_that_did_not_bring_it_is_none(change):
    found = look_up(Forge(pulls=(dataclasses.replace(PULL, **change),)), "main", COMMIT)
    assert (found.of, found.asked) == (None, True)
    assert "no merged pull request" in found.note


@pytest.mark.parametrize(("forge", "why"), [(None, "no forge is configured"), (Forge(silent=True), "timed out")])
def test_without_an_answer_the_release_goes_on_and_says_so(book, forge, why):
    found = look_up(forge, "main", COMMIT)
    assert why in found.note
    record(book, "demo", COMMIT, found)
    assert told(book) == []


@pytest.mark.parametrize(
    ("pull", "change"),
    [(12, {"author": "mallory"}), (12, {"id": 9}), (12, {"sha": COMMIT}), (99, {}), (12, {"submitted": ""})],
)
def test_an_approval_that_the_forge_did_not_give_makes_no_tag(book, pull, change):
    forged = dataclasses.replace(REVIEW, **change)
    approved(book, "demo", pull, change_of(COMMIT), [Approval("reviewer", forged)])
    with pytest.raises(GovernanceFinding, match="that the forge did not give") as refused:
        record(book, "demo", COMMIT, look_up(Forge(), "main", COMMIT))
    assert len(refused.value.problems) == 1
    assert forged.author in refused.value.problems[0].found


def test_an_approval_that_nobody_can_check_makes_no_tag(book):
    record(book, "demo", COMMIT, look_up(Forge(), "main", COMMIT))
    with pytest.raises(EnvironmentFailure, match="was not asked"):
        record(book, "demo", COMMIT, Reviews(note="no forge is configured here"))


def test_approvals_of_other_commits_and_projects_are_no_matter(book):
    for project, commit in (("demo", "f" * 40), ("other", COMMIT)):
        approved(book, project, 12, change_of(commit), [Approval("reviewer", REVIEW)])
    record(book, "demo", COMMIT, look_up(None, "main", COMMIT))
