import json

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from wardround.stats.logistic import logit
from wardround.stats.recalibration import Recalibration, fit_intercept, fit_isotonic, fit_platt


@pytest.fixture
def sample() -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    rng = np.random.default_rng(5)
    linear = rng.normal(-2.0, 1.0, 4000)
    outcome = (rng.random(4000) < expit(0.4 + 0.7 * linear)).astype(np.int8)
    return expit(linear), outcome


def test_intercept_makes_the_mean_probability_the_event_rate(sample):
    p, y = sample
    fit = fit_intercept(p, y)
    assert fit.slope == 1.0
    assert fit.apply(p).mean() == pytest.approx(y.mean(), abs=1e-10)


def test_platt_agrees_with_statsmodels(sample):
    import statsmodels.api as sm

    p, y = sample
    fit = fit_platt(p, y)
    oracle = sm.GLM(y, sm.add_constant(logit(p)), family=sm.families.Binomial()).fit()
    assert [fit.intercept, fit.slope] == pytest.approx(list(oracle.params), abs=1e-8)
    assert fit.apply(p) == pytest.approx(oracle.fittedvalues, abs=1e-9)


def test_isotonic_agrees_with_sklearn(sample):
    p, y = sample
    p = np.round(p, 3)
    fit = fit_isotonic(p, y)
    oracle = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    grid = np.linspace(0, 1, 5001)
    assert fit.apply(grid) == pytest.approx(oracle.predict(grid), abs=1e-12)
    assert len(fit.x) < np.unique(p).size


@pytest.mark.parametrize("make", [fit_intercept, fit_platt, fit_isotonic])
def test_round_trip_through_json_is_exact(sample, make):
    p, y = sample
    fit = make(p, y)
    again = Recalibration.from_plain(json.loads(json.dumps(fit.plain())))
    assert again == fit
    assert np.array_equal(again.apply(p), fit.apply(p))


@pytest.mark.parametrize("make", [fit_intercept, fit_platt, fit_isotonic])
def test_a_row_alone_gives_the_same_bits_as_in_a_batch(sample, make):
    p, y = sample
    fit = make(p, y)
    whole = fit.apply(p)
    assert all(fit.apply(p[i : i + 1])[0] == whole[i] for i in range(0, 200, 7))


@pytest.mark.parametrize("make", [fit_intercept, fit_platt, fit_isotonic])
def test_probabilities_of_exactly_zero_and_one_are_survived(make):
    p = np.array([0.0, 0.0, 0.3, 0.6, 1.0, 1.0, 0.2, 0.9])
    y = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    out = make(p, y).apply(p)
    assert np.all((out >= 0) & (out <= 1))


@pytest.mark.parametrize(
    ("p", "y"),
    [
        ([], []),
        ([0.2, 0.3], [0, 0]),
        ([0.2, 0.3], [1, 1]),
        ([0.2], [0, 1]),
        ([1.2, 0.3], [0, 1]),
        ([np.nan, 0.3], [0, 1]),
    ],
)
@pytest.mark.parametrize("make", [fit_intercept, fit_platt, fit_isotonic])
def test_unusable_input_is_refused(make, p, y):
    with pytest.raises(ValueError, match="recalibration needs"):
        make(np.array(p), np.array(y))


def test_separated_or_constant_scores_have_no_platt_fit():
    with pytest.raises(ValueError, match="separates"):
        fit_platt(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="constant"):
        fit_platt(np.full(10, 0.3), np.arange(10) % 2)


@pytest.mark.parametrize(
    "plain",
    [
        {"kind": "beta", "intercept": 0, "slope": 1},
        {"kind": "platt", "intercept": 0},
        {"kind": "platt", "intercept": float("nan"), "slope": 1.0},
        {"kind": "isotonic", "x": [0.1, 0.1], "y": [0, 1]},
        {"kind": "isotonic", "x": [0.1, 0.2], "y": [1, 0]},
        {"kind": "isotonic", "x": [], "y": []},
    ],
)
def test_foreign_json_is_refused(plain):
    with pytest.raises(ValueError):
        Recalibration.from_plain(plain)
