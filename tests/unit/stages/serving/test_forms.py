"""The served forms answer as scikit-learn does, on thresholds, with missing and unknown values; without their extra they say so."""

import importlib.util
import sys
from pathlib import Path

import modelling_sample as sample
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression

from wardround.errors import MissingExtra, UsageError
from wardround.stages import team
from wardround.stages.features import FeatureSpec
from wardround.stages.serving import forms, onnx_form
from wardround.stages.train.parity import ParityRequest, check, thresholds

SPEC = FeatureSpec(("x", "c", "y", "d", "z"), {"c": tuple("abcdef"), "d": ("u", "v")})
BUILD = team.load(Path(sample.REPOSITORY) / "pipelines" / "model.py", "build", example="").call


def data(seed=0, rows=1500, *, missing=0.1):
    """Codes 1 and 5 of ``c`` never occur; ``z`` is large with a small spread."""
    rng = np.random.default_rng(seed)
    matrix = np.column_stack(
        [
            rng.normal(size=rows),
            rng.choice([0, 2, 3, 4], rows),
            rng.integers(0, 9, rows),
            rng.integers(0, 2, rows),
            1e6 + rng.normal(size=rows),
        ]
    )
    risk = matrix[:, 0] + (matrix[:, 1] == 2) - (matrix[:, 2] > 5) + matrix[:, 4] - 1e6
    matrix[rng.random(matrix.shape) < missing] = np.nan
    return matrix, (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype(int)


def agreement(estimator, form, spec=SPEC, matrix=None):
    served = forms.predictor(form, lambda: estimator)
    request = ParityRequest(
        lambda rows: forms.positive(estimator, rows),
        served,
        estimator,
        form,
        spec,
        data()[0] if matrix is None else matrix,
        3,
    )
    return check(request)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_boosting_with_native_categories_is_exact_also_for_codes_that_training_never_met(missing):
    matrix, outcome = data(missing=missing)
    estimator = BUILD(SPEC, {"kind": "hist_gradient_boosting", "max_iter": 30}, 1).fit(matrix, outcome)
    form = forms.make(estimator, "auto", SPEC)
    assert form.kind == "treelite"
    assert form.unknown == {1: (1, 5)}
    found = agreement(estimator, form, matrix=matrix)
    assert found.difference < 1e-12
    rows = {item.name: item.rows for item in found.checks}
    assert rows["thresholds"] == len(thresholds(estimator)) > 50
    assert rows["beside_thresholds"] == 2 * rows["thresholds"]
    assert forms.make(estimator, "auto", SPEC) == form


def test_the_parity_check_sees_what_it_is_there_for():
    """Without the unknown codes Treelite sends them another way; the check must notice."""
    matrix, outcome = data()
    estimator = BUILD(SPEC, {"kind": "hist_gradient_boosting", "max_iter": 30}, 1).fit(matrix, outcome)
    form = forms.make(estimator, "auto", SPEC)
    from wardround.errors import GateRefusal

    with pytest.raises(GateRefusal, match="unseen rows"):
        agreement(estimator, forms.Form("treelite", form.content), matrix=matrix)


def test_thresholds_are_in_the_columns_of_the_matrix():
    matrix, outcome = data(missing=0)
    estimator = BUILD(SPEC, {"kind": "hist_gradient_boosting", "max_iter": 30}, 1).fit(matrix, outcome)
    splits = thresholds(estimator)
    assert set(splits[:, 0]) <= {0.0, 2.0, 4.0}
    assert (splits[splits[:, 0] == 4, 1] > 9e5).all()
    assert (np.abs(splits[splits[:, 0] == 0, 1]) < 10).all()


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier, GradientBoostingClassifier])
def test_other_tree_ensembles_are_exact_in_single_precision(kind):
    matrix, outcome = data(missing=0)
    estimator = kind(n_estimators=15, max_depth=6, random_state=1).fit(matrix, outcome)
    form = forms.make(estimator, "auto", SPEC)
    assert form.single
    served = forms.predictor(form, lambda: estimator)
    splits = thresholds(estimator)
    rows = np.repeat(matrix[:1], len(splits), axis=0)
    rows[np.arange(len(rows)), splits[:, 0].astype(int)] = splits[:, 1]
    for given in (matrix, rows, np.nextafter(rows, np.inf)):
        np.testing.assert_allclose(served(given), forms.positive(estimator, given), atol=1e-12, rtol=0)


