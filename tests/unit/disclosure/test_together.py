"""Sets of publications: when one matters for another, whom they are about, and what the audit of both finds."""

import dataclasses
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "attack"))

import drawn_truths as drawn
import numpy as np
import sets

from wardround.disclosure import About, Before, Inside, Published, disclose, outlet, together, told
from wardround.disclosure.auditing import Budget
from wardround.disclosure.earlier import Earlier, People, Table, people_of, plain, read
from wardround.disclosure.patterns import patterns
from wardround.disclosure.published import KEY, Bin, Count, GroupView, ModelView, Why

BLOCK = {"head": "b1", "base": "b1"}
NEW = People("b1", "new_subjects")
EDGES = (0.0, 0.5, 1.0)


def table(cells, *, people=NEW, model="m", level=""):
    """One group's table from its cells: (low, high, events, non-events)."""
    bins = tuple(Bin(KEY, *cell) for cell in cells)
    n, events = sum(item.n for item in bins), sum(item.events for item in bins)
    everybody = GroupView(KEY, "", level, Count(KEY, n), Count(KEY, events), bins=bins)
    return Table(people, model, ModelView(KEY, "head", (everybody,)))


def earlier(*tables):
    return Earlier("project-a", 11, (0.5,), tables)


ONE = earlier(table([(0.0, 0.5, 100, 300), (0.5, 1.0, 100, 200)]))
FINER_ELSEWHERE = earlier(table([(0.0, 0.6, 100, 300), (0.6, 1.0, 100, 200)]))


def test_the_same_pattern_does_not_matter():
    assert not together.matters(ONE, ONE)
    assert not together.matters(ONE, earlier(table([(0.0, 1.0, 200, 500)], people=People("b2", "new_subjects"))))
    other_model = earlier(table([(0.0, 0.6, 100, 300), (0.6, 1.0, 100, 200)], model="another"))
    assert not together.matters(ONE, other_model), "the same people by another model: n and events are the same"


def test_other_bins_of_the_same_model_matter():
    assert together.matters(ONE, FINER_ELSEWHERE)


def test_people_inside_others_overlap():
    inside = earlier(table([(0.0, 1.0, 180, 480)], people=People("b1", "new_subjects", ("b0",))))
    assert together.overlap(ONE, inside)
    assert together.overlap(inside, ONE)


def test_a_part_of_a_cell_is_found_narrow():
    """100 and 100 events below 0.5 and below 0.6: at most 9 are between, which neither publication says."""
    result = together.examine_set(together.Set(ONE, (FINER_ELSEWHERE,), {}, EDGES))
    assert {item.what for item in result.narrow} == {"events 0.5 to 0.6 of all by m"}


def test_what_is_out_already_is_no_reason_to_withhold():
    """Both earlier ones together say it; a third that repeats one of them adds nothing."""
    result = together.examine_set(together.Set(ONE, (ONE, FINER_ELSEWHERE), {}, EDGES))
    assert result.safe


def test_a_part_that_is_proven_large_may_be_known():
    far = earlier(table([(0.0, 0.6, 150, 350), (0.6, 1.0, 50, 150)]))
    assert together.examine_set(together.Set(ONE, (far,), {}, EDGES)).safe


def test_few_people_left_out_are_found():
    fewer = earlier(table([(0.0, 0.5, 100, 300), (0.5, 1.0, 100, 200)], people=People("b1", "new_subjects", ("b0",))))
    narrow = together.examine_set(together.Set(ONE, (fewer,), {}, EDGES)).narrow
    assert [item.what.partition(" left out")[0] for item in narrow] == ["events of all"]


@pytest.mark.parametrize(
    ("small", "big", "inside"),
    [
        (People("b", "new_subjects"), People("b", "all_comers"), True),
        (People("b", "all_comers"), People("b", "new_subjects"), False),
        (People("b", "new_subjects", ("x",)), People("b", "new_subjects"), True),
        (People("b", "new_subjects"), People("b", "new_subjects", ("x",)), False),
        (People("b", "new_subjects", ("x",)), People("b", "new_subjects", ("y",)), False),
        (People("b", "new_subjects"), People("c", "all_comers"), False),
        (NEW, NEW, False),
    ],
)
def test_who_is_inside_whom(small, big, inside):
    assert small.inside(big) is inside


