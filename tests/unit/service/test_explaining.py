"""Contributions against Shapley values by their definition, and against the model's own raw answer."""

import itertools
import json
import math

import numpy as np
import pytest
import treelite
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from service_sample import Asker, item, make
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from wardround.errors import EnvironmentFailure
from wardround.service import Settings, application
from wardround.service.explaining import method
from wardround.service.explaining.trees import TreeMethod
from wardround.stages.serving.scorer import load

FEATURES = 4


def data(rows=400, seed=0, missing=0.1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES)).round(1)
    x[:, 3] = rng.integers(0, 5, rows)
    y = (x[:, 0] + x[:, 1] * x[:, 2] + (x[:, 3] == 2) + rng.normal(size=rows) > 0).astype(int)
    if missing:
        x[rng.random(x.shape) < missing] = np.nan
    return x, y


def histogram(seed=0, **more):
    x, y = data(seed=seed)
    options = {"max_iter": 4, "max_leaf_nodes": 9, "categorical_features": [3], "early_stopping": False, **more}
    return HistGradientBoostingClassifier(**options).fit(x, y)


def tree_method(estimator, *, single=False, unknown=None):
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)
        content = bytes(treelite.sklearn.import_model(estimator).serialize_bytes())
    return TreeMethod.of(content, single=single, unknown=unknown or {})


def nodes_of(estimator):
    """The trees of a histogram gradient boosting, read from scikit-learn's own nodes, not from Treelite's."""
    categories = estimator._preprocessor.named_transformers_["encoder"].categories_ if estimator._preprocessor else []
    for (predictor,) in estimator._predictors:
        yield predictor, categories


def expected(estimator, row, known):
    """The value of a set of known features: unknown splits are averaged by the training rows that went each way."""
    # scikit-learn puts categorical columns first, and codes them by the levels that it met
    order = [3, 0, 1, 2]
    total = float(estimator._baseline_prediction[0, 0])
    for predictor, categories in nodes_of(estimator):
        nodes, bits = predictor.nodes, predictor.raw_left_cat_bitsets

        def walk(place, nodes=nodes, bits=bits, categories=categories):
            node = nodes[place]
            if node["is_leaf"]:
                return float(node["value"])
            feature = order[node["feature_idx"]]
            left, right = int(node["left"]), int(node["right"])
            if feature not in known:
                weight = nodes[left]["count"] / node["count"]
                return weight * walk(left) + (1 - weight) * walk(right)
            value = row[feature]
            if np.isnan(value):
                return walk(left if node["missing_go_to_left"] else right)
            if node["is_categorical"]:
                levels = categories[0]
                found = np.flatnonzero(levels == value)
                if not len(found):
                    return walk(left if node["missing_go_to_left"] else right)
                code = int(found[0])
                word = bits[node["bitset_idx"]][code // 32]
                return walk(left if (int(word) >> (code % 32)) & 1 else right)
            return walk(left if value <= node["num_threshold"] else right)

        total += walk(0)
    return total


def shapley(estimator, row):
    """By the definition: every order's gain, weighted."""
    values = {}
    for size in range(FEATURES + 1):
        for known in itertools.combinations(range(FEATURES), size):
            values[frozenset(known)] = expected(estimator, row, set(known))
    found = np.zeros(FEATURES)
    for feature in range(FEATURES):
        others = [other for other in range(FEATURES) if other != feature]
        for size in range(FEATURES):
            weight = math.factorial(size) * math.factorial(FEATURES - size - 1) / math.factorial(FEATURES)
            for known in itertools.combinations(others, size):
                found[feature] += weight * (values[frozenset({*known, feature})] - values[frozenset(known)])
    return values[frozenset()], found


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 5),
    row=st.tuples(*[st.one_of(st.just(math.nan), st.floats(-4, 4))] * 3, st.sampled_from([0, 1, 2, 3, 4, math.nan])),
)
def test_shapley_values_by_their_definition(seed, row):
    estimator = MODELS[seed]
    given_row = np.array(row, dtype=np.float64)
    base, wanted = shapley(estimator, given_row)
    found = tree_method(estimator).explain(given_row)
    assert found.base == pytest.approx(base, abs=1e-12)
    np.testing.assert_allclose(found.values, wanted, atol=1e-12)


MODELS = {seed: histogram(seed) for seed in range(6)}


