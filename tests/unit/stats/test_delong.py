import numpy as np
import pytest
from scipy.special import ndtri
from simulated_scores import Data, simulate
from sklearn.metrics import roc_auc_score

from wardround.stats.delong import auroc_error, paired_auroc
from wardround.stats.influence import paired_standard_errors
from wardround.stats.noninferiority import Trial, conclude


def naive_obuchowski(outcome, subject, first, second):
    """Variances of both AUROCs and their covariance from the n² comparisons, by the formulas of the 1997 paper."""
    y = outcome == 1
    m, n, clusters = y.sum(), (~y).sum(), np.unique(subject)
    theta, of_events, of_others = [], [], []
    for p in (first, second):
        psi = (p[y][:, None] > p[~y][None, :]) + 0.5 * (p[y][:, None] == p[~y][None, :])
        theta.append(psi.mean())
        of_events.append(psi.mean(axis=1))
        of_others.append(psi.mean(axis=0))
    x10, x01 = np.zeros((2, clusters.size)), np.zeros((2, clusters.size))
    for i, c in enumerate(clusters):
        for k in range(2):
            inside_y, inside_n = subject[y] == c, subject[~y] == c
            x10[k, i] = of_events[k][inside_y].sum() - inside_y.sum() * theta[k]
            x01[k, i] = of_others[k][inside_n].sum() - inside_n.sum() * theta[k]
    i10 = np.unique(subject[y]).size
    i01 = np.unique(subject[~y]).size
    total = clusters.size
    s10 = i10 / ((i10 - 1) * m) * x10 @ x10.T
    s01 = i01 / ((i01 - 1) * n) * x01 @ x01.T
    s11 = total / (total - 1) * x10 @ x01.T
    return s10 / m + s01 / n + (s11 + s11.T) / (m * n)


@pytest.mark.parametrize("decimals", [None, 2])
def test_clustered_errors_are_obuchowskis(decimals):
    data = simulate(500, seed=5, decimals=decimals, subjects=180)
    oracle = naive_obuchowski(data.outcome, data.subject, data.reference, data.head)
    result = paired_auroc(data.ranked("reference"), data.ranked("head"))
    difference = oracle[0, 0] + oracle[1, 1] - 2 * oracle[0, 1]
    assert result.reference == pytest.approx(roc_auc_score(data.outcome, data.reference), abs=1e-12)
    assert result.head == pytest.approx(roc_auc_score(data.outcome, data.head), abs=1e-12)
    assert result.reference_error**2 == pytest.approx(oracle[0, 0], rel=1e-10)
    assert result.head_error**2 == pytest.approx(oracle[1, 1], rel=1e-10)
    assert result.difference_error**2 == pytest.approx(difference, rel=1e-10)
    assert auroc_error(data.ranked("head")) == result.head_error


def test_cross_products_give_the_same_errors():
    data = simulate(6000, seed=5, decimals=3)
    result = paired_auroc(data.ranked("reference"), data.ranked("head"))
    errors = paired_standard_errors(*data.pair())
    assert errors.reference[0] == pytest.approx(result.reference_error, rel=1e-9)
    assert errors.head[0] == pytest.approx(result.head_error, rel=1e-9)
    assert errors.difference[0] == pytest.approx(result.difference_error, rel=1e-9)


def test_without_clusters_it_is_delongs():
    from confidenceinterval.delong import delong_roc_variance

    data = simulate(3000, seed=2)
    alone = Data(np.arange(3000), data.outcome, data.head, data.reference)
    value, variance = delong_roc_variance(data.outcome.astype(int), data.head)
    # that package ranks in single precision
    assert auroc_error(alone.ranked("head")) == pytest.approx(float(np.sqrt(variance)), rel=1e-4)
    assert paired_auroc(alone.ranked("reference"), alone.ranked("head")).head == pytest.approx(float(value), abs=1e-6)


def test_identical_ranks_have_no_error_at_all():
    data = simulate(2000)
    same = Data(data.subject, data.outcome, data.head**2, data.head)
    result = paired_auroc(same.ranked("reference"), same.ranked("head"))
    assert result.difference == 0.0
    assert result.difference_error == 0.0


@pytest.mark.parametrize("outcome", [[0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]])
def test_too_little_to_say_is_nan(outcome):
    p = np.array([0.1, 0.4, 0.3, 0.2])
    data = Data(np.arange(4), np.array(outcome), p, p)
    assert np.isnan(paired_auroc(data.ranked("reference"), data.ranked("head")).difference_error)


def test_clusters_widen_the_interval():
    data = simulate(4000, seed=7)
    doubled = Data(
        np.repeat(data.subject, 2), np.repeat(data.outcome, 2), np.repeat(data.head, 2), np.repeat(data.reference, 2)
    )
    assert auroc_error(doubled.ranked("head")) == pytest.approx(auroc_error(data.ranked("head")), rel=1e-3)


def accepts(clustered: bool) -> int:
    """How many of 500 simulated comparisons with a true difference of exactly -margin are accepted."""
    margin, auroc, n = 0.03, 0.72, 2500
    trial = Trial(margin)
    rng = np.random.default_rng(20260101)
    subject = np.arange(n) // 3 if clustered else np.arange(n)
    root = np.sqrt(2.0)
    count = 0
    for _ in range(500):
        y = (rng.random(n) < 0.15).astype(np.int8)
        frail = rng.normal(size=n)[subject] if clustered else rng.normal(size=n)
        # both scores share a part; within each class they are normal with spread 1, so that their AUROCs are exact
        common = np.sqrt(0.5) * frail + np.sqrt(0.35) * rng.normal(size=n)
        head, reference = (common + np.sqrt(0.15) * rng.normal(size=n) for _ in range(2))
        head = head + y * root * ndtri(auroc - margin)
        reference = reference + y * root * ndtri(auroc)
        data = Data(subject, y, 1 / (1 + np.exp(-head)), 1 / (1 + np.exp(-reference)))
        result = paired_auroc(data.ranked("reference"), data.ranked("head"))
        count += conclude(result.difference, result.difference_error, trial).conclusion.accepts
    return count


@pytest.mark.parametrize("clustered", [False, True])
def test_five_hundred_pairs_at_exactly_the_margin_are_accepted_as_often_as_promised(clustered):
    # binomial with p = .025: 4 to 24 has a probability of 99.8 %
    assert 4 <= accepts(clustered) <= 24
