"""Whom of the draft's encounters an alert had treated, and what the others count: the feedback of the model on its own outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from wardround.errors import UsageError
from wardround.monitoring.outcomes.feedback import adjusting
from wardround.stages.split.read import columns_of, parts, read_treated
from wardround.stats.treatment import Treatment, Weights, excluding, weighing

if TYPE_CHECKING:
    from wardround.flows.retrain.draft import Draft
    from wardround.project.monitor_retrain import MonitorRetrainSection
    from wardround.project.params import Params

LOOP = (
    "The model's own alerts may have changed the outcomes: a patient who was treated because of an alert, and stayed well, looks like a false "
    "alert. Nothing here allows for it; monitor.retrain.treated can name the column that tells whom an alert had treated"
)
_DONE = {
    "keep": "are kept: monitor.retrain.feedback can leave them out, or let the untreated stand for them",
    "exclude": "are left out, here and where the change is fitted and tested: numbers are of those who stayed untreated",
    "weight": (
        "are left out where the change is fitted and tested; in the table the untreated stand for them, by the inverse of their probability "
        "to stay untreated"
    ),
}


def said(settings: MonitorRetrainSection) -> str:
    """What the proposal says of the model's own effect."""
    if settings.treated is None:
        return LOOP
    return f"Encounters that were treated because of the model's alert ({settings.treated}) {_DONE[settings.feedback]}"


def treated_of(draft: Draft, rows: int) -> NDArray[np.bool_]:
    """Who does not count because an alert had them treated, in snapshot order. Raises :class:`UsageError` when the column is not there."""
    settings = draft.project.params.monitor.retrain
    if settings.feedback == "keep" or settings.treated is None:
        return np.zeros(rows, bool)
    return read_treated(draft.project.layout.snapshot, settings.treated)


def weights_of(
    draft: Draft, window: NDArray[np.bool_], treated: NDArray[np.bool_], probability: NDArray[np.float64]
) -> Weights | None:
    """What the encounters of the recent window (in its order) count; None where all count alike."""
    params: Params = draft.project.params
    settings = params.monitor.retrain
    if settings.feedback == "keep":
        return None
    if settings.feedback == "exclude":
        return excluding(treated[window])
    wanted = (*settings.adjust, *((settings.propensity,) if settings.propensity else ()))
    frame = _columns(draft, wanted).to_pandas() if wanted else None
    propensity = adjust = None
    if frame is not None and settings.propensity:
        propensity = frame[settings.propensity].to_numpy(dtype=np.float64, na_value=np.nan)[window]
    elif frame is not None:
        adjust = adjusting(frame, window)
    given = Treatment(treated[window], probability[window], params.evaluate.thresholds[0], adjust, propensity)
    return weighing(given, params.gate.fairness.min_events)


def _columns(draft: Draft, names: tuple[str, ...]) -> pa.Table:
    """Columns of the snapshot, in snapshot order."""
    files = parts(draft.project.layout.snapshot)
    kind = parquet.read_schema(files[0])
    wrong = [name for name in names if name not in kind.names or not _numeric(kind.field(name).type)]
    if wrong:
        raise UsageError(
            "treatment cannot be weighted for",
            where="params.yaml: monitor.retrain",
            wanted="columns of numbers in the snapshot",
            found=", ".join(wrong),
            next="correct propensity or adjust",
        )
    return pa.Table.from_batches([batch for part in files for batch in columns_of(part, names)])


def _numeric(kind: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))
