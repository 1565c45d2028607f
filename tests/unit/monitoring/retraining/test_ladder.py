"""The ladder chooses the cheapest fix that suffices, and says what none repairs."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from wardround.evidence.retraining import Fix
from wardround.monitoring.retraining import Half, LadderRequest, Limits, climb, halves

N = 8000


def window(truth, *, seed=1, model=lambda x: x):
    """``truth`` and ``model`` map a latent number to the logit of the risk, and of the prediction."""
    draw = np.random.default_rng(seed)
    latent = draw.normal(-1.5, 1.0, N)
    outcome = (draw.random(N) < expit(truth(latent))).astype(np.int8)
    probability = expit(model(latent))
    subject = np.arange(N) // 2
    fitting = halves([f"s{code}" for code in subject], seed=3)
    parts = [Half(outcome[m], subject[m], probability[m], 30.0 * m.mean()) for m in (fitting, ~fitting)]
    return parts, latent, fitting


def request(truth, **changes):
    (fitting, judging), *_ = window(truth)
    return replace(LadderRequest(fitting, judging, Limits(), (0.2, 0.1)), **changes)


def fixes(found):
    return [item.fix for item in found.attempts]


def test_nothing_is_chosen_when_the_model_meets_every_limit():
    found = climb(request(lambda x: x))
    assert not found.needed
    assert found.chosen is None
    assert found.unrepaired == ()


def test_a_shift_of_the_prior_takes_the_intercept():
    found = climb(request(lambda x: x - 1))
    assert found.chosen.fix is Fix.INTERCEPT
    assert [miss.limit for miss in found.champion.failed] == ["O/E"]
    assert found.chosen.measures["oe"].value == pytest.approx(1, abs=0.1)
    assert found.chosen.differences["auroc"].value == 0


def test_too_extreme_predictions_take_slope_and_intercept():
    found = climb(request(lambda x: 0.5 * x))
    assert found.chosen.fix is Fix.PLATT
    assert "calibration slope" in [miss.limit for miss in found.attempts[0].failed]


def test_too_many_alerts_of_a_calibrated_model_take_a_threshold():
    found = climb(request(lambda x: x, limits=Limits(alerts_per_100=20)))
    assert found.chosen.fix is Fix.THRESHOLD
    assert found.chosen.threshold > 0.2
    assert found.chosen.measures[f"alerts_per_100@{found.chosen.threshold!r}"].value <= 20


def test_alerts_a_day_are_those_of_the_whole_window():
    found = climb(request(lambda x: x))
    fitting, judging = window(lambda x: x)[0]
    flagged = (fitting.probability >= 0.2).sum() + (judging.probability >= 0.2).sum()
    assert found.champion.measures["alerts_per_day@0.2"].value == pytest.approx(flagged / 30, rel=0.05)


def test_when_the_score_says_nothing_only_a_refit_suffices():
    draw = np.random.default_rng(4)
    latent, score = draw.normal(-1.5, 1.0, N), draw.normal(-1.5, 1.0, N)
    outcome = (draw.random(N) < expit(latent)).astype(np.int8)
    first = np.arange(N) < N // 2
    fitting, judging = (Half(outcome[m], np.flatnonzero(m), expit(score[m])) for m in (first, ~first))
    found = climb(
        LadderRequest(fitting, judging, Limits(), (0.2,), refit=lambda: (expit(latent[~first]), "on all inputs"))
    )
    assert fixes(found) == [Fix.INTERCEPT, Fix.PLATT, Fix.REFIT]
    assert found.chosen.fix is Fix.REFIT


def test_a_refit_says_from_which_day_on_it_was_recalibrated():
    (_, judging), *_ = window(lambda x: x - 1)
    day = dt.date(2026, 3, 1)
    found = climb(request(lambda x: x - 1, refit=lambda: (judging.probability, "again"), refit_from=day))
    assert {item.fix: item.recalibrate_from for item in found.attempts} == {
        Fix.INTERCEPT: None,
        Fix.PLATT: None,
        Fix.REFIT: day,
    }


def test_a_slope_that_turns_the_order_round_is_no_recalibration():
    found = climb(request(lambda x: -x - 3))
    assert "turns the order round" in found.attempts[1].unable


def test_a_barred_fix_is_not_tried_and_says_why():
    def never():
        raise AssertionError("a barred fix was tried")

    found = climb(request(lambda x: x - 1, refit=never, barred={Fix.REFIT: "the scale is out"}))
    assert found.attempts[-1].unable == "the scale is out"
    assert not found.attempts[-1].suffices


def test_a_fix_that_breaks_does_not_stop_the_climb():
    def broken():
        raise ValueError("no events")

    found = climb(request(lambda x: x - 1, refit=broken))
    assert found.chosen.fix is Fix.INTERCEPT
    assert found.attempts[-1].unable == "no events"


def test_a_refit_that_ranks_worse_is_not_chosen():
    def noise():
        _, judging = window(lambda x: 0.5 * x)[0]
        draw = np.random.default_rng(5)
        return np.clip(judging.outcome.mean() + 0.02 * draw.normal(size=len(judging.outcome)), 0.01, 0.9), "noise"

    found = climb(request(lambda x: 0.5 * x, refit=noise))
    refit = found.attempts[-1]
    assert {"AUROC", "AUROC against the model as it is"} & {miss.limit for miss in refit.failed}
    assert found.chosen.fix is Fix.PLATT


def test_a_small_half_tells_nothing():
    (fitting, judging), *_ = window(lambda x: x - 1)
    few = Half(judging.outcome[:60], judging.subject[:60], judging.probability[:60])
    found = climb(LadderRequest(fitting, few, Limits(), (0.2,)))
    assert found.chosen is None
    assert found.needed
    assert "judging half" in found.unrepaired[0]


def test_without_thoroughness_the_climb_ends_with_what_suffices():
    found = climb(request(lambda x: x - 1, thorough=False))
    assert fixes(found) == [Fix.INTERCEPT]


def test_lost_discrimination_is_said():
    found = climb(request(lambda x: 0.4 * x - 0.5, reference_auroc=0.9))
    assert any(line.startswith("AUROC") for line in found.unrepaired)


def test_nobody_is_in_both_halves_and_the_shares_hold():
    names = [f"p{code // 3}" for code in range(9000)]
    chosen = halves(names, seed=1, share=0.3)
    assert chosen.mean() == pytest.approx(0.3, abs=0.03)
    assert not set(np.array(names)[chosen]) & set(np.array(names)[~chosen])
    assert halves(names, 1).sum() != halves(names, 2).sum()
    assert halves(names, 1, 1.0).all()
