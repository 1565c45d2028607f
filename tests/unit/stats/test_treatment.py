"""Weights of the untreated and weighted measures: against the unweighted ones, by hand, and on a ward whose alerts lead to treatment."""

import numpy as np
import pytest
from scipy.special import expit

from wardround.compare import MeasureSettings, Scored, measure_population, score_edges
from wardround.stats.treatment import Treatment, Weights, effective_size, excluding, weighing
from wardround.stats.weighted import Rows, measures

THRESHOLD = 0.3


def ward(seed, n=3000, *, calibrated=False):
    """One ward, all its numbers drawn by the seed: alerts from 0.3 on lead to treatment, more often at high risk, and treatment averts events.

    ``risk`` is what would have happened to each encounter untreated.
    """
    draw = np.random.default_rng(seed)
    x, z = draw.normal(size=n), draw.normal(size=n)
    score = -1.5 + x + 0.5 * z
    shift, slope = (0.0, 1.0) if calibrated else (draw.uniform(-0.5, 0.7), draw.uniform(0.8, 1.2))
    risk = expit(slope * (score + 1.5) - 1.5 + shift)
    untreated = draw.random(n) < risk
    alert = expit(score) >= THRESHOLD
    chosen = expit(draw.uniform(-1.0, 1.0) + draw.uniform(0.0, 1.0) * (score + 0.5) + draw.uniform(0.0, 0.6) * z)
    treated = alert & (draw.random(n) < chosen)
    outcome = untreated & ~(treated & (draw.random(n) < draw.uniform(0.4, 0.8)))
    return expit(score), risk, treated, outcome.astype(float), z


def oe(outcome, weight, probability, subject=None):
    subject = np.arange(outcome.size) if subject is None else subject
    found = measures(Rows(outcome, subject, weight), probability, (THRESHOLD,))["oe"]
    return found.value, found.interval("oe", 1.96)


def shares(seeds, **how):
    """How often the 95 % interval of O/E holds the untreated one, by what the treated count; and the mean of ln(found / true)."""
    held = {name: [] for name in ("keep", "exclude", "exclude: of those left", "weight", "adjust")}
    for seed in seeds:
        probability, risk, treated, outcome, z = ward(seed, **how)
        left = excluding(treated).value
        everybody = float(risk.sum() / probability.sum())
        weights = {
            "keep": (np.ones(outcome.size), everybody),
            "exclude": (left, everybody),
            "exclude: of those left": (left, float(risk[~treated].sum() / probability[~treated].sum())),
            "weight": (weighing(Treatment(treated, probability, THRESHOLD), 30).value, everybody),
            "adjust": (weighing(Treatment(treated, probability, THRESHOLD, adjust=z[None]), 30).value, everybody),
        }
        for name, (weight, truth) in weights.items():
            value, (low, high) = oe(outcome, weight, probability)
            held[name].append((low <= truth <= high, np.log(value / truth)))
    return {name: tuple(np.mean(found, axis=0)) for name, found in held.items()}


def test_weighting_brings_back_the_untreated_ratio_and_keeping_does_not():
    found = shares(range(30))
    assert found["keep"][0] <= 0.1
    assert found["keep"][1] < -0.15
    for name in ("weight", "adjust"):
        assert found[name][0] >= 0.83, (name, found)
        assert abs(found[name][1]) < 0.02, (name, found)
    # those who stayed untreated are other patients: their own ratio is found, everybody's is not always
    assert found["exclude: of those left"][0] >= 0.83
    assert abs(found["exclude: of those left"][1]) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("calibrated", [True, False])
def test_how_often_over_many_seeds(calibrated):
    """The numbers of docs/explanation/retraining.md."""
    found = shares(range(1000, 1400), calibrated=calibrated)
    for name in ("weight", "adjust", "exclude: of those left"):
        assert 0.92 <= found[name][0] <= 0.98, (name, found)
    assert found["keep"][0] < 0.05
    assert bool(found["exclude"][0] >= 0.92) is calibrated, found


