"""A model's own change, reviewed and merged on the forge, then released: the trace shows its pull request and who approved it, verified."""

from __future__ import annotations

import pytest
import ward as rig
from ward import ACTIONS_BOT, NAME, REPO, git

from wardround.errors import GovernanceFinding
from wardround.flows.ledger.desk import desk
from wardround.flows.ledger.registering import approved, change_of
from wardround.flows.promote.approving import Approval
from wardround.flows.promote.tagging import place_of
from wardround.flows.release import concluding, keeping, reviewed
from wardround.flows.release.candidate import Candidate
from wardround.flows.trace.run import TraceRequest, trace
from wardround.forge import Credentials, connect
from wardround.forge.values import Review as Given
from wardround.ledger.lineage import Proof
from wardround.revision.git import Git
from wardround.sandbox import operations
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Review

pytestmark = pytest.mark.slow

#: What the job of release.yml has of what it asks the forge.
PERMISSIONS = {"contents": "write", "pull-requests": "read"}


@pytest.fixture
def ward(tmp_path):
    with rig.opened(tmp_path) as made:
        yield made


def merged(ward, *approvers):
    """A pull request that changes the model, approved and merged; its number and the merge."""
    made = ward.commit({"dvc.lock": "# another model\n"}, "Another model", parent=ward.main())
    ward.bare().set("refs/heads/model", made)
    new = operations.NewPull(REPO, "Another model", REPO, "model", "main")
    number = operations.open_pull(ward.sandbox.world, new, Actor("ada")).number
    for who in approvers:
        ward.store.put(Review(ward.store.next_id(), REPO, number, who, "APPROVED", made, "", "2026-03-01T12:00:00Z"))
    return number, ward.merge(number)


def release(ward, commit, permissions=PERMISSIONS):
    """The end of a release, as release.yml does it."""
    tree = ward.checkout()
    git(tree, "config", "user.name", "Ada")
    git(tree, "config", "user.email", "ada@hospital.example")
    token = ward.sandbox.world.tokens.run(REPO, permissions)
    forge = connect(Credentials(REPO, token, ward.sandbox.api_url, author=ACTIONS_BOT, limits=ward.limits))
    try:
        found = reviewed.look_up(forge, "main", commit)
        ready = Candidate(NAME, "v1.0.0", ward.record("v1.0.0", commit))
        store = keeping.store(ward.clone, "storage", NAME)
        concluding.conclude(place_of(forge, tree, NAME), store, ready, desk(Git(tree), forge), found)
    finally:
        forge.close()
    git(ward.clone, "fetch", "-q", "--tags", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*")
    git(ward.clone, "reset", "-q", "--hard", "origin/main")
    return found.note


def proofs(ward):
    links = trace(TraceRequest(ward.clone, "v1.0.0")).links
    return {
        (link.says, link.target.split(":")[1]): link.proof
        for link in links
        if link.says in {"came by", "was approved by"}
    }


def test_pull_request_and_reviewers_of_the_models_own_change_are_verified(ward):
    number, commit = merged(ward, "eve", "ada")
    assert release(ward, commit) == ""
    assert proofs(ward) == {  # ada opened it: her own approval does not count
        ("came by", str(number)): Proof.VERIFIED,
        ("was approved by", "eve"): Proof.VERIFIED,
    }


def test_a_change_that_nobody_approved_is_released_and_that_is_said(ward):
    number, commit = merged(ward)
    assert "nobody else approved" in release(ward, commit)
    assert proofs(ward) == {("came by", str(number)): Proof.UNSEEN}


def test_a_token_that_may_not_read_pull_requests_keeps_no_release_back(ward):
    number, commit = merged(ward, "eve")
    assert "is not told" in release(ward, commit, {"contents": "write"})
    assert proofs(ward) == {("came by", str(number)): Proof.UNSEEN}


def test_an_approval_that_somebody_pushed_makes_no_tag(ward):
    number, commit = merged(ward, "eve")
    place = ward.checkout()
    git(place, "config", "user.name", "Mallory")
    git(place, "config", "user.email", "mallory@hospital.example")
    (true,) = (one for one in ward.store.find(Review, REPO))
    forged = Given(true.id, "mallory", "APPROVED", true.sha, true.submitted_at)
    approved(desk(Git(place), None), NAME, number, change_of(commit), [Approval("clinical", forged)])
    with pytest.raises(GovernanceFinding, match="that the forge did not give"):
        release(ward, commit)
    assert ward.tags() == []