@pytest.fixture(scope="module")
def truth():
    return sets.with_columns(sets.everybody_compared(drawn.draw(2, n=400)), "sex")


@pytest.fixture(scope="module")
def first(truth):
    """The first publication, and what is remembered of it."""
    inside = Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth))
    about = About(BLOCK, {"head": "m1", "base": "m0"})
    published = disclose(inside, before=Before(about))
    return inside, published, told(published, inside, about, "project-a")


def test_the_same_evidence_again_is_published_the_same(first):
    inside, published, record = first
    again = disclose(inside, before=Before(About(BLOCK, {"head": "m1", "base": "m0"}), (record,)))
    assert again == published


def test_the_next_review_shows_the_model_in_the_same_bins(truth):
    """By itself it would choose others: cells between the edges of both would be known."""

    def review(head, base, *records):
        renamed = sets.as_roles(truth, head=head, base=base)
        inside = Inside(drawn.THRESHOLDS, drawn.metrics(renamed), drawn.comparison(renamed))
        about = About(BLOCK, {"head": head, "base": base})
        published = disclose(inside, before=Before(about, records))
        return published, told(published, inside, about, "project-a")

    def bins(published, role):
        return [item.low for item in published.cohort("new_subjects").model(role).group("all").bins]

    first, record = review("base", "anchor")
    assert bins(review("head", "base")[0], "base") != bins(first, "head")
    assert bins(review("head", "base", record)[0], "base") == bins(first, "head")


def test_a_record_that_the_evidence_contradicts_is_not_used_and_that_is_said(first):
    record = first[2]
    about = About(BLOCK, {"head": "m1", "base": "m0"})
    other = sets.with_columns(sets.everybody_compared(drawn.draw(3, n=1500)), "sex")
    evidence = Inside(drawn.THRESHOLDS, drawn.metrics(other), None)
    published: Published = disclose(evidence, before=Before(about, (record,)))
    assert published == dataclasses.replace(disclose(evidence), key=KEY, min_cell=11, limitations=published.limitations)
    assert any("contradicts" in text for text in published.limitations)


def test_what_is_not_at_hand_is_said(first):
    inside, _, _ = first
    published = disclose(Inside(metrics=inside.metrics), before=Before(missing="Something is not at hand."))
    assert "Something is not at hand." in published.limitations


def test_a_record_comes_back_as_it_was(first):
    _, _, record = first
    assert read(plain(record)).value == record
    assert record.tables


@pytest.mark.parametrize("change", [{"min_cell": "11"}, {"tables": [{}]}, {"schema_version": 2}, {"more": 1}])
def test_a_record_of_another_shape_is_none(first, change):
    assert read(plain(first[2]) | change).value is None


def test_a_hidden_group_holds_no_bins_in_a_record(first):
    hidden = [view for item in first[2].tables for view in item.view.groups if view.withheld]
    assert all(not view.bins and view.n.withheld is not Why.SHOWN for view in hidden)


def test_a_pattern_on_other_edges_is_none(first):
    assert patterns((first[2],), NEW, ["m1"], drawn.EDGES)
    assert patterns((first[2],), NEW, ["m1"], (0.0, 0.123, 1.0)) == ()


def test_people_without_a_block_are_unknown(first):
    inside = first[0]
    assert people_of(inside.comparison, inside.metrics, About()) == {}


def test_publications_that_declared_other_groups_are_audited_together():
    """A level that only one of them names is an unknown of the other's, too."""
    whole = GroupView(KEY, "", "", Count(KEY, 700), Count(KEY, 200), bins=(Bin(KEY, 0.0, 1.0, 200, 500),))
    hidden = GroupView(KEY, "sex", "x", Count(KEY, None, Why.SMALL), Count(KEY, None, Why.SMALL), Why.SMALL)
    shown = GroupView(KEY, "sex", "y", Count(KEY, 700), Count(KEY, 200), bins=(Bin(KEY, 0.0, 1.0, 200, 500),))
    one = earlier(Table(NEW, "m", ModelView(KEY, "head", (whole, hidden))))
    two = earlier(Table(NEW, "n", ModelView(KEY, "head", (whole, shown))))
    assert together.matters(one, two)
    narrow = together.examine_set(together.Set(one, (two,), {}, EDGES)).narrow
    assert {item.what for item in narrow} == {"events of sex=x"}, "the first that is narrow refuses the column"


