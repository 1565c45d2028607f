"""Break-glass: at once, without review, and red until somebody has looked at it."""

import pytest

from wardround.errors import UsageError
from wardround.flows.promote.mark import CONTEXT
from wardround.forge.errors import CouldNotCheck, Refused


@pytest.fixture
def two(fresh):
    """v1.0.0 and then v1.0.1 in prod."""
    for version in ("v1.0.0", "v1.0.1"):
        fresh.release(version)
        for stage in ("staging", "prod"):
            fresh.goes_live(version, stage)
    return fresh


def test_a_rollback_at_once_and_its_review(two):
    broken = two.break_glass("prod", reason="wrong units at one site")
    assert (broken.tag, broken.made) == ("readmission#prod#5", True)
    held = two.state().at("prod")
    assert (held.version, held.record.break_glass, held.record.reason) == ("v1.0.0", True, "wrong units at one site")
    red = two.main()
    assert held.record.commit == red
    state, said = two.statuses(red)[CONTEXT]
    assert (state, "readmission#prod#5" in said) == ("failure", True)
    pull = two.pull(broken.review.proposed.pull)
    assert set(pull.labels) == {"rollback", "break-glass"}
    assert "`readmission#prod#5` put it there by break-glass" in pull.body
    assert [one for one in two.deployments() if one[1] == broken.tag] == [("prod", broken.tag, "success")]

    two.commit({"docs/more.md": "other work\n"})
    assert two.complete().changes == ()
    assert two.statuses(two.main())[CONTEXT][0] == "failure", "red on the new head, too"
    two.merge(pull.number)
    (change,) = [change for _, change in two.complete().changes]
    assert (change.version, change.tag) == ("v1.0.0", "readmission#prod#6")
    assert two.state().at("prod").record.break_glass is False
    assert {two.statuses(sha)[CONTEXT] for sha in (two.main(), red)} == {("success", "every break-glass was reviewed")}


def test_a_second_run_finds_what_the_first_one_made(two):
    first = two.break_glass("prod", reason="wrong units")
    again = two.break_glass("prod", reason="wrong units, said otherwise")
    assert (again.tag, again.made, again.review.proposed.pull) == (first.tag, False, first.review.proposed.pull)
    assert len([name for name in two.stage_tags() if "#prod#" in name]) == 3
    assert len(two.pulls()) == 1


def test_back_to_what_the_default_branch_names(two):
    """Main already names v1.0.1, because the change to v1.0.0 was not merged: the review is a change all the same."""
    two.break_glass("prod", reason="wrong units")
    broken = two.break_glass("prod", "v1.0.1", reason="it was another system")
    assert two.state().at("prod").version == "v1.0.1"
    assert broken.review.proposed is not None
    two.merge(broken.review.proposed.pull)
    two.complete()
    held = two.state().at("prod")
    assert (held.version, held.record.break_glass) == ("v1.0.1", False)
    assert two.statuses(two.main())[CONTEXT][0] == "success"


def test_another_merged_change_reviews_it_too(two):
    two.release("v1.0.2")
    two.goes_live("v1.0.2", "staging")
    two.break_glass("prod", reason="wrong units")
    assert two.goes_live("v1.0.2", "prod")
    assert two.statuses(two.main())[CONTEXT][0] == "success"


def test_a_merge_that_was_made_before_does_not_undo_it(two):
    """v1.0.2 was merged and its completion came late: the break-glass is newer than that merge."""
    two.release("v1.0.2")
    two.goes_live("v1.0.2", "staging")
    two.merge(two.promote("v1.0.2", "prod").proposed.pull)
    tree = two.checkout()
    two.break_glass("prod", "v1.0.0", reason="wrong units")
    assert two.complete(tree=tree).changes == ()
    assert two.complete().changes == ()
    assert two.state().at("prod").version == "v1.0.0"


def test_a_break_glass_between_reading_and_tagging_wins(two):
    """The completion has looked at everything and is about to make the tag."""
    two.release("v1.0.2")
    two.goes_live("v1.0.2", "staging")
    two.merge(two.promote("v1.0.2", "prod").proposed.pull)
    tree, met = two.checkout(), []

    def meet(method, path):
        if method == "POST" and path.endswith("/git/refs") and not met:
            met.append(path)
            two.break_glass("prod", "v1.0.0", reason="wrong units")

    two.sandbox.calls.interceptors.append(meet)
    try:
        two.complete(tree=tree)
    finally:
        two.sandbox.calls.interceptors.remove(meet)
    assert met
    assert two.state().at("prod").version == "v1.0.0"


def test_it_needs_a_reason_and_a_version_that_counts(two):
    with pytest.raises(UsageError, match="needs a reason"):
        two.break_glass("prod", reason=" ")
    with pytest.raises(UsageError, match="there is no such stage"):
        two.break_glass("production", reason="wrong units")
    assert two.state().at("prod").version == "v1.0.1"


def test_without_rights_nothing_is_made(two):
    """The forge says no to a stranger, before anything is there."""
    with pytest.raises((CouldNotCheck, Refused)):
        two.break_glass("prod", reason="wrong units", who="eve")
    assert two.state().at("prod").version == "v1.0.1"
    assert two.pulls() == []
