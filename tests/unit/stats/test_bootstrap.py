import numpy as np
import pytest
import statsmodels.api as sm
from simulated_scores import DAYS, THRESHOLDS, Data, simulate
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, roc_auc_score

from wardround.stats.bootstrap import Resampling, bootstrap
from wardround.stats.influence import paired_standard_errors
from wardround.stats.kernels import TILE, draw_counts
from wardround.stats.logistic import logit
from wardround.stats.names import measure_names
from wardround.stats.sample import make_sample, rank
from wardround.stats.totals import fit

NAMES = measure_names(THRESHOLDS)


def plan_for(data: Data, resamples: int, seed: int = 7, threads: int = 0) -> Resampling:
    return Resampling(int(data.subject.max()) + 1, resamples, seed, threads)


@pytest.mark.parametrize("decimals", [None, 2])
def test_each_resample_equals_a_loop_of_sklearn_metrics(decimals):
    data = simulate(2000, seed=13, decimals=decimals)
    plan = plan_for(data, 20)
    result = dict(zip(NAMES, np.moveaxis(bootstrap([data.pair()], plan)[0], 2, 0), strict=True))
    for r, counts in enumerate(plan.counts()):
        weight = counts[data.subject].astype(float)
        for model, p in enumerate((data.reference, data.head)):
            expected = {
                "auroc": roc_auc_score(data.outcome, p, sample_weight=weight),
                "auprc": average_precision_score(data.outcome, p, sample_weight=weight),
                "brier": brier_score_loss(data.outcome, p, sample_weight=weight),
                "oe": weight @ data.outcome / (weight @ p),
            }
            for threshold in THRESHOLDS:
                tn, fp, fn, tp = confusion_matrix(data.outcome, p >= threshold, sample_weight=weight).ravel()
                expected |= {
                    f"sensitivity@{threshold}": tp / (tp + fn),
                    f"specificity@{threshold}": tn / (tn + fp),
                    f"ppv@{threshold}": tp / (tp + fp),
                    f"npv@{threshold}": tn / (tn + fn),
                    f"alerts_per_100@{threshold}": 100 * (tp + fp) / weight.sum(),
                    f"alerts_per_day@{threshold}": (tp + fp) / DAYS,
                    f"net_benefit@{threshold}": (tp - fp * threshold / (1 - threshold)) / weight.sum(),
                }
            for name, value in expected.items():
                assert result[name][model, r] == pytest.approx(value, abs=1e-10), (name, r)


def test_recalibration_of_each_resample_is_near_a_full_fit():
    data = simulate(4000, seed=14)
    plan = plan_for(data, 24)
    result = dict(zip(NAMES, np.moveaxis(bootstrap([data.pair()], plan)[0], 2, 0), strict=True))
    errors = dict(zip(NAMES, paired_standard_errors(*data.pair()).head, strict=True))
    x = logit(data.head)
    gaps = {name: [] for name in ("citl", "slope", "intercept")}
    for r, counts in enumerate(plan.counts()):
        weight = counts[data.subject].astype(float)
        binomial = sm.families.Binomial()
        line = sm.GLM(data.outcome, sm.add_constant(x), family=binomial, freq_weights=weight).fit().params
        large = sm.GLM(data.outcome, np.ones(x.size), offset=x, family=binomial, freq_weights=weight).fit().params
        for name, value in (("citl", large[0]), ("intercept", line[0]), ("slope", line[1])):
            gaps[name].append((result[name][1, r] - value) / errors[name])
    for name, gap in gaps.items():
        # one step is exact to first order: the rest is small against the spread, and has no direction that matters
        assert np.abs(gap).max() < 0.4, name
        assert np.abs(gap).mean() < 0.08, name


def test_pooled_distances_of_each_resample_equal_a_full_computation():
    data = simulate(3000, seed=15, decimals=2)
    plan = plan_for(data, 16)
    result = dict(zip(NAMES, np.moveaxis(bootstrap([data.pair()], plan)[0], 2, 0), strict=True))
    for r, counts in enumerate(plan.counts()):
        take = np.repeat(np.arange(3000), counts[data.subject])
        sample, _ = make_sample(data.outcome[take], np.arange(take.size))
        full = dict(zip(NAMES, fit(rank(sample, data.head[take]), THRESHOLDS, DAYS).values(), strict=True))
        # knots move a little with the resample, those of the fast way stay
        assert result["ici"][1, r] == pytest.approx(full["ici"], abs=1.5e-3)


