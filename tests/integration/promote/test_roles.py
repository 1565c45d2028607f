"""Who must approve a promotion, seen on the forge; and what the ledger says of it afterwards."""

from __future__ import annotations

import pytest
import ward as rig
from ward import NAME, REPO, git

from wardround.errors import GateRefusal
from wardround.flows.ledger.checking import check, entries
from wardround.flows.ledger.desk import desk
from wardround.flows.ledger.registering import approval
from wardround.flows.promote.approving import Approval
from wardround.forge.values import Review as Given
from wardround.ledger import heads_in
from wardround.ledger.entry import entry
from wardround.registry import tags
from wardround.revision.git import Git
from wardround.sandbox.model import Review

pytestmark = pytest.mark.slow

GOVERNANCE = "governance:\n  roles: {ml: [eve], clinical: [hospital]}\n  approvals: {prod: [ml, clinical]}\n"


@pytest.fixture
def ward(tmp_path):
    with rig.opened(tmp_path, rig.STAGES + GOVERNANCE) as made:
        made.release("v1.0.0")
        made.goes_live("v1.0.0", "staging")
        yield made


def approve(ward, number, who, sha="", state="APPROVED"):
    store = ward.store
    sha = sha or ward.pull(number).head_sha
    store.put(Review(store.next_id(), REPO, number, who, state, sha, "", "2026-03-01T12:00:00Z"))


def open_one(ward):
    proposed = ward.promote("v1.0.0", "prod").proposed
    return proposed.pull