def test_equal_weights_give_the_unweighted_measures():
    probability, _, _, outcome, _ = ward(3)
    probability = np.round(probability, 2)  # ties
    subject = np.arange(outcome.size) // 3
    thresholds = (0.3, 0.1)
    settings = MeasureSettings(thresholds, score_edges(thresholds), interval="influence")
    scored = Scored(outcome.astype(np.int8), subject, probability)
    wanted = measure_population("all", scored, settings).groups[0].measures
    found = measures(Rows(outcome, subject, np.full(outcome.size, 0.7)), probability, thresholds)
    assert {"auroc", "oe", "slope", "brier", "ppv@0.3", "net_benefit@0.1"} <= set(found)
    for name, measure in found.items():
        assert measure.value == pytest.approx(wanted[name].value, rel=1e-6), name
        low, high = measure.interval(name, 1.959964)
        assert (low, high) == pytest.approx((wanted[name].low, wanted[name].high), rel=2e-3, abs=1e-4), name


def test_whole_weights_are_repeated_encounters():
    draw = np.random.default_rng(5)
    probability, outcome = draw.random(200), (draw.random(200) < 0.4).astype(float)
    times = draw.integers(0, 4, 200)
    subject = np.arange(200)
    found = measures(Rows(outcome, subject, times.astype(float)), probability, (0.5,))
    again = measures(
        Rows(np.repeat(outcome, times), np.repeat(subject, times), np.ones(times.sum())),
        np.repeat(probability, times),
        (0.5,),
    )
    for name, measure in again.items():
        assert found[name].value == pytest.approx(measure.value), name
        assert found[name].error == pytest.approx(measure.error), name


def test_weights_of_a_table_by_hand():
    """Of ten alerts four are treated, of ten others none: the six stand for ten, the others for themselves."""
    probability = np.repeat([0.5, 0.1], 10)
    treated = np.arange(20) < 4
    found = weighing(Treatment(treated, probability, 0.3), 1)
    share = 16 / 20
    close = {"rel": 2e-3}  # the penalty of the fit moves it by less than a thousandth
    assert found.value[4:10] == pytest.approx(share / 0.6, **close)
    assert found.value[10:] == pytest.approx(share, **close)
    assert not found.value[:4].any()
    assert found.treated == 4
    assert found.mean == pytest.approx(1.0, **close)
    assert found.effective == pytest.approx((6 / 0.6 + 10) ** 2 / (6 / 0.36 + 10), **close)
    assert found.alerted == pytest.approx(6)
    assert effective_size(np.array([1.0, 1.0, 0.0])) == pytest.approx(2)


def test_a_declared_propensity_is_taken():
    probability, _, treated, _, _ = ward(7)
    chance = np.where(probability >= THRESHOLD, 0.5, 0.0)
    found = weighing(Treatment(treated, probability, THRESHOLD, propensity=chance), 30)
    assert not found.unstable
    untreated = ~treated & (probability >= THRESHOLD)
    assert np.unique(found.value[untreated]) == pytest.approx((~treated).mean() / 0.5)


def unstable(treated, probability, least=30, **more):
    found = weighing(Treatment(treated, probability, THRESHOLD, **more), least)
    assert isinstance(found, Weights)
    return found.unstable


def test_what_cannot_be_weighted_is_said():
    probability, _, treated, _, _ = ward(8)
    alerts = probability >= THRESHOLD
    assert not unstable(treated, probability)
    assert "next to no chance" in unstable(alerts, probability)
    nearly = alerts.copy()
    nearly[np.flatnonzero(alerts)[::12]] = (
        False  # one of twelve stays untreated: there is a chance, and few who show it
    )
    few = np.flatnonzero(alerts)[200:]
    keep = np.setdiff1d(np.arange(probability.size), few)
    assert "from the threshold on" in unstable(nearly[keep], probability[keep])
    assert "everybody was treated" in unstable(np.ones(50, bool), np.full(50, 0.5))
    broken = np.full(probability.size, 0.2)
    broken[3] = np.nan
    assert "declared propensity" in unstable(treated, probability, propensity=broken)
    broken[3] = 1.2
    assert "declared propensity" in unstable(treated, probability, propensity=broken)


def test_truncation_holds_the_largest_weight():
    probability, _, treated, _, _ = ward(9)
    chance = np.full(probability.size, 0.3)
    chance[~treated & (probability >= THRESHOLD)] = 0.3
    chance[np.flatnonzero(~treated)[0]] = 0.94
    found = weighing(Treatment(treated, probability, THRESHOLD, propensity=chance), 30)
    assert found.value.max() == pytest.approx((~treated).mean() / 0.7)


def test_without_a_treated_all_count_alike():
    found = weighing(Treatment(np.zeros(9, bool), np.full(9, 0.5), THRESHOLD), 30)
    assert found.value.tolist() == [1.0] * 9
    assert not found.unstable
