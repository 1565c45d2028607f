"""The AUROC that scores announce: the same as by all pairs, right under covariate shift, blind to concept drift."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from wardround.evidence.measures import ScoreTable
from wardround.monitoring.estimating.auroc import expected_auroc, validated_calibration


def by_pairs(p):
    order = np.where(p[:, None] > p[None, :], 1.0, np.where(p[:, None] == p[None, :], 0.5, 0.0))
    weight = p[:, None] * (1 - p)[None, :]
    np.fill_diagonal(weight, 0.0)
    return (weight * order).sum() / weight.sum()


@pytest.mark.parametrize("digits", [1, 2, 9])
def test_it_is_the_share_of_all_pairs(digits):
    p = np.round(np.random.default_rng(1).beta(1, 4, 300), digits)
    assert expected_auroc(p, np.arange(300)).value == pytest.approx(by_pairs(p), abs=1e-12)


def test_its_error_is_that_of_the_realised_one_around_it():
    random = np.random.default_rng(2)
    off, errors = [], []
    for _ in range(200):
        p = random.beta(1, 4, 400)
        told = expected_auroc(p, np.arange(400))
        off.append(roc_auc_score(random.random(400) < p, p) - told.value)
        errors.append(told.error)
    # around the estimate of the same scores only the chance of outcomes is left; the error also holds who comes
    assert abs(np.mean(off)) < 0.008
    assert np.std(off) < np.mean(errors) < 1.5 * np.std(off)


def test_a_subject_with_many_encounters_makes_it_less_certain():
    p = np.repeat(np.random.default_rng(3).beta(1, 4, 100), 10)
    assert expected_auroc(p, np.repeat(np.arange(100), 10)).error > 1.15 * expected_auroc(p, np.arange(1000)).error


@pytest.mark.parametrize("p", [np.zeros(10), np.ones(10), np.array([0.5]), np.array([])])
def test_without_events_or_pairs_it_says_nothing(p):
    assert expected_auroc(p, np.arange(p.size)) is None


@pytest.mark.parametrize("seed", range(6))
def test_within_two_hundredths_under_covariate_shift(seed):
    """Ages and severities move by a random amount; the model is fitted on what was there before."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    coefficients = random.normal(0, 0.7, 5)
    intercept = random.uniform(-3, -1)

    def draw(n, mean, spread):
        x = random.normal(mean, spread, (n, 5))
        return x, random.random(n) < expit(intercept + x @ coefficients)

    x, y = draw(20_000, 0.0, 1.0)
    model = LogisticRegression().fit(x, y)
    x, y = draw(40_000, random.uniform(-1, 1, 5), random.uniform(0.6, 1.4))
    p = model.predict_proba(x)[:, 1]
    assert expected_auroc(p, np.arange(p.size)).value == pytest.approx(roc_auc_score(y, p), abs=0.02)


def test_scores_that_were_too_extreme_at_validation_are_mended_first():
    random = np.random.default_rng(4)
    logits = random.normal(-1.5, 1.0, 50_000)
    happened = random.random(50_000) < expit(logits)
    extreme = expit(2 * (logits + 0.5))
    edges = np.linspace(0, 1, 41)
    place = np.minimum(np.searchsorted(edges, extreme, side="right") - 1, 39)
    table = ScoreTable(
        edges=tuple(edges),
        n=tuple(np.bincount(place, minlength=40).tolist()),
        events=tuple(np.bincount(place[happened], minlength=40).tolist()),
        expected=tuple(np.bincount(place, weights=extreme, minlength=40).tolist()),
    )
    realised = roc_auc_score(happened, extreme)
    raw = expected_auroc(extreme, np.arange(50_000)).value
    mended = expected_auroc(validated_calibration(table).apply(extreme), np.arange(50_000)).value
    assert raw > realised + 0.08
    assert mended == pytest.approx(realised, abs=0.01)


@pytest.mark.parametrize("n", [(0, 0, 5), (0, 0, 0)])
def test_bins_that_tell_nothing_mend_nothing(n):
    table = ScoreTable(edges=(0.0, 0.2, 0.5, 1.0), n=n, events=(0, 0, 0), expected=(0.0, 0.0, 0.0))
    assert validated_calibration(table) is None
    assert validated_calibration(None) is None
