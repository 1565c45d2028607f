"""The ladder where alerts lead to treatment: a model that is right is not recalibrated, and one that is wrong is, as far as it is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from wardround.disclosure.tried import tried
from wardround.disclosure.values import Why
from wardround.evidence.monitor import Span
from wardround.evidence.retraining import Counted, Fix, RetrainingEvidence
from wardround.monitoring.retraining import Half, LadderRequest, Limits, climb
from wardround.stats.treatment import Treatment, excluding, weighing

N, THRESHOLD = 12_000, 0.2
HOW = ("keep", "exclude", "weight")


def request(how, *, shift=0.0, seed=1, n=N, **limits):
    """Alerts are treated, more often at high risk, which averts two of three events; ``shift`` moves the logit of the risk."""
    draw = np.random.default_rng(seed)
    latent = draw.normal(-1.5, 1.0, n)
    probability = expit(latent)
    treated = (probability >= THRESHOLD) & (draw.random(n) < expit(latent + 0.8))
    outcome = (draw.random(n) < expit(latent + shift)) & ~(treated & (draw.random(n) < 2 / 3))
    weight = None
    if how == "exclude":
        weight = excluding(treated).value
    elif how == "weight":
        weight = weighing(Treatment(treated, probability, THRESHOLD), 30).value
    first = np.arange(n) < n // 2
    halves = [
        Half(outcome[m].astype(np.int8), np.flatnonzero(m), probability[m], 15.0, None if weight is None else weight[m])
        for m in (first, ~first)
    ]
    return LadderRequest(*halves, Limits(**limits), (THRESHOLD, 0.1))


@pytest.mark.parametrize("how", HOW)
def test_treatment_that_works_is_no_reason_to_recalibrate(how):
    found = climb(request(how))
    oe = found.champion.measures["oe"]
    if how == "keep":
        assert found.needed
        assert oe.high < 0.85
        assert "O/E" in [miss.limit for miss in found.champion.failed]
    else:
        assert not found.needed, found.champion
        assert oe.low < 1 < oe.high
        assert oe.method == {"exclude": "influence", "weight": "weighted"}[how]


@pytest.mark.parametrize(("how", "wanted"), [("keep", False), ("exclude", True), ("weight", True)])
def test_a_shift_is_corrected_by_what_happens_without_treatment(how, wanted):
    found = climb(request(how, shift=0.7))
    intercept = next(item for item in found.attempts if item.fix is Fix.INTERCEPT)
    moved = float(intercept.detail.removeprefix("intercept "))
    assert (abs(moved - 0.7) < 0.12) is wanted, moved
    if wanted:
        assert found.chosen.fix is Fix.INTERCEPT
        assert found.chosen.measures["oe"].value == pytest.approx(1, abs=0.1)
        assert found.chosen.differences["auroc"].value == 0


@pytest.mark.parametrize("how", HOW)
def test_alerts_that_people_answer_are_those_of_the_treated_too(how):
    asked = request(how, alerts_per_100=20)
    judging = asked.judging
    champion = climb(asked).champion
    flagged = judging.probability >= THRESHOLD
    assert champion.measures[f"alerts_per_day@{THRESHOLD}"].value == pytest.approx(flagged.sum() / 15.0)
    assert "alerts among 100" in [miss.limit for miss in champion.failed]


def test_too_little_that_weighs_tells_nothing():
    found = climb(request("weight", n=300))
    assert found.chosen is None
    assert "as far as the untreated stand for all" in found.unrepaired[0]


def published(how):
    found = climb(request(how, shift=0.7))
    half = request(how, shift=0.7).judging
    evidence = RetrainingEvidence(
        project="made-up",
        base_commit="0" * 40,
        window=Span(name="until", start="2026-01-01", end="2026-02-01"),
        data_digest="d",
        fitted_on=half.counted,
        judged_on=half.counted,
        champion=found.champion,
        attempts=found.attempts,
    )
    return half, evidence, tried(evidence, min_cell=11)


def test_what_is_published_of_the_untreated_comes_from_their_counts():
    half, _, view = published("exclude")
    champion, counts = view.attempts[0], half.counts
    flagged = (half.probability >= THRESHOLD) & counts
    assert view.n.value == round(int(counts.sum()), -1)
    assert champion.sensitivity.value == pytest.approx(
        half.outcome[flagged].sum() / half.outcome[counts].sum(), abs=0.01
    )
    assert champion.alerts_per_100.value == pytest.approx(100 * flagged.sum() / counts.sum(), abs=0.5)


def test_what_is_published_of_weights_has_two_decimals_and_no_counts():
    half, evidence, view = published("weight")
    champion = view.attempts[0]
    assert champion.oe.value == round(evidence.champion.measures["oe"].value, 2)
    assert {champion.sensitivity.withheld, champion.alerts_per_day.withheld} == {Why.UNPROVEN}
    few = evidence.model_copy(update={"judged_on": Counted(n=half.counted.n, events=5, subjects=9)})
    assert tried(few, min_cell=11).attempts[0].oe.value is None
    assert replace(half, weight=None).counted.n == len(half.outcome)
