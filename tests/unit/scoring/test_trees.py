"""Bit vectors give the doubles that Treelite's own interpreter gives, or say that they cannot."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier

from wardround.scoring.trees import made
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.serving import forms

SPEC = FeatureSpec(("a", "b", "c", "d"), {"d": ("p", "q", "r", "s", "t", "u")})


def drawn(rows, seed, *, missing=0.2):
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([np.round(rng.normal(size=(rows, 3)), 1), rng.integers(0, 5, rows)]).astype(float)
    matrix[rng.random(matrix.shape) < missing] = np.nan
    risk = np.nan_to_num(matrix[:, 0]) + (matrix[:, 3] == 2) - np.isnan(matrix[:, 1]) * 0.5
    return matrix, (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype(int)


def both(estimator):
    form = forms.make(estimator, "treelite", SPEC)
    ours = made(form.content, single=form.single, unknown=form.unknown)
    return ours, forms.predictor(form, lambda: estimator)


def check_same(ours, theirs, matrix):
    np.testing.assert_array_equal(ours(matrix).view(np.int64), theirs(matrix).view(np.int64))


@pytest.mark.parametrize("leaves", [2, 15, 16, 17, 31, 32, 33, 64])
def test_histogram_boosting_bit_by_bit(leaves):
    matrix, outcome = drawn(4000, leaves)
    estimator = HistGradientBoostingClassifier(
        max_iter=12, max_leaf_nodes=leaves, min_samples_leaf=5, categorical_features=[3], random_state=0
    ).fit(matrix, outcome)
    ours, theirs = both(estimator)
    other, _ = drawn(3000, 99)
    other[:50] = [[np.inf, -np.inf, 0.0, 5.0]] * 50  # a declared code that no row had, and the ends of the line
    other[50:60, 3] = 77
    check_same(ours, theirs, matrix)
    check_same(ours, theirs, other)


def test_values_on_a_threshold():
    matrix, outcome = drawn(1000, 5, missing=0)
    estimator = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(matrix, outcome)
    ours, theirs = both(estimator)
    cuts = np.unique(np.concatenate([p[0].nodes["num_threshold"] for p in estimator._predictors]))
    near = np.concatenate([cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf)])
    check_same(ours, theirs, np.repeat(near[:, None], 4, axis=1))


@pytest.mark.parametrize("kind", [RandomForestClassifier, GradientBoostingClassifier])
def test_forests_in_single_precision(kind):
    matrix, outcome = drawn(800, 7, missing=0)
    estimator = kind(n_estimators=9, max_leaf_nodes=20, random_state=0).fit(matrix, outcome)
    ours, theirs = both(estimator)
    check_same(ours, theirs, drawn(500, 8, missing=0)[0] * 1.0000001)


def test_a_tree_without_a_split():
    matrix, _ = drawn(60, 1)
    estimator = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=59).fit(matrix, np.arange(60) % 2)
    ours, theirs = both(estimator)
    check_same(ours, theirs, matrix)


def test_deep_trees_do_not_fit():
    matrix, outcome = drawn(2000, 9, missing=0)
    ours, _ = both(RandomForestClassifier(n_estimators=3, random_state=0).fit(matrix, outcome))
    assert ours is None


def test_no_rows():
    matrix, outcome = drawn(300, 2)
    ours, _ = both(HistGradientBoostingClassifier(max_iter=2).fit(matrix, outcome))
    assert ours(matrix[:0]).shape == (0,)


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 255, 257])
def test_any_number_of_rows(rows):
    matrix, outcome = drawn(300, 2)
    ours, theirs = both(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5).fit(matrix, outcome))
    check_same(ours, theirs, matrix[:rows])
    check_same(ours, theirs, np.asfortranarray(matrix[:rows]))


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, GradientBoostingClassifier])
def test_more_cuts_than_are_compared(kind):
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(5000, 4))
    outcome = (np.sin(9 * matrix[:, 0]) + rng.normal(size=5000) > 0).astype(int)
    how = {"max_iter": 150} if kind is HistGradientBoostingClassifier else {"n_estimators": 200, "subsample": 0.3}
    ours, theirs = both(kind(max_leaf_nodes=8, max_depth=None, random_state=0, **how).fit(matrix, outcome))
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    check_same(ours, theirs, matrix)
