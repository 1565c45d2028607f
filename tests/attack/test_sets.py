"""The attacker with everything that was published of the same people: each publication is safe alone, and so must all be together."""

import drawn_truths as drawn
import numpy as np
import pytest
import sets

from wardround.disclosure import About, Before, Inside, disclose, told
from wardround.disclosure import together as audited_together

SAME = {"head": "sha256:new", "base": "sha256:new", "anchor": "sha256:new"}
OTHER_SPLIT = SAME | {"base": "sha256:old"}


def hospital(seed, n=400, column="sex"):
    """A drawn hospital with one declared column: what is attacked, not how much of it, makes the difference."""
    truth = drawn.draw(seed, n=n)
    return sets.with_columns(sets.everybody_compared(truth), column)


def publish(truth, roles, earlier, *, card=False, blocks=SAME):
    """One publication and what is remembered of it. ``earlier`` None: nobody remembers anything, as before there was a gate for sets."""
    renamed = sets.as_roles(truth, **roles)
    comparison = None if card else drawn.comparison(renamed)
    inside = Inside(drawn.THRESHOLDS, drawn.metrics(renamed), comparison)
    about = About(blocks, roles)
    published = disclose(inside, before=None if earlier is None else Before(about, tuple(earlier)))
    member = sets.Member(published.plain(), sets.populations(compared=bool(truth.left_out.any())), roles)
    return member, told(published, inside, about, "p")


def reviews_and_card(truth, *, remembered):
    """A model's own review, the review of the next one against it, and the next one's card: three publications, one test block."""
    members, earlier = [], []
    steps = (
        ({"head": "base", "base": "anchor"}, False),
        ({"head": "head", "base": "base"}, False),
        ({"head": "head", "base": "base"}, True),
    )
    for roles, card in steps:
        member, record = publish(truth, roles, earlier if remembered else None, card=card)
        members.append(member)
        earlier.append(record)
    return members


def then_everybody(truth, *, remembered):
    """The review of new data, which leaves out whom the old model was trained on; then a review on all of the same test block."""
    first, record = publish(truth, {"head": "base", "base": "anchor"}, [] if remembered else None, blocks=OTHER_SPLIT)
    whole = sets.everybody_compared(truth)
    second, _ = publish(whole, {"head": "head", "base": "base"}, [record] if remembered else None)
    return [first, second]


def leaving_out(seed, number, n=400):
    """A hospital where the old model was trained on few of the test block's new subjects."""
    truth = hospital(seed, n)
    fresh = np.flatnonzero(~truth.returning)
    truth.left_out[np.random.default_rng(seed).permutation(fresh)[:number]] = True
    return truth


def test_two_patterns_of_one_model_are_broken():
    """The hole: bins of the same model on the same people, chosen twice in different company."""
    truth = hospital(2)
    assert sets.broken(truth, reviews_and_card(truth, remembered=False), what="cell", first=True)[0]


@pytest.mark.parametrize("seed", [2])
def test_reviews_and_card_of_one_test_block_are_safe_together(seed):
    truth = hospital(seed)
    found, attacked = sets.broken(truth, reviews_and_card(truth, remembered=True), what="cell", most=25)
    assert attacked
    assert not found


def test_nearly_the_same_people_twice_are_broken():
    """The hole: two publications, each of one set of people, that differ by a few."""
    truth = leaving_out(5, 6)
    assert sets.broken(truth, then_everybody(truth, remembered=False), what="but not", first=True)[0]


@pytest.mark.parametrize("seed", [5])
def test_nearly_the_same_people_are_not_shown_twice(seed):
    truth = leaving_out(seed, 6)
    members = then_everybody(truth, remembered=True)
    found, _ = sets.broken(truth, members, most=8)
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("n", [6_000, 30_000])
def test_a_few_of_many_people_are_found_without_memory_and_not_with_it(n):
    truth = leaving_out(11, 6, n)
    assert sets.broken(truth, then_everybody(truth, remembered=False), what="but not", first=True)[0]
    found, attacked = sets.broken(truth, then_everybody(truth, remembered=True), most=20)
    assert attacked
    assert not found


def test_one_pattern_costs_no_further_audit(monkeypatch):
    """Where all that is shared is shown alike, no program is solved: every review would pay for it."""
    monkeypatch.setattr(
        audited_together, "examine_set", lambda *_, **_budget: pytest.fail("a set was audited that says nothing new")
    )
    members = reviews_and_card(hospital(2), remembered=True)
    shown = [member.plain["against"][0]["cohorts"][0]["models"] for member in members[:2]]
    assert all(shown)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 312))
def test_sets_of_many_hospitals_are_safe(seed):
    truth = sets.everybody_compared(drawn.draw(seed))
    assert not sets.broken(truth, reviews_and_card(truth, remembered=True), most=20)[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300, 308))
def test_nested_sets_of_many_hospitals_are_safe(seed):
    truth = leaving_out(seed, int(np.random.default_rng(seed).integers(1, 30)))
    assert not sets.broken(truth, then_everybody(truth, remembered=True), most=20)[0]
