"""The model: what is fitted to the encoded features. ``params.yaml`` chooses the kind and its settings."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wardround.stages.features import FeatureSpec


def build(spec: FeatureSpec, settings: Mapping[str, Any], seed: int) -> Any:
    """An unfitted estimator over the matrix that ``spec`` describes: codes of categories, numbers, NaN where missing.

    ``settings`` holds ``kind`` and the estimator's keyword arguments, those that the search chose included.
    """
    chosen = dict(settings)
    if chosen.pop("kind") == "logistic_regression":
        return logistic_regression(spec, chosen)
    # Early stopping would hold out rows without regard to subjects and time, so the number of trees is a setting.
    options = {"early_stopping": False, "categorical_features": spec.categorical_mask, **chosen}
    return HistGradientBoostingClassifier(random_state=seed, **options)


def logistic_regression(spec: FeatureSpec, settings: Mapping[str, Any]) -> Pipeline:
    """Numbers: median where missing, a column that says so, scaled. Categories: one column each; missing is none of them."""
    categories = [
        np.arange(len(levels), dtype=float)
        for levels in (spec.categorical[name] for name in spec.names if name in spec.categorical)
    ]
    numbers = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)),
            ("scale", StandardScaler()),
        ]
    )
    parts = [("numbers", numbers, spec.positions(spec.numeric))] if spec.numeric else []
    if categories:
        encoder = OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=False)
        parts.append(("categories", encoder, [place for place, is_one in enumerate(spec.categorical_mask) if is_one]))
    return Pipeline(
        [("prepare", ColumnTransformer(parts)), ("logistic", LogisticRegression(**{"max_iter": 1000, **settings}))]
    )
