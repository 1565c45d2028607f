"""Whether the inputs *together* tell a window from training: a classifier that tries, judged on subjects it was not fitted on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import Estimate
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift.measured import Measured
from wardround.monitoring.drift.shares import CONFIDENCE
from wardround.stats.intervals import quantile
from wardround.tables.hashing import mix, stable_hash

if TYPE_CHECKING:
    import pyarrow as pa

    from wardround.monitoring.drift.request import DriftRequest, Window

#: Parts of the subjects; each is judged by a model of the others. Project choice.
FOLDS = 5
#: Small trees: the question is whether there is a difference, not how well it can be told. Project choice.
_SETTINGS = {
    "max_iter": 40,
    "learning_rate": 0.15,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "early_stopping": False,
}
#: Levels of a category that are told apart; the rest are one. HistGradientBoosting takes at most 255.
_MOST_LEVELS = 100

Floats = NDArray[np.float64]


def sample(table: pa.Table, subject: str, rows: int) -> pa.Table:
    """About ``rows`` rows of whole subjects: those with the smallest hashes, whatever the order of the table.

    Without ``subject`` rows are taken at equal distances.
    """
    if table.num_rows <= rows:
        return table
    if not subject or subject not in table.column_names:
        return table.take(np.linspace(0, table.num_rows - 1, rows).astype(np.int64))
    hashes = stable_hash(table.column(subject).cast("string"))
    return table.take(np.argsort(hashes, kind="stable")[:rows])


def together(request: DriftRequest, window: Window) -> Measured | None:
    """The classifier's AUROC with its interval by subject; None without samples of both sides, or without a column to use.

    Subjects who are on both sides are in one fold with all their rows, so nobody is recognised.
    """
    reference, settings = request.reference_sample, request.settings
    if reference is None or window.sample is None:
        return None
    one, two = (sample(table, request.subject, settings.sample) for table in (reference, window.sample))
    if min(one.num_rows, two.num_rows) < settings.rows:
        return None
    names = _usable(request, one, two)
    if not names:
        return None
    inputs = np.column_stack([_column(one, two, name) for name in names])
    is_window = np.repeat([0, 1], [one.num_rows, two.num_rows])
    subjects = _subjects(one, two, request.subject)
    value, error = _auroc(inputs, is_window, subjects, request.seed)
    if not math.isfinite(value):
        return None
    half = quantile(CONFIDENCE) * error
    from scipy import special

    far = (1.0 + settings.together) / 2
    tail = [
        float(special.ndtr((limit - value) / error)) if error else float(value <= limit)
        for limit in (settings.together, far)
    ]
    return Measured(
        rules.MULTIVARIATE,
        "auroc",
        "",
        two.num_rows,
        Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half), method="delong"),
        (None, settings.together),
        tail[0],
        tail[1],
        note=f"{FOLDS} folds by subject, {len(names)} columns",
    )


def _usable(request: DriftRequest, one: pa.Table, two: pa.Table) -> list[str]:
    """The inputs that both sides hold and that are not the same in all rows."""
    wanted = request.columns or tuple(column.name for column in request.reference.columns)
    kinds = {column.name: column.kind for column in request.reference.columns}
    names = []
    for name in wanted:
        if name == request.subject or kinds.get(name) not in ("integer", "float", "category", "boolean"):
            continue
        if name in one.column_names and name in two.column_names and len(np.unique(_column(one, two, name))) > 1:
            names.append(name)
    return names


def _column(one: pa.Table, two: pa.Table, name: str) -> Floats:
    """Numbers as they are, categories as the rank of the level; missing as NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [table.column(name) for table in (one, two)]
    kind = parts[0].type.value_type if pa.types.is_dictionary(parts[0].type) else parts[0].type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        whole = pa.chunked_array([part for side in parts for part in side.cast(pa.string()).chunks], pa.string())
        counted = pc.value_counts(whole).to_pylist()
        ranked = sorted(
            (item for item in counted if item["values"] is not None), key=lambda item: (-item["counts"], item["values"])
        )
        place = pc.index_in(whole, pa.array([item["values"] for item in ranked[:_MOST_LEVELS]], pa.string()))
        known = place.combine_chunks().cast(pa.float64()).fill_null(_MOST_LEVELS)
        found: Floats = pc.if_else(whole.combine_chunks().is_null(), np.nan, known).to_numpy(zero_copy_only=False)
        return found
    numbers: list[Floats] = [side.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) for side in parts]
    joined = np.concatenate(numbers)
    joined[~np.isfinite(joined)] = np.nan
    return joined


def _subjects(one: pa.Table, two: pa.Table, subject: str) -> NDArray[np.uint64]:
    if not subject or subject not in one.column_names or subject not in two.column_names:
        return mix(np.arange(one.num_rows + two.num_rows, dtype=np.uint64))
    return np.concatenate([stable_hash(table.column(subject).cast("string")) for table in (one, two)])


def _auroc(inputs: Floats, is_window: NDArray[Any], subjects: NDArray[np.uint64], seed: int) -> tuple[float, float]:
    """Mean AUROC of the folds and its standard error: folds hold different subjects, so their errors add up."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

    from wardround.stats.delong import auroc_error
    from wardround.stats.discrimination import auroc
    from wardround.stats.sample import make_sample, rank

    fold = (mix(subjects ^ np.uint64(seed)) % np.uint64(FOLDS)).astype(int)
    _, person = np.unique(subjects, return_inverse=True)
    values, errors = [], []
    for number in range(FOLDS):
        test = fold == number
        if len(np.unique(is_window[test])) < 2 or len(np.unique(is_window[~test])) < 2:
            return float("nan"), float("nan")
        varied = [k for k in range(inputs.shape[1]) if len(np.unique(inputs[~test, k])) > 1]
        model = HistGradientBoostingClassifier(random_state=seed, **_SETTINGS)
        with threadpool_limits(1, "openmp"):  # so small a fit loses more by waiting for threads than it wins
            model.fit(inputs[~test][:, varied], is_window[~test])
            score = model.predict_proba(inputs[test][:, varied])[:, 1]
        made, order = make_sample(is_window[test], person[test])
        ranked = rank(made, score if order is None else score[order])
        values.append(auroc(ranked))
        errors.append(auroc_error(ranked))
    return float(np.mean(values)), float(np.sqrt(np.sum(np.square(errors)))) / FOLDS
