"""Programs of many unknowns: the way over the nearest fractional world finds what the direct one finds, and proves no more than is true."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.disclosure import program
from wardround.disclosure.nearest import nearest, neighbours
from wardround.disclosure.program import Program, total, value


@st.composite
def publications(draw):
    """Counts in a table of rows and columns, some sums of them known to within a rounding, and a sum to be moved."""
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    truth = np.array(draw(st.lists(st.integers(0, 30), min_size=rows * columns, max_size=rows * columns)), dtype=float)
    places = np.arange(rows * columns).reshape(rows, columns)
    made = Program()
    made.counts(rows * columns)
    for line in [*places, *places.T]:
        if draw(st.booleans()):
            shown = 10 * round(truth[line].sum() / 10)
            made.between(total(line.tolist()), shown - 5, shown + 5)
    for line in draw(st.lists(st.sampled_from([*places, *places.T]), max_size=3)):
        made.between(
            {int(place): float(weight) for place, weight in zip(line, (0.25, -0.5, 0.1, 0.3), strict=False)}, -40, 40
        )
    some = draw(st.sets(st.integers(0, rows * columns - 1), min_size=1))
    return made.finished(), truth, total(sorted(some)), draw(st.integers(-3, 40))


@settings(max_examples=150, deadline=None)
@given(publications())
def test_both_ways_find_a_world_or_none(case):
    statements, truth, wish, more = case
    least = value(wish, truth) + more
    everything = range(statements.variables)
    found = {}
    for many in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(program, "_MANY", many)
            found[many] = statements.far(truth, wish, least, everything)
    assert (found[0] is None) == (found[10**9] is None)
    if found[0] is not None:
        assert statements.allows(found[0])
        assert value(wish, found[0]) >= least - 1e-6


@settings(max_examples=150, deadline=None)
@given(publications())
def test_what_is_excluded_does_not_exist(case):
    """The truth is a witness: nothing at or below its own sum is ever excluded, and what is excluded no solver finds."""
    statements, truth, terms, more = case
    if not statements.allows(truth):
        return
    assert not statements.excludes(np.zeros_like(truth), terms, value(terms, truth))
    most = value(terms, truth) - more
    if statements.excludes(truth, terms, most):
        less = {place: -weight for place, weight in terms.items()}
        assert statements.far(truth, less, -most, range(statements.variables)) is None


def test_few_counts_are_moved():
    """Of 2,000 unknowns in pairs of known sums, moving one by 11 moves its partner and no other."""
    made = Program()
    made.counts(2000)
    for first in range(0, 2000, 2):
        made.between(total([first, first + 1]), 40, 49)
    base = np.full(2000, 22.0)
    world = made.finished().far(base, {100: 1.0}, 33, range(2000))
    assert world is not None
    assert set(np.flatnonzero(world != base)) == {100, 101}


def test_neighbours_are_those_of_short_rows():
    made = Program()
    made.counts(40)
    made.between(total(range(40)), 0, 1000)
    made.between(total([3, 4]), 0, 10)
    assert neighbours(made.finished()._matrix, np.array([3])).tolist() == [3, 4]


def test_the_impossible_is_proven():
    made = Program()
    made.counts(3)
    made.between(total([0, 1, 2]), 0, 10)
    rows = made.finished()._matrix
    assert nearest(rows, (np.array([11.0]), np.array([np.inf])), np.zeros(3)).impossible is False
    bounded = made.finished()
    assert bounded.excludes(np.zeros(3), {0: -1.0}, -11)
    assert not bounded.excludes(np.zeros(3), {0: -1.0}, -10)
