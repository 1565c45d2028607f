"""Rounding and intervals from rounded counts, against independent implementations."""

import pytest
from scipy.stats import chi2
from statsmodels.stats.proportion import proportion_confint

from wardround.disclosure.rounding import observed_expected, to_ten, wilson


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (25, 30), (4.9, 0)])
def test_halves_go_up(count, shown):
    assert to_ten(count) == shown


@pytest.mark.parametrize(("events", "n"), [(10, 20), (0, 50), (50, 50), (130, 2000)])
def test_wilson_agrees_with_statsmodels(events, n):
    ratio = wilson(events, n)
    low, high = proportion_confint(events, n, method="wilson")
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((events / n, low, high), abs=1e-12)


@pytest.mark.parametrize("observed", [10, 20, 50, 300])
def test_byar_is_close_to_the_exact_poisson(observed):
    ratio = observed_expected(observed, 40)
    low, high = chi2.ppf(0.025, 2 * observed) / 80, chi2.ppf(0.975, 2 * observed + 2) / 80
    assert ratio.value == observed / 40
    assert (ratio.low, ratio.high) == pytest.approx((low, high), rel=0.02)