def clone(ward):
    git(ward.clone, "fetch", "-q", "--tags", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*")
    return ward.clone


def test_the_pull_request_says_which_roles_must_approve(ward):
    body = ward.pull(open_one(ward)).body
    assert "in the role **ml**: `eve`" in body
    assert "in the role **clinical**: `hospital`" in body


def test_both_roles_at_the_merged_commit_make_the_tag_and_the_ledger_says_so(ward):
    number = open_one(ward)
    approve(ward, number, "eve")
    approve(ward, number, "hospital")
    ward.merge(number)
    (change,) = [one for _, one in ward.complete(ledger=True).changes]
    assert change.tag == f"{NAME}#prod#2"
    found = entries(clone(ward))
    kinds = [item.kind for item in found]
    assert kinds == ["promotion", "approval", "approval", "promotion"]  # that of staging had none to tell of
    assert {item.facts["role"]: item.by for item in found if item.kind == "approval"} == {
        "ml": "eve",
        "clinical": "hospital",
    }
    assert {item.facts["reviewed"] for item in found if item.kind == "approval"} == {ward.pull(number).head_sha}
    promoted = found[-1]
    assert (promoted.about, promoted.facts["pull"], promoted.facts["version"]) == (change.tag, number, "v1.0.0")
    (tag,) = [one for one in tags.read(ward.clone) if one.name == change.tag]
    assert heads_in(tag.message) == (found[2].digest,)  # the tag knows who approved it
    verified, _ = check(ward.clone)
    assert (verified.sound, verified.entries, verified.anchored) == (True, 4, 3)
    ward.complete(ledger=True)
    assert len(entries(clone(ward))) == 4  # asked again: nothing new


@pytest.mark.parametrize(
    ("reviews", "why"),
    [
        ([], "hospital has not reviewed"),
        ([("eve", "APPROVED")], "nobody has approved in the role clinical"),
        ([("eve", "APPROVED"), ("ada", "APPROVED")], "nobody has approved in the role clinical"),
        ([("eve", "APPROVED"), ("hospital", "CHANGES_REQUESTED")], "asked for changes"),
    ],
)
def test_without_the_declared_set_there_is_no_tag(ward, reviews, why):
    number = open_one(ward)
    for who, state in reviews:
        approve(ward, number, who, state=state)
    ward.merge(number)
    with pytest.raises(GateRefusal, match=why):
        ward.complete()
    assert ward.stage_tags() == [f"{NAME}#staging#1"]


def test_an_approval_of_an_earlier_commit_does_not_count(ward):
    number = open_one(ward)
    approve(ward, number, "eve")
    approve(ward, number, "hospital")
    ward.amend(number, {"docs/more.md": "slipped in\n"})
    ward.merge(number)
    with pytest.raises(GateRefusal, match="was merged"):
        ward.complete()


def test_who_takes_the_roles_out_in_the_same_change_is_judged_by_the_old_ones(ward):
    text = (ward.read("params.yaml") or b"").decode()
    number = ward.by_hand("v1.0.0", "prod", {"params.yaml": text.replace(GOVERNANCE, "")})
    ward.merge(number)
    with pytest.raises(GateRefusal, match="nobody has approved in the role"):
        ward.complete()


def push(ward, *forged):
    """What anybody does who may push to the ledger's branch: sound entries, on top of what is there."""
    place = ward.place / "mallory"
    git(ward.place, "clone", "-q", str(ward.bare().path), str(place))
    git(place, "config", "user.name", "Mallory")
    git(place, "config", "user.email", "mallory@hospital.example")
    return desk(Git(place), None).record(*forged)


@pytest.mark.parametrize(
    ("by", "changed"),
    [
        ("mallory", {}),
        ("eve", {"role": "clinical"}),
        ("eve", {"login": "hospital", "role": "clinical"}),
        ("eve", {"reviewed": "f" * 40}),
        ("eve", {"review": 1}),
        ("eve", {"what": "v9.0.0 into prod"}),
        ("eve", {"what": "v1.0.0 into staging"}),
        ("eve", {"what": "../../params into .."}),
        ("eve", {"submitted": "2020-01-01T00:00:00Z"}),
        ("eve", {"remark": "and gladly"}),
        ("mallory", {"login": "mallory", "role": "reviewer"}),
    ],
)
def test_an_approval_in_the_ledger_that_the_forge_did_not_give_makes_no_tag(ward, by, changed):
    number = open_one(ward)
    approve(ward, number, "eve")
    approve(ward, number, "hospital")
    review = next(one for one in ward.store.find(Review, REPO) if one.author == "eve")
    head = ward.pull(number).head_sha
    true = approval(
        NAME, number, "v1.0.0 into prod", Approval("ml", Given(review.id, "eve", "APPROVED", head, review.submitted_at))
    )
    (forged,) = push(
        ward, entry(kind="approval", project=NAME, about=true.about, by=by, facts={**true.facts, **changed})
    )
    ward.merge(number)
    with pytest.raises(GateRefusal, match="the ledger has an approval that the forge did not give") as refused:
        ward.complete(ledger=True)
    assert [forged.digest[7:] in problem.where for problem in refused.value.problems] == [True]
    assert ward.stage_tags() == [f"{NAME}#staging#1"]


def test_approvals_that_an_earlier_run_or_another_change_recorded_are_no_forgeries(ward):
    number = open_one(ward)
    approve(ward, number, "eve")
    approve(ward, number, "hospital")
    head = ward.pull(number).head_sha
    true = [
        approval(NAME, number, "v1.0.0 into prod", Approval(role, Given(one.id, one.author, "APPROVED", head, one.submitted_at)))
        for one in ward.store.find(Review, REPO)
        for role in ({"eve": "ml", "hospital": "clinical"}[one.author], "reviewer")
    ]  # fmt: skip
    other = entry(kind="approval", project="another", about=true[0].about, by="ada", facts=true[0].facts)
    assert len(push(ward, *true, other)) == 5
    ward.merge(number)
    (change,) = [one for _, one in ward.complete(ledger=True).changes]
    assert change.tag == f"{NAME}#prod#2"


def test_an_override_is_in_the_ledger_and_needs_no_approval(ward):
    from dataclasses import replace as changed

    from wardround.flows.promote.glass import break_glass
    from wardround.flows.promote.tagging import place_of

    with ward.desk() as found:
        request = changed(found.request("rollback", NAME, "prod", rig.dt.datetime.now(rig.dt.UTC)), version="v1.0.0")
        request = changed(request, reason="the old one alarms at everybody")
        for _ in range(2):
            broken = break_glass(
                request, place_of(found.forge, found.git.root, NAME), found.forge, "", desk(found.git, found.forge)
            )
    (override,) = [item for item in entries(clone(ward)) if item.kind == "override"]
    assert (override.about, override.facts["reason"]) == (broken.tag, "the old one alarms at everybody")
    assert check(ward.clone)[0].sound
    assert Git(ward.clone).commit("origin/wardround/ledger")
