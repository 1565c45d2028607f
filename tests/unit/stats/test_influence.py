import numpy as np
import pytest
from simulated_scores import DAYS, THRESHOLDS, Data, simulate

from wardround.stats.influence import influences, paired_standard_errors, standard_errors
from wardround.stats.names import measure_names
from wardround.stats.sample import make_sample, rank
from wardround.stats.totals import fit

NAMES = measure_names(THRESHOLDS)


def without(data: Data, subject: int) -> np.ndarray:
    keep = data.subject != subject
    sample, _ = make_sample(data.outcome[keep], data.subject[keep])
    return fit(rank(sample, data.head[keep]), THRESHOLDS, DAYS).values()


def test_each_subjects_influence_is_what_leaving_it_out_changes():
    # fewer than 200 distinct scores, so that pools do not move when a subject is left out
    data = simulate(6000, seed=11, decimals=2)
    fitted = data.fitted("head")
    listed = influences(fitted)
    full = fitted.values()
    chosen = range(0, fitted.ranked.sample.subjects, 40)
    changes = np.array([full - without(data, subject) for subject in chosen])
    ours = listed[list(chosen)]
    for k, name in enumerate(NAMES):
        if name in {"ici", "ece"} or name.startswith("alerts_per_day"):
            continue
        scale = np.abs(changes[:, k]).max()
        assert np.abs(ours[:, k] - changes[:, k]).max() < 0.12 * scale, name
        assert np.corrcoef(ours[:, k], changes[:, k])[0, 1] > 0.99, name


def test_influences_sum_to_zero_except_for_totals():
    fitted = simulate(3000, seed=4).fitted("head")
    sums = influences(fitted).sum(axis=0)
    for k, name in enumerate(NAMES):
        if not name.startswith("alerts_per_day"):
            assert sums[k] == pytest.approx(0.0, abs=1e-5), name


def test_errors_of_slopes_are_statsmodels_cluster_robust_errors():
    import statsmodels.api as sm

    from wardround.stats.logistic import logit

    data = simulate(5000, seed=8)
    fit_ = sm.GLM(data.outcome, sm.add_constant(logit(data.head)), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": data.subject, "use_correction": False}
    )
    large = sm.GLM(data.outcome, np.ones(5000), offset=logit(data.head), family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": data.subject, "use_correction": False}
    )
    errors = dict(zip(NAMES, standard_errors(data.fitted("head")), strict=True))
    subjects = np.unique(data.subject).size
    factor = np.sqrt(subjects / (subjects - 1))
    assert errors["intercept"] == pytest.approx(fit_.bse[0] * factor, rel=1e-5)
    assert errors["slope"] == pytest.approx(fit_.bse[1] * factor, rel=1e-5)
    assert errors["citl"] == pytest.approx(large.bse[0] * factor, rel=1e-5)


def test_errors_agree_with_a_plain_bootstrap_of_copied_rows():
    """Rows of drawn subjects are copied and everything is computed anew: nothing is shared with the fast ways."""
    data = simulate(2500, seed=21)
    rows = np.split(np.arange(2500), np.flatnonzero(np.diff(data.subject)) + 1)
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(300):
        picks = rng.integers(0, len(rows), len(rows))
        take = np.concatenate([rows[k] for k in picks])
        subject = np.repeat(np.arange(len(rows)), [rows[k].size for k in picks])
        sample, _ = make_sample(data.outcome[take], subject)
        both = [fit(rank(sample, p[take]), THRESHOLDS, DAYS).values() for p in (data.reference, data.head)]
        drawn.append([*both, both[1] - both[0]])
    plain = np.array(drawn).std(axis=0, ddof=1)
    errors = paired_standard_errors(*data.pair())
    for ours, theirs in zip((errors.reference, errors.head, errors.difference), plain, strict=True):
        for k, name in enumerate(NAMES):
            # 300 resamples give a standard error to within 4 %; distances to zero are not quite linear
            tolerance = 0.3 if name in {"ici", "ece"} else 0.15
            assert ours[k] == pytest.approx(theirs[k], rel=tolerance), name


def test_identical_scores_have_exactly_no_error():
    data = simulate(3000)
    same = Data(data.subject, data.outcome, data.head, data.head.copy())
    assert np.all(paired_standard_errors(*same.pair()).difference == 0.0)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_errors_do_not_depend_on_threads(threads):
    pair = simulate(20_000, seed=1).pair()
    once, other = paired_standard_errors(*pair, threads=3), paired_standard_errors(*pair, threads=threads)
    assert np.array_equal(once.difference, other.difference)
    assert np.array_equal(once.head, standard_errors(pair[1], threads)) or np.allclose(
        once.head, standard_errors(pair[1], threads), rtol=1e-9
    )


def test_one_subject_has_no_errors():
    sample, _ = make_sample(np.array([0, 1, 1]), np.zeros(3, dtype=int))
    fitted = fit(rank(sample, np.array([0.1, 0.5, 0.3])), THRESHOLDS, None)
    assert np.isnan(standard_errors(fitted)).all()
