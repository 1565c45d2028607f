"""Whose approval counts: forged, old, own, dismissed and doubled ones do not."""

from __future__ import annotations

import pytest

from wardround.errors import UsageError
from wardround.flows.promote.approving import Reviewed, approvals, others, unseen
from wardround.forge.values import Review
from wardround.project.governance_section import GovernanceSection
from wardround.project.params import from_mapping

HEAD, OLD = "a" * 40, "b" * 40
ROLES = {"ml": ("bob", "cy"), "clinical": ("ada",)}


def said(*reviews, authors=("eve",), wanted=ROLES):
    made = tuple(Review(number, who, state, sha) for number, (who, state, sha) in enumerate(reviews, 1))
    found, problems = approvals(wanted, Reviewed(7, HEAD, made, authors))
    return {item.role: item.review.author for item in found}, problems


def test_each_role_by_somebody_of_its_own_at_the_commit_that_was_merged():
    found, problems = said(("bob", "APPROVED", HEAD), ("Ada", "APPROVED", HEAD))
    assert found == {"ml": "bob", "clinical": "Ada"}
    assert problems == ()


@pytest.mark.parametrize(
    ("review", "why"),
    [
        (("ada", "APPROVED", OLD), "approved commit bbbbbbbbbbbb, and aaaaaaaaaaaa was merged"),
        (("ada", "CHANGES_REQUESTED", HEAD), "asked for changes"),
        (("ada", "DISMISSED", HEAD), "dismissed"),
        (("ada", "COMMENTED", HEAD), "ada has not reviewed"),
        (("mallory", "APPROVED", HEAD), "ada has not reviewed"),
        (("", "APPROVED", HEAD), "ada has not reviewed"),
        (("ada", "APPROVED", ""), "approved commit unknown"),
    ],
)
def test_what_does_not_count_is_said(review, why):
    found, (problem,) = said(("bob", "APPROVED", HEAD), review)
    assert found == {"ml": "bob"}
    assert problem.what == "nobody has approved in the role clinical"
    assert why in problem.found
    assert problem.where == "pull request 7"


def test_nobody_approves_their_own_change():
    found, (problem,) = said(("bob", "APPROVED", HEAD), ("ada", "APPROVED", HEAD), authors=("ADA",))
    assert found == {"ml": "bob"}
    assert "nobody approves their own change" in problem.found


def test_the_last_word_counts():
    assert said(("ada", "APPROVED", HEAD), ("ada", "CHANGES_REQUESTED", HEAD), ("bob", "APPROVED", HEAD))[0] == {
        "ml": "bob"
    }
    found, _ = said(("ada", "CHANGES_REQUESTED", OLD), ("ada", "APPROVED", HEAD), ("ada", "COMMENTED", HEAD))
    assert found == {"clinical": "ada"}


def test_one_person_counts_for_one_role_and_as_many_roles_as_can_be_are_filled():
    both = {"ml": ("ada", "bob"), "clinical": ("ada",)}
    assert said(("ada", "APPROVED", HEAD), ("bob", "APPROVED", HEAD), wanted=both)[0] == {
        "ml": "bob",
        "clinical": "ada",
    }
    found, (problem,) = said(("ada", "APPROVED", HEAD), wanted=both)
    assert len(found) == 1
    assert "has not reviewed" in problem.found or "counts for another role" in problem.found


def test_approvals_that_no_role_asked_for_are_recorded_too():
    reviews = (Review(1, "ada", "APPROVED", HEAD), Review(2, "bob", "APPROVED", HEAD), Review(3, "cy", "APPROVED", OLD), Review(4, "eve", "APPROVED", HEAD))  # fmt: skip
    about = Reviewed(7, HEAD, reviews, ("eve",))
    given, _ = approvals({"clinical": ("ada",)}, about)
    assert [(item.role, item.review.author) for item in others(given, about)] == [("reviewer", "bob")]


def test_without_a_forge_nothing_is_believed():
    (problem,) = unseen(ROLES, "deploy/prod.yaml")
    assert "cannot be seen" in problem.what
    assert unseen({}, "deploy/prod.yaml") == ()


def test_params_say_who_may_approve_what():
    section = GovernanceSection.model_validate({"roles": {"clinical": "ada"}, "approvals": {"prod": "clinical"}})
    assert section.wanted("prod") == {"clinical": ("ada",)}
    assert section.wanted("staging") == {}


@pytest.mark.parametrize(
    ("governance", "what"),
    [
        ({"approvals": {"prod": ["clinical"]}}, "roles names nobody for it"),
        ({"roles": {"clinical": []}, "approvals": {"prod": ["clinical"]}}, "roles names nobody for it"),
        ({"roles": {"ml": "bob"}, "approvals": {"prod": ["ml", "ml"]}}, "names a role twice"),
        ({"roles": {"ml": "bob"}, "approvals": {"moon": ["ml"]}}, "names moon, but stages does not"),
        ({"roles": {"ml": "not a login!"}}, "pattern"),
    ],
)
def test_params_that_could_never_be_met_are_refused(governance, what):
    plain = {"project": {"name": "sepsis"}, "data": {"source": "synthetic", "columns": {"outcome": "died"}}}
    with pytest.raises(UsageError, match=what):
        from_mapping({**plain, "governance": governance})
