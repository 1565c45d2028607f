"""Numbers beyond the table leave room for hidden people: checked by listing worlds."""

import itertools

import pytest

from wardround.disclosure.room import Mass, coarsened, hides, rank_step, squares_hide, total_hides


def ranges(mass):
    """The true range of people above each inner edge, by linear programming over corner probabilities."""
    for edge in mass.inner:
        able = [
            above
            for above in range(mass.n + 1)
            if above * edge + (mass.n - above) * mass.low <= mass.most + 1e-9
            and above * mass.high + (mass.n - above) * edge >= mass.least - 1e-9
        ]
        yield max(able) - min(able)


@pytest.mark.parametrize(
    ("n", "mean", "width"), list(itertools.product((12, 30, 100), (0.12, 0.3, 0.5, 0.85), (0.005, 0.05)))
)
def test_hides_agrees_with_listing(n, mean, width):
    mass = Mass(n, 0.1, 0.9, (0.2, 0.5, 0.7), (mean - width) * n, (mean + width) * n)
    assert hides(mass, 11) == (min(ranges(mass)) >= 11)


def test_a_mean_near_an_end_is_coarsened():
    fine = coarsened(Mass(500, 0.1, 0.2, (0.15,), 75.0, 75.0), 11)
    assert (fine.shown, fine.precision) == (0.15, 0.01)
    # 12 people at 0.301 on average cannot be above 0.9
    near = coarsened(Mass(12, 0.3, 1.0, (0.9,), 3.612, 3.612), 11)
    assert near.shown is None
    wide = coarsened(Mass(60, 0.3, 1.0, (0.9,), 22.8, 22.8), 11)
    assert wide.precision is not None
    assert wide.precision > 0.01


def test_no_inner_edge_hides_nothing():
    assert coarsened(Mass(11, 0.1, 0.2, (), 1.2, 1.2), 11).precision == 0.01


def test_the_total_may_tell_what_the_means_do_not():
    known = [
        Mass(100, 0.0, 0.1, (), 5.0, 5.0),
        Mass(12, 0.1, 1.0, (0.5,), 1.2, 12.0),
    ]
    assert total_hides(known, 5.0 + 8.0, 11) is False
    assert total_hides([Mass(1000, 0.0, 1.0, (0.5,), 0.0, 1000.0)], 400.0, 11)


def test_auroc_near_its_end_gets_coarser():
    assert rank_step(0.75, 500, 5000, 11, 0.001) == 0.001
    assert rank_step(0.875, 80, 100, 11, 0.001) == 0.1
    assert rank_step(1.0, 11, 11, 11, 0.01) is None


def test_brier_near_its_end_is_withheld():
    assert squares_hide(0.1, 1000, 11)
    assert not squares_hide(0.004, 1000, 11)