def test_errors_agree_with_influence_functions():
    data = simulate(6000, seed=16)
    drawn = bootstrap([data.pair()], plan_for(data, 1000))[0]
    errors = paired_standard_errors(*data.pair())
    for k, name in enumerate(NAMES):
        tolerance = 0.25 if name in {"ici", "ece"} else 0.12
        assert drawn[1, :, k].std() == pytest.approx(errors.head[k], rel=tolerance), name
        assert (drawn[1, :, k] - drawn[0, :, k]).std() == pytest.approx(errors.difference[k], rel=tolerance), name


def test_neither_threads_nor_blocks_change_a_bit(monkeypatch):
    data = simulate(1500, seed=17)
    pair = data.pair()
    once = bootstrap([pair], plan_for(data, 70, threads=1))[0]
    assert once.shape == (2, 70, len(NAMES))
    assert np.array_equal(once, bootstrap([pair], plan_for(data, 70, threads=4))[0])
    monkeypatch.setattr("wardround.stats.bootstrap.BLOCK", 2 * TILE)
    assert np.array_equal(once, bootstrap([pair], plan_for(data, 70))[0])
    assert not np.array_equal(once, bootstrap([pair], plan_for(data, 70, seed=8))[0])
    longer = bootstrap([pair], plan_for(data, 100))[0]
    assert np.array_equal(longer[:, :70], once)


def test_groups_share_the_resamples_and_equal_a_bootstrap_of_their_own_rows():
    data = simulate(2000, seed=18)
    part = np.random.default_rng(1).random(2000) < 0.4
    sample, _ = make_sample(data.outcome[part], data.subject[part])
    group = fit(rank(sample, data.head[part]), THRESHOLDS, DAYS)
    plan = plan_for(data, 20)
    whole, alone = bootstrap([data.pair(), (group,)], plan)
    assert whole.shape[0] == 2
    auroc = NAMES.index("auroc")
    for r, counts in enumerate(plan.counts()):
        weight = counts[data.subject[part]].astype(float)
        expected = roc_auc_score(data.outcome[part], data.head[part], sample_weight=weight)
        assert alone[0, r, auroc] == pytest.approx(expected, abs=1e-12)


def test_a_resample_without_events_is_nan_and_warns_of_nothing():
    outcome = np.zeros(31, dtype=int)
    outcome[17] = 1
    sample, _ = make_sample(outcome, np.arange(31))
    fitted = fit(rank(sample, np.linspace(0.05, 0.6, 31)), THRESHOLDS, None)
    drawn = bootstrap([(fitted,)], Resampling(31, 200, 5))[0][0]
    lacking = np.array([counts[17] == 0 for counts in Resampling(31, 200, 5).counts()])
    assert 0.2 < lacking.mean() < 0.5
    for name in ("auroc", "auprc", "citl", "slope", "sensitivity@0.2"):
        assert np.array_equal(np.isnan(drawn[:, NAMES.index(name)]), lacking), name
    assert np.isfinite(drawn[:, NAMES.index("brier")]).all()


def test_counts_are_multinomial():
    subjects = 50
    seeds = np.random.SeedSequence(1).generate_state(TILE * 200, np.uint64)
    drawn = []
    for first in range(0, seeds.size, TILE):
        counts = np.empty((subjects, TILE), np.uint8)
        draw_counts(seeds[first : first + TILE], counts, np.empty(subjects, np.uint8))
        drawn.append(counts.T)
    table = np.concatenate(drawn).astype(float)
    assert np.all(table.sum(axis=1) == subjects)
    assert table.mean(axis=0) == pytest.approx(np.ones(subjects), abs=0.09)
    assert table.var(axis=0) == pytest.approx(np.full(subjects, 1 - 1 / subjects), abs=0.12)
    assert np.corrcoef(table[:-1, 0], table[1:, 0])[0, 1] == pytest.approx(0, abs=0.07)
    assert np.cov(table[:, 3], table[:, 4])[0, 1] == pytest.approx(-1 / subjects, abs=0.07)
