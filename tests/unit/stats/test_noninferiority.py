import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm
from simulated_scores import Data
from statsmodels.stats.multitest import multipletests

from wardround.stats.delong import paired_auroc
from wardround.stats.multiplicity import adjusted, holm, two_sided_p
from wardround.stats.noninferiority import (
    Conclusion,
    Trial,
    conclude,
    planned_events,
    power_at_no_difference,
    wanted_error,
)

TRIAL = Trial(0.01)


@pytest.mark.parametrize(
    ("difference", "error", "expected"),
    [
        (0.02, 0.005, Conclusion.SUPERIOR),
        (0.0, 0.003, Conclusion.NON_INFERIOR),
        (-0.004, 0.003, Conclusion.NON_INFERIOR),
        (-0.008, 0.003, Conclusion.INFERIOR),
        (-0.05, 0.01, Conclusion.INFERIOR),
        (-0.004, 0.02, Conclusion.UNDERPOWERED),
        (0.004, 0.02, Conclusion.UNDERPOWERED),
        (0.0, 0.0, Conclusion.NON_INFERIOR),
        (-0.01, 0.0, Conclusion.INFERIOR),
    ],
)
def test_conclusions(difference, error, expected):
    assert conclude(difference, error, TRIAL).conclusion is expected


def test_a_limit_exactly_at_the_margin_is_not_accepted():
    assert not conclude(-0.01, 0.0, TRIAL).conclusion.accepts
    assert conclude(-0.00999, 0.0, TRIAL).conclusion.accepts


def test_identical_scores_are_accepted_at_full_power():
    result = conclude(0.0, 0.0, TRIAL, events=5)
    assert result.conclusion.accepts
    assert (result.low, result.high, result.power, result.needed) == (0.0, 0.0, 1.0, 0)


@pytest.mark.parametrize(("difference", "error"), [(float("nan"), 0.1), (0.0, float("nan")), (0.0, -1.0)])
def test_without_numbers_nothing_is_concluded(difference, error):
    with pytest.raises(ValueError):
        conclude(difference, error, TRIAL)


def test_events_needed_scale_with_the_square_of_the_error():
    error = 2 * wanted_error(TRIAL)
    result = conclude(0.0, error, TRIAL, events=500)
    assert result.conclusion is Conclusion.UNDERPOWERED
    assert result.needed == 2000
    assert power_at_no_difference(wanted_error(TRIAL), TRIAL) == pytest.approx(0.8, abs=1e-12)


def test_power_is_the_chance_of_acceptance():
    rng = np.random.default_rng(4)
    error = 0.004
    accepted = np.mean([conclude(value, error, TRIAL).conclusion.accepts for value in rng.normal(0, error, 4000)])
    assert accepted == pytest.approx(power_at_no_difference(error, TRIAL), abs=0.025)


@pytest.mark.parametrize(("correlation", "events"), [(0.8, 2700), (0.9, 1400), (0.95, 700)])
def test_planned_events_reproduce_the_reference_values(correlation, events):
    assert planned_events(0.01, 0.11, correlation) == pytest.approx(events, rel=0.03)


def test_identical_models_need_no_events_and_nonsense_has_no_plan():
    assert planned_events(0.01, 0.11, 1.0) == 0
    for prevalence, correlation, margin in ((0.0, 0.9, 0.01), (0.1, 1.1, 0.01), (0.1, 0.9, 0.0)):
        assert planned_events(margin, prevalence, correlation) is None


def test_the_plan_gives_the_error_that_delong_then_finds():
    rng = np.random.default_rng(6)
    prevalence, correlation, auroc = 0.2, 0.85, 0.7
    events = planned_events(0.02, prevalence, correlation, auroc=auroc)
    n = int(events / prevalence)
    errors = []
    for _ in range(20):
        y = np.zeros(n, dtype=np.int8)
        y[:events] = 1
        common = np.sqrt(correlation) * rng.normal(size=n) + y * np.sqrt(2) * ndtri(auroc)
        pair = [norm.cdf(common + np.sqrt(1 - correlation) * rng.normal(size=n)) for _ in range(2)]
        data = Data(np.arange(n), y, *pair)
        errors.append(paired_auroc(data.ranked("reference"), data.ranked("head")).difference_error)
    assert np.mean(errors) == pytest.approx(wanted_error(Trial(0.02)), rel=0.03)


def test_holm_agrees_with_statsmodels():
    p = [0.001, 0.04, 0.03, 0.5, 0.012]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)
    assert holm([]) == ()


def test_simultaneous_limits_cover_all_groups_together():
    rng = np.random.default_rng(9)
    errors = [0.01] * 8
    covered = [
        all(each.low <= 0 <= each.high for each in adjusted(rng.normal(0, 0.01, 8).tolist(), errors))
        for _ in range(3000)
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_a_single_group_is_not_adjusted_and_an_error_of_zero_is_no_trap():
    (one,) = adjusted([0.02], [0.01])
    assert one.high - one.low == pytest.approx(2 * 1.959964 * 0.01, rel=1e-5)
    assert one.p_value == pytest.approx(two_sided_p(0.02, 0.01))
    assert [each.p_value for each in adjusted([0.0, 0.1], [0.0, 0.0])] == [1.0, 0.0]
    assert adjusted([], []) == ()