@pytest.mark.parametrize("spec_of", ["mixed", "numbers", "categories"])
def test_logistic_regression_is_exact_in_onnx(spec_of):
    pytest.importorskip("onnxruntime")
    matrix, outcome = data()
    columns = {"mixed": [0, 1, 2, 3, 4], "numbers": [0, 2, 4], "categories": [1, 3]}[spec_of]
    names = tuple(SPEC.names[place] for place in columns)
    spec = FeatureSpec(names, {name: SPEC.categorical[name] for name in names if name in SPEC.categorical})
    own = matrix[:, columns]
    estimator = BUILD(spec, {"kind": "logistic_regression", "C": 0.5}, 1).fit(own, outcome)
    form = forms.make(estimator, "auto", spec)
    assert form.kind == "onnx"
    assert agreement(estimator, form, spec, own).difference < 1e-12
    assert forms.make(estimator, "auto", spec).content == form.content


def test_anything_else_answers_itself():
    matrix, outcome = data(missing=0)
    estimator = DummyClassifier(strategy="prior").fit(matrix, outcome)
    form = forms.make(estimator, "auto", SPEC)
    assert form.kind == "none"
    np.testing.assert_array_equal(forms.predictor(form, lambda: estimator)(matrix[:5]), np.full(5, outcome.mean()))
    assert agreement(estimator, form).difference is None
    with pytest.raises(UsageError, match="Treelite does not take DummyClassifier"):
        forms.make(estimator, "treelite", SPEC)


def test_a_plain_logistic_regression_goes_through_skl2onnx_when_asked():
    pytest.importorskip("skl2onnx")
    matrix, outcome = data(missing=0)
    estimator = LogisticRegression(max_iter=500).fit(matrix[:, :4], outcome)
    form = forms.make(estimator, "onnx", SPEC)
    served = forms.predictor(form, lambda: estimator)
    np.testing.assert_allclose(served(matrix[:, :4]), forms.positive(estimator, matrix[:, :4]), atol=1e-6)


def test_what_skl2onnx_does_not_know_is_explained():
    pytest.importorskip("skl2onnx")

    class Odd(LogisticRegression):
        pass

    matrix, outcome = data(missing=0)
    with pytest.raises(UsageError, match="cannot convert Odd"):
        forms.make(Odd(max_iter=500).fit(matrix[:, :4], outcome), "onnx", SPEC)


@pytest.mark.parametrize("absent", ["onnx", "onnxruntime"])
def test_without_the_extra_the_message_says_which(monkeypatch, absent):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == absent else found(name))
    matrix, outcome = data()
    estimator = BUILD(SPEC, {"kind": "logistic_regression"}, 1).fit(matrix, outcome)
    with pytest.raises(MissingExtra, match=r"wardround\[onnx\]"):
        forms.make(estimator, "auto", SPEC)


def test_no_rows_and_one_row():
    matrix, outcome = data()
    estimator = HistGradientBoostingClassifier(max_iter=3, categorical_features=SPEC.categorical_mask).fit(
        matrix, outcome
    )
    served = forms.predictor(forms.make(estimator, "auto", SPEC), lambda: estimator)
    assert served(matrix[:0]).shape == (0,)
    together = served(matrix)
    np.testing.assert_array_equal(np.array([served(matrix[[row]])[0] for row in range(50)]), together[:50])
    assert forms.positive(estimator, matrix[:0]).shape == (0,)
    assert "onnxruntime" not in sys.modules or onnx_form.is_linear(estimator) is False
