import numpy as np
import pytest
from simulated_scores import simulate
from sklearn.metrics import average_precision_score, roc_auc_score

from wardround.stats.discrimination import auroc, average_precision, placements
from wardround.stats.sample import make_sample, rank
from wardround.stats.sorting import ascending_order


@pytest.mark.parametrize("decimals", [None, 2, 1])
@pytest.mark.parametrize("n", [50, 3000, 20_000])
def test_areas_agree_with_sklearn_ties_included(n, decimals):
    data = simulate(n, seed=n, decimals=decimals)
    for which in ("head", "reference"):
        ranked, p = data.ranked(which), getattr(data, which)
        assert auroc(ranked) == pytest.approx(roc_auc_score(data.outcome, p), abs=1e-12)
        assert average_precision(ranked) == pytest.approx(average_precision_score(data.outcome, p), abs=1e-12)


def test_placements_are_what_pairwise_comparison_gives():
    data = simulate(300, seed=3, decimals=2)
    p, y = data.head, data.outcome == 1
    wins = (p[y][:, None] > p[~y][None, :]) + 0.5 * (p[y][:, None] == p[~y][None, :])
    values = placements(data.ranked("head"))
    assert values[y] == pytest.approx(wins.mean(axis=1), abs=1e-12)
    assert values[~y] == pytest.approx(wins.mean(axis=0), abs=1e-12)


@pytest.mark.parametrize("n", [0, 1, 100, 5000, 50_000])
def test_the_sort_is_numpys_stable_sort(n):
    rng = np.random.default_rng(n)
    p = np.where(rng.random(n) < 0.3, np.round(rng.random(n), 2), rng.random(n) ** 8)
    p[rng.random(n) < 0.02] = 0.0
    p[rng.random(n) < 0.02] = 1.0
    p[rng.random(n) < 0.02] = -0.0
    p[rng.random(n) < 0.02] = 5e-324
    order, ascending = ascending_order(p)
    assert np.array_equal(order, np.argsort(p, kind="stable"))
    assert np.array_equal(ascending, np.sort(p))


def test_equal_scores_of_a_large_sample_keep_their_order():
    order, ascending = ascending_order(np.full(5000, 0.25))
    assert np.array_equal(order, np.arange(5000))
    assert np.all(ascending == 0.25)


def test_rows_in_any_order_are_put_in_subject_order():
    subject = np.array([7, 3, 7, 3, 5])
    sample, order = make_sample(np.array([1, 0, 0, 1, 1]), subject)
    assert order is not None
    assert sample.codes.tolist() == [3, 5, 7]
    assert sample.starts.tolist() == [0, 2, 3]
    assert sample.outcome.tolist() == [0, 1, 1, 1, 0]
    assert (sample.n, sample.subjects, sample.events) == (5, 3, 3)


@pytest.mark.parametrize("outcome", [[0, 0, 0], [1, 1, 1]])
def test_one_class_has_no_auroc(outcome):
    sample, _ = make_sample(np.array(outcome), np.arange(3))
    ranked = rank(sample, np.array([0.1, 0.2, 0.3]))
    assert np.isnan(auroc(ranked))
    assert np.isnan(average_precision(ranked)) == (sum(outcome) == 0)
