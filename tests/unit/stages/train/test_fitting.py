"""Class weights leave no trace in the probabilities, recalibration sees validation only, odd data are handled or explained."""

import modelling_sample as sample
import numpy as np
import pytest
from scipy.special import expit, logit

from wardround.errors import UsageError
from wardround.project.sections import ModelSection, TrainSection
from wardround.stages import team
from wardround.stages.features import FeatureSpec
from wardround.stages.train.fitting import Recipe, fit, recalibrate

BUILD = team.load(sample.REPOSITORY / "pipelines" / "model.py", "build", example="")
SPEC = FeatureSpec(("x", "c", "y"), {"c": ("a", "b", "c")})


def recipe(kind="logistic_regression", spec=SPEC, **settings):
    return Recipe(BUILD, spec, ModelSection(kind=kind, settings=settings))


def data(rows=4000, rate=-2.5, seed=0):
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=rows), rng.integers(0, 3, rows), rng.normal(size=rows)])
    outcome = (rng.random(rows) < expit(rate + matrix[:, 0] + (matrix[:, 1] == 1))).astype(float)
    return matrix, outcome


def test_prior_correction_is_elkans_formula_and_keeps_calibration():
    matrix, outcome = data()
    fitted = fit(recipe(), matrix, outcome, TrainSection(imbalance="weight"))
    events, others = outcome.sum(), (1 - outcome).sum()
    assert fitted.shift == pytest.approx(np.log(events / others))
    raw = fitted.estimator.predict_proba(matrix)[:, 1]
    assert raw.mean() == pytest.approx(0.5, abs=0.1), "the weighted model itself thinks that both classes are as common"
    # Elkan 2001, theorem 2: from base rate 1/2 back to b.
    base = events / len(outcome)
    elkan = base * (raw - raw * 0.5) / (0.5 - raw * 0.5 + base * raw - 0.5 * base)
    np.testing.assert_allclose(fitted.probabilities(matrix), elkan, atol=1e-12)
    assert fitted.probabilities(matrix).mean() == pytest.approx(base, rel=0.05)


def test_without_weights_nothing_is_shifted():
    matrix, outcome = data()
    fitted = fit(recipe(), matrix, outcome, TrainSection())
    assert (fitted.shift, fitted.calibration) == (0.0, ())
    np.testing.assert_array_equal(fitted.probabilities(matrix), fitted.estimator.predict_proba(matrix)[:, 1])


@pytest.mark.parametrize("kind", ["none", "intercept", "platt", "isotonic"])
def test_recalibration_is_fitted_on_what_it_is_given(kind):
    matrix, outcome = data()
    other, later = data(seed=1, rate=-1.0)
    fitted = fit(recipe("hist_gradient_boosting", max_iter=20), matrix, outcome, TrainSection())
    found = recalibrate(fitted, kind, other, later)
    observed_expected = later.mean() / found.probabilities(other).mean()
    if kind == "none":
        assert observed_expected > 1.5
        return
    assert observed_expected == pytest.approx(1, abs=1e-6)
    if kind == "intercept":
        shift = logit(found.probabilities(other)) - logit(fitted.probabilities(other))
        np.testing.assert_allclose(shift, shift[0], atol=1e-9)


@pytest.mark.parametrize("later", [np.zeros(50), np.array([])])
def test_recalibration_that_cannot_be_fitted(later):
    fitted = fit(recipe(), *data(), TrainSection())
    with pytest.raises(UsageError, match="recalibration cannot be fitted"):
        recalibrate(fitted, "intercept", data()[0][: len(later)], later)


@pytest.mark.parametrize(
    ("outcome", "found"), [([0.0] * 40, "only non-events"), ([1.0] * 40, "only events"), ([], "no training row")]
)
def test_one_class_only(outcome, found):
    with pytest.raises(UsageError, match=found):
        fit(recipe(), data()[0][: len(outcome)], np.array(outcome), TrainSection())


@pytest.mark.parametrize("kind", ["hist_gradient_boosting", "logistic_regression"])
def test_columns_without_values_and_constants_are_inert(kind):
    matrix, outcome = data()
    empty = np.full((len(matrix), 1), np.nan)
    spec = FeatureSpec(("x", "c", "y", "e", "k", "one"), {"c": ("a", "b", "c"), "k": ("u", "v")})
    wide = np.hstack([matrix, empty, empty, np.ones_like(empty)])
    fitted = fit(recipe(kind, spec), wide, outcome, TrainSection())
    assert fitted.inert == ("e", "k")
    before = fitted.probabilities(wide)
    filled = wide.copy()
    filled[:, 3], filled[:, 5] = 7.0, -3.0
    np.testing.assert_allclose(fitted.probabilities(filled), before, atol=1e-12)


def test_too_many_categories_for_boosting_but_not_for_regression():
    spec = FeatureSpec(("code",), {"code": tuple(str(number) for number in range(300))})
    rng = np.random.default_rng(0)
    matrix, outcome = rng.integers(0, 300, (2000, 1)).astype(float), rng.integers(0, 2, 2000).astype(float)
    with pytest.raises(UsageError, match="more categories than gradient boosting takes") as error:
        fit(recipe("hist_gradient_boosting", spec), matrix, outcome, TrainSection())
    assert error.value.problems[0].where == "pipelines/features.py: code"
    fit(recipe("logistic_regression", spec), matrix, outcome, TrainSection())
    most = FeatureSpec(("code",), {"code": spec.categorical["code"][:255]})
    fit(recipe("hist_gradient_boosting", most, max_iter=2), np.minimum(matrix, 254), outcome, TrainSection())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nonsense": 1}, "model cannot be made"),
        ({"max_iter": "many"}, "refuses to be fitted"),
        ({"max_iter": 1}, "did not converge"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(UsageError, match=message):
        fit(recipe(**settings), *data(), TrainSection())


def test_a_build_that_returns_no_classifier():
    function = team.TeamFunction(lambda *_: object(), "pipelines/model.py", "")
    with pytest.raises(UsageError, match="no classifier"):
        fit(Recipe(function, SPEC, ModelSection(kind="custom")), *data(), TrainSection())


def test_the_search_and_another_seed_reach_the_estimator():
    own = Recipe(BUILD, SPEC, ModelSection(settings={"max_iter": 7, "max_leaf_nodes": 3}), {"max_iter": 9})
    estimator = own.estimator({"max_leaf_nodes": 5}, seed=42)
    assert (estimator.max_iter, estimator.max_leaf_nodes, estimator.random_state) == (9, 5, 42)
    assert own.estimator().random_state == own.model.seed
