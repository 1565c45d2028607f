import numpy as np
import pandas as pd
import pytest
from simulated_scores import DAYS, THRESHOLDS, simulate
from sklearn.metrics import brier_score_loss, confusion_matrix

from wardround.stats.curves import confusion, decision_curve
from wardround.stats.names import BETTER, better, measure_names
from wardround.stats.sample import make_sample, rank
from wardround.stats.totals import fit


@pytest.mark.parametrize("decimals", [None, 1])
def test_threshold_measures_agree_with_sklearns_confusion_matrix(decimals):
    data = simulate(4000, seed=3, decimals=decimals)
    values = dict(zip(measure_names(THRESHOLDS), data.fitted("head").values(), strict=True))
    for threshold in THRESHOLDS:
        tn, fp, fn, tp = confusion_matrix(data.outcome, data.head >= threshold).ravel().tolist()
        expected = {
            "sensitivity": tp / (tp + fn),
            "specificity": tn / (tn + fp),
            "ppv": tp / (tp + fp),
            "npv": tn / (tn + fn),
            "alerts_per_100": 100 * (tp + fp) / 4000,
            "alerts_per_day": (tp + fp) / DAYS,
            "nne": (tp + fp) / tp,
            "net_benefit": tp / 4000 - fp / 4000 * threshold / (1 - threshold),
        }
        for name, value in expected.items():
            assert values[f"{name}@{threshold}"] == pytest.approx(value, abs=1e-12), name


def test_brier_and_its_scaled_form_and_observed_expected():
    data = simulate(4000, seed=3)
    values = dict(zip(measure_names(THRESHOLDS), data.fitted("head").values(), strict=True))
    rate = data.outcome.mean()
    brier = brier_score_loss(data.outcome, data.head)
    assert values["brier"] == pytest.approx(brier, abs=1e-12)
    reference = brier_score_loss(data.outcome, np.full(4000, rate))
    assert values["scaled_brier"] == pytest.approx(1 - brier / reference, abs=1e-12)
    assert values["oe"] == pytest.approx(data.outcome.sum() / data.head.sum(), abs=1e-12)


def test_net_benefit_agrees_with_dcurves():
    from dcurves import dca

    data = simulate(3000, seed=9)
    grid = (0.05, 0.1, 0.2, 0.35)
    frame = pd.DataFrame({"y": data.outcome.astype(int), "model": data.head})
    table = dca(data=frame, outcome="y", modelnames=["model"], thresholds=np.array(grid))
    oracle = {name: part.set_index("threshold")["net_benefit"] for name, part in table.groupby("model")}
    curve = decision_curve(data.ranked("head"), grid)
    assert curve.model == pytest.approx([oracle["model"][t] for t in grid], abs=1e-9)
    assert curve.everybody == pytest.approx([oracle["all"][t] for t in grid], abs=1e-9)


def test_confusion_counts_add_up_and_the_threshold_itself_alerts():
    sample, _ = make_sample(np.array([0, 1, 1, 0]), np.arange(4))
    table = confusion(rank(sample, np.array([0.2, 0.2, 0.1, 0.5])), (0.2, 0.0, 1.0))
    assert table.true_positive.tolist() == [1, 2, 0]
    assert table.false_positive.tolist() == [2, 2, 0]
    assert table.false_negative.tolist() == [1, 0, 2]
    assert table.true_negative.tolist() == [0, 0, 2]


def test_without_days_there_are_no_alerts_a_day():
    data = simulate(500)
    values = fit(data.ranked("head"), (0.2,), None).values()
    assert np.isnan(values[measure_names((0.2,)).index("alerts_per_day@0.2")])


def test_names_are_in_order_and_each_has_a_direction():
    names = measure_names((0.2, 0.05))
    assert names[:2] == ("auroc", "auprc")
    assert names[10] == "sensitivity@0.2"
    assert names[-1] == "net_benefit@0.05"
    assert {better(name) for name in names} == {"up", "down", "one", "zero"}
    assert set(BETTER) == {name.partition("@")[0] for name in names}