@pytest.mark.parametrize(
    ("estimator", "scale"),
    [
        (histogram(max_iter=60, max_leaf_nodes=31), "log-odds"),
        (GradientBoostingClassifier(n_estimators=30, max_depth=4), "log-odds"),
        (RandomForestClassifier(n_estimators=20, max_depth=9, random_state=0), "probability"),
        (ExtraTreesClassifier(n_estimators=20, max_depth=5, random_state=0), "probability"),
        (GradientBoostingClassifier(n_estimators=5, max_depth=1), "log-odds"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_parts_sum_to_the_raw_answer(estimator, scale):
    histogram_ = isinstance(estimator, HistGradientBoostingClassifier)
    x, y = data(missing=0.1 if histogram_ else 0)
    if not histogram_:
        estimator.fit(x, y)
    made = tree_method(estimator, single=not histogram_)
    assert made.scale == scale
    probability = estimator.predict_proba(x)[:, 1]
    for row, p in zip(x[:100], probability[:100], strict=True):
        found = made.explain(row)
        assert found.base + found.values.sum() == pytest.approx(logit(p) if scale == "log-odds" else p, abs=1e-9)


def test_a_feature_that_no_tree_asks_about_contributes_nothing():
    x, y = data()
    x[:, 1] = 7.0
    estimator = HistGradientBoostingClassifier(max_iter=5, early_stopping=False).fit(x, y)
    assert all(tree_method(estimator).explain(row).values[1] == 0 for row in x[:20])


def test_a_single_leaf():
    x, y = data(rows=30)
    estimator = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=30, early_stopping=False).fit(x, y)
    found = tree_method(estimator).explain(x[0])
    assert found.values.tolist() == [0.0] * FEATURES
    assert expit(found.base) == pytest.approx(estimator.predict_proba(x[:1])[0, 1])


def test_over_http(service, golden, trained):
    scorer = load(trained.layout.model)
    for one in golden:
        answer = service.post("/explain", item(one))
        assert answer.status == 200
        told = answer.json
        assert told["probability"] == one["probability"]
        total = told["base"] + sum(part["contribution"] for part in told["contributions"])
        assert total == pytest.approx(told["raw"])
        (step,) = scorer.calibration
        assert step.apply(np.array([expit(told["raw"])]))[0] == pytest.approx(one["probability"], abs=1e-12)
        sizes = [abs(part["contribution"]) for part in told["contributions"]]
        assert sizes == sorted(sizes, reverse=True)
        assert {part["feature"] for part in told["contributions"]} == set(scorer.spec.names)
        values = {part["feature"]: part["value"] for part in told["contributions"]}
        assert values["sex"] == one["encounter"]["sex"]
        assert values["lab"] == one["encounter"]["lab"]


def test_one_at_a_time(service, golden):
    answer = service.post("/explain", {"encounters": [item(one) for one in golden]})
    assert answer.status == 422
    assert answer.json["error"]["problems"] == [{"field": "encounters", "wanted": "one encounter"}]
    assert service.post("/explain", {"encounters": [item(golden[0])]}).status == 200


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    return make(
        tmp_path_factory.mktemp("linear") / "project",
        params={"model": {"kind": "logistic_regression", "settings": {"C": 0.5}}},
    )


def test_a_logistic_regressions_parts(linear):
    scorer = load(linear.layout.model)
    made = method(linear.layout.model, scorer.manifest)
    rng = np.random.default_rng(3)
    rows = rng.normal(60, 30, size=(50, len(scorer.spec.names)))
    for place, name in enumerate(scorer.spec.names):
        if name in scorer.spec.categorical:
            rows[:, place] = rng.integers(0, len(scorer.spec.categorical[name]), 50)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    raw = scorer.predict(rows)
    for row, p in zip(rows, raw, strict=True):
        found = made.explain(row)
        assert expit(found.base + found.values.sum()) == pytest.approx(p, abs=1e-12)
    # the mean of training contributes nothing: one number changed alone moves by coefficient and scale
    numbers = next(part for name, part, _ in made.prepare.transformers_ if name == "numbers")
    scaler = numbers.steps[1][1]
    place = scorer.spec.positions(scorer.spec.numeric)[0]
    row = rows[0].copy()
    row[place] = scaler.mean_[0]
    with_mean = made.explain(row).values[place]
    flags = [i for i, origin in enumerate(made.columns) if origin == place][1:]
    quiet = sum(-scaler.mean_[flag] / scaler.scale_[flag] * made.coefficients[flag] for flag in flags)
    assert with_mean == pytest.approx(quiet)


def test_a_served_logistic_regression_explains(linear):
    made = application(Settings(project=linear.root, model=linear.layout.model))
    made.start()
    asker = Asker(made)
    golden = json.loads((linear.layout.model / "golden.json").read_bytes())["encounters"]
    told = asker.post("/explain", item(golden[0])).json
    assert told["scale"] == "log-odds"
    assert told["probability"] == pytest.approx(golden[0]["probability"], abs=1e-12)
    made.stop()


@pytest.fixture(scope="module")
def unexplained(tmp_path_factory):
    return make(tmp_path_factory.mktemp("none") / "project", params={"train": {"serving": "none"}})


def test_a_model_without_an_explanation_says_so(unexplained):
    made = application(Settings(project=unexplained.root, model=unexplained.layout.model))
    made.start()
    asker = Asker(made)
    golden = json.loads((unexplained.layout.model / "golden.json").read_bytes())["encounters"]
    assert asker.post("/explain", item(golden[0])).status == 404
    assert "/explain" not in asker.get("/openapi.json").json["paths"]
    assert asker.get("/model").json["explanation"] is None
    assert asker.post("/predict", item(golden[0])).json["predictions"][0]["probability"] == golden[0]["probability"]
    made.stop()


def test_a_changed_file_is_not_explained_with(trained):
    manifest = load(trained.layout.model).manifest
    path = trained.layout.model / "serving.tl"
    content = path.read_bytes()
    try:
        path.write_bytes(content + b"x")
        with pytest.raises(EnvironmentFailure, match="damaged"):
            method(trained.layout.model, manifest)
    finally:
        path.write_bytes(content)
