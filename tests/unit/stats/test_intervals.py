import math

import numpy as np
import pytest
from scipy.stats import chi2, norm
from statsmodels.stats.proportion import proportion_confint

from wardround.stats.intervals import (
    clustered_wilson,
    logit_interval,
    observed_expected,
    quantile,
    wald,
    wilson,
)

Z = quantile(0.95)


def test_the_quantile():
    assert pytest.approx(norm.ppf(0.975), abs=1e-12) == Z


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (10, 10), (3, 17), (50, 1000), (1, 1)])
def test_wilson_agrees_with_statsmodels(successes, trials):
    assert wilson(successes, trials, Z) == pytest.approx(
        proportion_confint(successes, trials, method="wilson"), abs=1e-12
    )


def test_clusters_shrink_the_effective_number_of_trials():
    binomial = math.sqrt(0.2 * 0.8 / 400)
    assert clustered_wilson(0.2, binomial, (1000, 300), Z) == pytest.approx(wilson(80, 400, Z), abs=1e-12)
    low, high = clustered_wilson(0.2, 2 * binomial, (1000, 300), Z)
    assert (low, high) == pytest.approx(wilson(20, 100, Z), abs=1e-12)
    # never more trials than encounters, and at the ends as many as subjects: no width of zero
    assert clustered_wilson(0.2, 1e-9, (50, 40), Z) == pytest.approx(wilson(10, 50, Z), abs=1e-12)
    assert clustered_wilson(1.0, 0.0, (50, 30), Z) == pytest.approx(wilson(30, 30, Z), abs=1e-12)
    assert clustered_wilson(1.0, 0.0, (50, 30), Z)[0] < 0.9


def test_observed_over_expected_is_symmetric_on_the_log_scale():
    low, high = observed_expected(50, 40, 0.2, Z)
    assert math.sqrt(low * high) == pytest.approx(50 / 40)
    assert math.log(high / low) == pytest.approx(2 * Z * 0.2 / 1.25)


def test_without_events_the_limit_is_the_exact_poisson_one():
    low, high = observed_expected(0, 8.0, 0.0, Z)
    assert low == 0.0
    assert high == pytest.approx(chi2.ppf(0.975, 2) / 2 / 8.0)


def test_poisson_events_are_covered():
    rng = np.random.default_rng(1)
    counts = rng.poisson(40, 4000)
    limits = [observed_expected(count, 40.0, math.sqrt(count) / 40, Z) for count in counts]
    assert np.mean([low <= 1 <= high for low, high in limits]) == pytest.approx(0.95, abs=0.015)


def test_a_share_stays_inside_its_range():
    low, high = logit_interval(0.03, 0.02, Z)
    assert 0 < low < 0.03 < high < 1
    assert logit_interval(1.0, 0.0, Z) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("measure", "value", "error", "expected"),
    [
        ("brier", 0.01, 0.01, (0.0, 0.01 + Z * 0.01)),
        ("auroc", 0.99, 0.02, (0.99 - Z * 0.02, 1.0)),
        ("slope", 0.5, 0.5, (0.5 - Z * 0.5, 0.5 + Z * 0.5)),
        ("scaled_brier", -0.2, 0.1, (-0.2 - Z * 0.1, -0.2 + Z * 0.1)),
    ],
)
def test_symmetric_limits_stay_within_what_a_measure_can_be(measure, value, error, expected):
    assert wald(measure, value, error, Z) == pytest.approx(expected)
