"""ONNX for linear models, in double precision: the graph of the shipped logistic regression is written operator by operator.

skl2onnx writes ``Scaler`` and ``LinearClassifier``, which compute in single precision: a large value with a small spread loses digits. So
only other estimators, asked for by ``train.serving: onnx``, go through it, and the parity check judges them.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.errors import MissingExtra, UsageError

Matrix = NDArray[np.float64]
#: Operator set and format version that every onnxruntime since 1.14 reads.
OPSET, IR_VERSION = 17, 8


def _need(*packages: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra("onnx", package)


def is_linear(estimator: Any) -> bool:
    """Whether this is the shipped logistic regression: ``prepare`` (numbers imputed and scaled, categories one-hot), ``logistic``."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    if not isinstance(estimator, Pipeline) or [name for name, _ in estimator.steps] != ["prepare", "logistic"]:
        return False
    prepare, logistic = (step for _, step in estimator.steps)
    if not isinstance(prepare, ColumnTransformer) or not isinstance(logistic, LogisticRegression):
        return False
    return all(_is_known_part(name, part) for name, part, _ in prepare.transformers_ if name != "remainder")


def _is_known_part(name: str, part: Any) -> bool:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if name == "numbers":
        kinds = [type(step) for _, step in part.steps] if isinstance(part, Pipeline) else []
        return kinds == [SimpleImputer, StandardScaler]
    if name == "categories":
        return isinstance(part, OneHotEncoder) and part.drop is None and part.handle_unknown == "ignore"
    return False


def convert(estimator: Any) -> bytes:
    """A fitted estimator as ONNX bytes, the same for the same estimator. Raises :class:`MissingExtra` or :class:`UsageError`."""
    _need("onnx", "onnxruntime")
    return _linear_graph(estimator) if is_linear(estimator) else _through_skl2onnx(estimator)


class _Graph:
    """Nodes and constants as they are added; a node's name is its output's."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name


def _linear_graph(estimator: Any) -> bytes:
    from onnx import TensorProto, helper

    prepare, logistic = estimator.named_steps["prepare"], estimator.named_steps["logistic"]
    graph = _Graph()
    weights = logistic.coef_[0]
    terms = []
    for name, part, columns in prepare.transformers_:
        if name == "remainder" or not len(columns):
            continue
        own = weights[prepare.output_indices_[name]]
        chosen = graph.node("Gather", "X", graph.constant(np.asarray(columns, dtype=np.int64)), axis=1)
        terms.append(
            _numbers(graph, part, own, chosen) if name == "numbers" else _categories(graph, part, own, columns)
        )
    total = graph.constant(np.array([[logistic.intercept_[0]]], dtype=np.float64))
    for term in terms:
        total = graph.node("Add", total, term)
    answer = graph.node("Sigmoid", total)
    kind = TensorProto.DOUBLE
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "logistic",
            [helper.make_tensor_value_info("X", kind, [None, estimator.n_features_in_])],
            [helper.make_tensor_value_info(answer, kind, [None, 1])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="wardround",
    )
    made.ir_version = IR_VERSION
    return bytes(made.SerializeToString(deterministic=True))


def _numbers(graph: _Graph, part: Any, weights: Matrix, chosen: str) -> str:
    """Impute, append the missing-value indicators, scale, weigh."""
    from onnx import TensorProto

    imputer, scaler = (step for _, step in part.steps)
    missing = graph.node("IsNaN", chosen)
    value = graph.node("Where", missing, graph.constant(imputer.statistics_[None, :].astype(np.float64)), chosen)
    if imputer.indicator_ is not None and len(imputer.indicator_.features_):
        flagged = graph.constant(np.asarray(imputer.indicator_.features_, dtype=np.int64))
        flags = graph.node("Cast", graph.node("Gather", missing, flagged, axis=1), to=TensorProto.DOUBLE)
        value = graph.node("Concat", value, flags, axis=1)
    centred = graph.node("Sub", value, graph.constant(scaler.mean_[None, :]))
    scaled = graph.node("Div", centred, graph.constant(scaler.scale_[None, :]))
    return graph.node("MatMul", scaled, graph.constant(weights[:, None].astype(np.float64)))


def _categories(graph: _Graph, part: Any, weights: Matrix, columns: Any) -> str:
    """One comparison for each category of each column; NaN and unknown codes equal none."""
    from onnx import TensorProto

    repeated = [column for column, levels in zip(columns, part.categories_, strict=True) for _ in levels]
    levels = np.concatenate([np.asarray(item, dtype=np.float64) for item in part.categories_])
    codes = graph.node("Gather", "X", graph.constant(np.asarray(repeated, dtype=np.int64)), axis=1)
    same = graph.node("Cast", graph.node("Equal", codes, graph.constant(levels[None, :])), to=TensorProto.DOUBLE)
    return graph.node("MatMul", same, graph.constant(weights[:, None].astype(np.float64)))


def _through_skl2onnx(estimator: Any) -> bytes:
    _need("skl2onnx")
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = to_onnx(
                estimator,
                initial_types=[("X", FloatTensorType([None, estimator.n_features_in_]))],
                options={"zipmap": False},
            )
    except Exception as error:  # skl2onnx raises many unrelated types
        raise UsageError(
            f"skl2onnx cannot convert {type(estimator).__name__}",
            where="params.yaml: train.serving",
            found=type(error).__name__,
            next="set train.serving: auto, or none",
        ) from error
    made.producer_version = ""
    return bytes(made.SerializeToString(deterministic=True))


def predictor(content: bytes) -> Callable[[Matrix], Matrix]:
    """The function from a float64 matrix to raw probabilities, one thread, CPU."""
    _need("onnxruntime")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    double = session.get_inputs()[0].type == "tensor(double)"
    output = session.get_outputs()[-1].name

    def predict(matrix: Matrix) -> Matrix:
        if not len(matrix):
            return np.empty(0, dtype=np.float64)
        given = np.ascontiguousarray(matrix if double else matrix.astype(np.float32))
        answer = session.run([output], {"X": given})[0]
        return np.asarray(answer, dtype=np.float64).reshape(len(matrix), -1)[:, -1]

    return predict
