import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from simulated_scores import simulate

from wardround.stats.calibration import KNOT_QUANTILES, calibrate, equal_mass_bounds
from wardround.stats.curves import calibration_curve
from wardround.stats.logistic import fit_logistic, logit
from wardround.stats.sample import make_sample, rank


def calibrated(outcome, probability, subject=None):
    sample, _ = make_sample(np.asarray(outcome), np.arange(len(outcome)) if subject is None else subject)
    return calibrate(rank(sample, np.asarray(probability, dtype=float)))


@pytest.mark.parametrize("n", [200, 5000, 40_000])
def test_slope_and_intercepts_agree_with_statsmodels(n):
    data = simulate(n, seed=2)
    result = calibrate(data.ranked("reference"))
    x, binomial = logit(data.reference), sm.families.Binomial()
    line = sm.GLM(data.outcome, sm.add_constant(x), family=binomial).fit(tol=1e-14)
    large = sm.GLM(data.outcome, np.ones(n), offset=x, family=binomial).fit(tol=1e-14)
    assert result.line.coefficients == pytest.approx(line.params, abs=1e-7)
    assert result.line.inverse_information == pytest.approx(line.cov_params(), rel=1e-4)
    assert result.large.coefficients == pytest.approx(large.params, abs=1e-7)


def harrell_basis(x, knots):
    """Restricted cubic spline from the textbook's formula, one column a term."""
    t = knots

    def cube(value):
        return np.clip(value, 0, None) ** 3

    return np.column_stack(
        [
            np.ones_like(x),
            x,
            *(
                cube(x - t[j])
                - cube(x - t[-2]) * (t[-1] - t[j]) / (t[-1] - t[-2])
                + cube(x - t[-1]) * (t[-2] - t[j]) / (t[-1] - t[-2])
                for j in range(len(t) - 2)
            ),
        ]
    )


@pytest.mark.parametrize(("n", "tolerance"), [(2000, 1e-3), (40_000, 3e-4)])
def test_ici_agrees_with_an_unpooled_spline_of_statsmodels(n, tolerance):
    data = simulate(n, seed=4)
    x = logit(data.reference)
    design = harrell_basis(x, np.quantile(x, KNOT_QUANTILES))
    fitted = sm.GLM(data.outcome, design, family=sm.families.Binomial()).fit().fittedvalues
    expected = np.abs(data.reference - fitted).mean()
    assert expected > 0.01
    assert calibrate(data.ranked("reference")).ici == pytest.approx(expected, abs=tolerance)


def test_ici_is_near_the_distance_of_the_true_risk():
    rng = np.random.default_rng(8)
    x = rng.normal(-2, 1, 100_000)
    risk = expit(0.3 + 0.6 * x + 0.1 * x**2)
    y = rng.random(x.size) < risk
    assert calibrated(y, expit(x)).ici == pytest.approx(np.abs(expit(x) - risk).mean(), abs=0.002)


def test_ece_agrees_with_a_loop_over_deciles():
    data = simulate(5000, seed=6)
    order = np.argsort(data.head)
    groups = np.array_split(order, 10)
    gaps = [abs(data.outcome[rows].mean() - data.head[rows].mean()) * rows.size for rows in groups]
    assert calibrate(data.ranked("head")).ece == pytest.approx(sum(gaps) / 5000, abs=1e-12)


def test_equal_scores_are_never_parted():
    data = simulate(5000, seed=6, decimals=2)
    ranked = data.ranked("head")
    for groups in (10, 200):
        inner = equal_mass_bounds(ranked, groups)[1:-1]
        assert np.all(ranked.sorted_probability[inner] > ranked.sorted_probability[inner - 1])


def test_a_separating_score_has_no_slope_but_an_ici():
    result = calibrated([0] * 50 + [1] * 50, np.linspace(0.01, 0.99, 100))
    assert not result.line.converged
    assert np.isnan(result.line.coefficients).all()
    assert 0 < result.ici < 0.5


def test_a_constant_score_has_calibration_in_the_large_only():
    result = calibrated([0, 0, 0, 1] * 25, np.full(100, 0.2))
    assert result.large.coefficients[0] == pytest.approx(np.log(0.25 / 0.75) - np.log(0.2 / 0.8), abs=1e-9)
    assert not result.line.converged
    assert result.ici == pytest.approx(0.05, abs=1e-4)
    assert result.ece == pytest.approx(0.05, abs=1e-12)


@pytest.mark.parametrize("outcome", [[0], [1], [0, 0, 0], [1, 1]])
def test_one_class_has_distances_but_no_fits(outcome):
    result = calibrated(outcome, np.full(len(outcome), 0.3))
    assert not result.large.converged
    assert not result.line.converged
    assert 0 <= result.ici <= 1
    assert 0 <= result.ece <= 1


def test_the_curve_follows_the_true_risk():
    data = simulate(20_000, seed=1)
    curve = calibration_curve(calibrate(data.ranked("head")))
    assert curve.n.sum() == 20_000
    assert np.all(np.diff(curve.score) > 0)
    assert curve.n @ curve.observed == pytest.approx(data.outcome.sum(), rel=1e-4)


def test_a_wild_start_still_finds_the_maximum():
    x = np.array([-8.0, -6.0, 5.0, 7.0, 40.0, -40.0])
    y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
    design = np.vstack([np.ones(6), x])
    fit = fit_logistic(design, y, np.ones(6))
    oracle = sm.GLM(y, design.T, family=sm.families.Binomial()).fit()
    assert fit.coefficients == pytest.approx(oracle.params, abs=1e-6)
