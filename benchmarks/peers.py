"""The model as a scikit-learn pipeline that takes a DataFrame, and the peers that serve it. Runs in the peers' environments too.

As ``peers.py mlserver|mlflow DIR`` it makes, from the files in ``DIR``, what that peer serves, and prints versions. It imports nothing of
this project: peers are no dependencies, and live in environments of their own.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder


def pipeline(estimator, spec: list[dict], sample: pd.DataFrame) -> Pipeline:
    """The fitted estimator behind what turns a DataFrame of features, categories as text, into its matrix."""
    texts = [item["name"] for item in spec if item["categories"] is not None]
    numbers = [item["name"] for item in spec if item["categories"] is None]
    levels = [[*item["categories"]] for item in spec if item["categories"] is not None]
    encoder = OrdinalEncoder(categories=levels, handle_unknown="use_encoded_value", unknown_value=np.nan)
    columns = ColumnTransformer([("categories", encoder, texts), ("numbers", "passthrough", numbers)])
    order = [(texts + numbers).index(item["name"]) for item in spec]
    prepare = Pipeline(
        [("columns", columns), ("order", FunctionTransformer(np.take, kw_args={"indices": order, "axis": 1}))]
    )
    prepare.fit(sample)
    return Pipeline([("prepare", prepare), ("model", estimator)])


def made(place: Path) -> Pipeline:
    """The pipeline from ``model.skops``, ``spec.json`` and ``sample.json``."""
    file = place / "model.skops"
    estimator = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    spec = json.loads((place / "spec.json").read_text())
    return pipeline(estimator, spec, frame(json.loads((place / "sample.json").read_text()), spec))


def frame(rows: list[dict], spec: list[dict]) -> pd.DataFrame:
    """Rows as the DataFrame that the pipeline takes."""
    columns = {}
    for item in spec:
        values = [row[item["name"]] for row in rows]
        columns[item["name"]] = np.array(values, dtype=float if item["categories"] is None else object)
    return pd.DataFrame(columns)


def mlserver(place: Path) -> None:
    import joblib

    own = place / "mlserver"
    own.mkdir()
    joblib.dump(made(place), own / "model.joblib")
    settings = {"name": "model", "implementation": "mlserver_sklearn.SKLearnModel"}
    (own / "model-settings.json").write_text(json.dumps({**settings, "parameters": {"uri": "./model.joblib"}}))


def mlflow(place: Path) -> None:
    import mlflow.sklearn

    mlflow.sklearn.save_model(
        made(place), place / "mlflow", pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle"
    )


if __name__ == "__main__":
    {"mlserver": mlserver, "mlflow": mlflow}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({name: version(name) for name in (sys.argv[1], "scikit-learn", "pandas", "numpy")}))