@pytest.mark.parametrize("turned", [False, True])
def test_what_follows_from_the_other_does_not_matter(turned):
    """Cells of one are sums of the other's, whichever was out first."""
    pair = [earlier(table([(0.0, 1.0, 200, 500)])), ONE]
    assert not together.matters(*(reversed(pair) if turned else pair))
    pair = [by_sex(fine=True, shown=True), by_sex(fine=False, shown=False)]
    assert not together.matters(*(reversed(pair) if turned else pair))


@pytest.mark.parametrize("turned", [False, True])
def test_what_follows_from_neither_matters(turned):
    """One has finer bins, the other one group more: what both tell of the hidden group is in none of them."""
    pair = [by_sex(fine=True, shown=False), by_sex(fine=False, shown=True)]
    assert together.matters(*(reversed(pair) if turned else pair))


def by_sex(*, fine, shown):
    cuts = [(0.0, 0.5, 100, 300), (0.5, 1.0, 100, 200)] if fine else [(0.0, 1.0, 200, 500)]
    bins = tuple(Bin(KEY, *cut) for cut in cuts)
    whole = GroupView(KEY, "", "", Count(KEY, 700), Count(KEY, 200), bins=bins)
    level = GroupView(KEY, "sex", "x", Count(KEY, None, Why.SMALL), Count(KEY, None, Why.SMALL), Why.SMALL)
    if shown:
        level = GroupView(KEY, "sex", "x", Count(KEY, 700), Count(KEY, 200), bins=bins)
    return earlier(Table(NEW, "m", ModelView(KEY, "head", (whole, level))))


@pytest.mark.parametrize(
    "seed", [0, pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(3, marks=pytest.mark.slow)]
)
def test_a_chain_of_reviews_of_one_test_block_is_shown(seed):
    """Each plan lies inside those before it, whatever the models: bins grow coarser, and nothing else is withheld for it."""
    truth = sets.with_columns(sets.everybody_compared(drawn.draw(seed, n=3000)), "sex")
    records = []
    for head, base in (
        ("anchor", "base"),
        ("base", "anchor"),
        ("head", "base"),
        ("head", "anchor"),
        ("anchor", "head"),
    ):
        renamed = sets.as_roles(truth, head=head, base=base)
        inside = Inside(drawn.THRESHOLDS, drawn.metrics(renamed), drawn.comparison(renamed))
        about = About(BLOCK, {"head": head, "base": base})
        published = disclose(inside, before=Before(about, tuple(records)))
        records.append(told(published, inside, about, "project-a"))
        alone = disclose(inside)
        for population in ("new_subjects", "all_comers"):
            now, could = published.cohort(population), alone.cohort(population)
            assert (now is None) == (could is None)
            if now is not None and could is not None:
                shown, free = now.model("head").group("all"), could.model("head").group("all")
                assert (shown.n, shown.events) == (free.n, free.events)
                assert len(shown.bins) > 1 or len(free.bins) <= 2
    assert any(table.view.groups[0].bins for record in records for table in record.tables)


def test_what_the_budget_does_not_reach_is_unsafe():
    """Two other bins of the same people, far enough apart: safe when looked at, and withheld when there was no time to look."""
    far = earlier(table([(0.0, 0.6, 140, 330), (0.6, 1.0, 60, 170)], model="n"))
    near = earlier(table([(0.0, 1.0, 180, 480)], people=People("b1", "new_subjects", ("b0",))))
    case = together.Set(ONE, (far, near), {}, EDGES)
    enough, none = (together.examine_set(case, budget=Budget(left)) for left in (1e6, 0))
    assert enough.safe
    assert enough.programs
    assert not none.safe
    assert not none.programs


