"""The served forms of a model: bytes that hold no code, and the function that answers from them.

Treelite for tree ensembles: exact, native categories and missing values included. ONNX for linear models. ``none`` answers with the
trained estimator itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.stages.features.spec import FeatureSpec
from wardround.stages.serving import onnx_form

Matrix = NDArray[np.float64]
Predict = Callable[[Matrix], Matrix]
FormKind = Literal["treelite", "onnx", "none"]

#: Largest accepted max |Δp| between the trained and the served form (issue of this stage; reference measurements).
LIMITS: dict[FormKind, float | None] = {"treelite": 1e-9, "onnx": 1e-6, "none": None}
FILES: dict[FormKind, str] = {"treelite": "serving.tl", "onnx": "serving.onnx"}


@dataclass(frozen=True)
class Form:
    """A served form.

    ``single`` says that scikit-learn rounds inputs to single precision before it compares them with thresholds. ``unknown`` maps
    matrix columns to the codes that no training row had: scikit-learn takes them for missing, Treelite would not.
    """

    kind: FormKind
    content: bytes
    single: bool = False
    unknown: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def make(estimator: Any, wanted: Literal["auto", "treelite", "onnx", "none"], spec: FeatureSpec) -> Form:
    """The served form of a fitted estimator.

    ``auto`` takes Treelite for tree ensembles and ONNX for the shipped logistic regression; for anything else it serves the estimator itself.
    Raises :class:`UsageError` when the wanted form cannot be made, :class:`MissingExtra` without the ONNX libraries.
    """
    kind: FormKind = wanted if wanted != "auto" else _fitting(estimator)
    if kind == "none":
        return Form("none", b"")
    if kind == "onnx":
        return Form("onnx", onnx_form.convert(estimator))
    histogram = _is_histogram(estimator)
    unknown = _unknown_codes(estimator, spec) if histogram else {}
    return Form("treelite", _to_treelite(estimator), single=not histogram, unknown=unknown)


def _fitting(estimator: Any) -> FormKind:
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )

    trees = (HistGradientBoostingClassifier, RandomForestClassifier, ExtraTreesClassifier, GradientBoostingClassifier)
    if isinstance(estimator, trees):
        return "treelite"
    return "onnx" if onnx_form.is_linear(estimator) else "none"


def _is_histogram(estimator: Any) -> bool:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return isinstance(estimator, HistGradientBoostingClassifier)


def _unknown_codes(estimator: Any, spec: FeatureSpec) -> dict[int, tuple[int, ...]]:
    """The declared codes of native categorical columns that the estimator never met."""
    preprocessor = getattr(estimator, "_preprocessor", None)
    if preprocessor is None:
        return {}
    columns = np.flatnonzero(estimator.is_categorical_)
    met = preprocessor.named_transformers_["encoder"].categories_
    found = {}
    for column, levels in zip(columns.tolist(), met, strict=True):
        declared = np.arange(len(spec.categorical.get(spec.names[column], ())))
        absent = np.setdiff1d(declared, levels[~np.isnan(levels)])
        if len(absent):
            found[column] = tuple(int(code) for code in absent)
    return found


def _to_treelite(estimator: Any) -> bytes:
    import treelite

    try:
        with warnings.catch_warnings():
            # A categorical feature with missing values has NaN among its levels; Treelite casts it to an integer that no code equals.
            warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)
            model = treelite.sklearn.import_model(estimator)
    except (treelite.TreeliteError, NotImplementedError, AssertionError, ValueError) as error:
        raise UsageError(
            f"Treelite does not take {type(estimator).__name__}",
            where="params.yaml: train.serving",
            wanted="a tree ensemble of scikit-learn",
            next="set train.serving: none (slower, served by scikit-learn itself), or auto",
        ) from error
    return bytes(model.serialize_bytes())


def predictor(form: Form, estimator: Callable[[], Any]) -> Predict:
    """The function from a float64 matrix (rows, features) to raw probabilities (rows,). ``estimator`` is asked only for ``none``."""
    if form.kind == "treelite":
        return _treelite_predictor(form)
    if form.kind == "onnx":
        return onnx_form.predictor(form.content)
    trained = estimator()
    return lambda matrix: positive(trained, matrix)


def positive(estimator: Any, matrix: Matrix) -> Matrix:
    """The trained estimator's probabilities of the event."""
    if not len(matrix):
        return np.empty(0, dtype=np.float64)
    return np.asarray(estimator.predict_proba(matrix)[:, 1], dtype=np.float64)


def _treelite_predictor(form: Form) -> Predict:
    import treelite

    model = treelite.Model.deserialize_bytes(form.content)

    def predict(matrix: Matrix) -> Matrix:
        if not len(matrix):
            return np.empty(0, dtype=np.float64)
        given = matrix.astype(np.float32).astype(np.float64) if form.single else np.ascontiguousarray(matrix)
        if form.unknown:
            given = given.copy()
        for column, codes in form.unknown.items():
            given[np.isin(given[:, column], codes), column] = np.nan
        # One thread: each row is its own sum, so threads would change nothing but the load of a shared machine.
        answer = treelite.gtil.predict(model, given, nthread=1)
        return np.asarray(answer, dtype=np.float64).reshape(len(matrix), -1)[:, -1]

    return predict