def test_each_round_leaves_something_to_the_next():
    budget = Budget(100)
    shares = [budget.share() for _ in range(3)]
    assert [share.left for share in shares] == [50, 25, 12.5]
    assert shares[0].spend(40, 100)
    assert not shares[0].spend(1, 1)


def test_without_a_budget_nothing_that_needs_a_program_is_shown(first, monkeypatch):
    """The second publication declares fewer groups, so that it is put to the program; the page says what is missing and why."""
    inside, _, record = first
    about = About(BLOCK, {"head": "m1", "base": "m0"})
    alone = (dataclasses.replace(item, view=ModelView(KEY, "head", item.view.groups[:1])) for item in record.tables)
    cut = dataclasses.replace(record, tables=tuple(alone))
    monkeypatch.setattr(outlet, "Budget", lambda: Budget(0))
    published = disclose(inside, before=Before(about, (cut,)))
    assert {cohort.withheld for item in published.against for cohort in item.cohorts} == {Why.UNPROVEN}


def test_another_models_cells_between_those_of_nested_people_are_audited():
    """Of one model all comers are out at 0.5; new subjects at 0.6 say, with another model's all comers, what it gave above 0.6."""
    everybody = People("b1", "all_comers")
    out = table([(0.0, 0.5, 200, 300), (0.5, 1.0, 100, 200)], people=everybody)
    old = dataclasses.replace(earlier(out), thresholds=(0.6,))
    cells = [(0.0, 0.6, 100, 200), (0.6, 1.0, 100, 200)]
    wider = table([(0.0, 0.6, 180, 300), (0.6, 1.0, 120, 200)], people=everybody, model="n")
    new = dataclasses.replace(earlier(table(cells), table(cells, model="n"), wider), thresholds=(0.6,))
    assert together.overlap(new, old)
    assert together.examine_set(together.Set(new, (), {}, EDGES)).safe
    assert together.examine_set(together.Set(old, (), {}, EDGES)).safe
    (narrow,) = together.examine_set(together.Set(new, (old,), {}, EDGES)).narrow
    assert narrow.what == "events above 0.6 of all by m"


def test_not_found_wide_is_no_proof_that_it_is_out(monkeypatch):
    """The old one leaves 0 to 13 events at the hidden level, both together 0 to 6. From 4 events no world is 11 away, so that the search fails."""

    def group(level, cells, n, events):
        bins = tuple(Bin(KEY, *cell) for cell in cells)
        return GroupView(KEY, "sex" if level else "", level, Count(KEY, n), Count(KEY, events), bins=bins)

    hidden = GroupView(KEY, "sex", "x", Count(KEY, None, Why.SMALL), Count(KEY, None, Why.SMALL), Why.SMALL)
    whole, halves = [(0.0, 1.0, 30, 200)], [(0.0, 0.5, 10, 100), (0.5, 1.0, 10, 100)]
    old = Earlier(
        "p", 11, (), (table_of(group("", halves, 230, 30), group("y", [(0.0, 1.0, 20, 140)], 160, 20), hidden),)
    )
    parts = [(0.0, 0.5, 10, 70), (0.5, 1.0, 10, 70)]
    new = Earlier("p", 11, (), (table_of(group("", whole, 230, 30), group("y", parts, 160, 20), hidden),))
    true = {
        "all": (14, 100),
        "sex=y": (11, 70),
        "sex=x": (2, 25),
        "sex=(others)": (1, 5),
    }  # in each half: events, others

    def world(_, known):
        counts = np.zeros(known.program.variables)
        for (_cohort, _model, name), outcomes in known.people.items():
            for places, half in zip(outcomes, true[name], strict=True):
                counts[places] = 2 * half / len(places)
        assert known.statements.allows(counts)
        return counts

    monkeypatch.setattr(together._Truth, "world", world)
    result = together.examine_set(together.Set(new, (old,), {}, EDGES))
    assert [item.what for item in result.narrow] == ["events of sex=x"]


def table_of(*groups):
    return Table(NEW, "m", ModelView(KEY, "head", groups))
