"""A fix as a change of ``params.yaml``. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from wardround.evidence.retraining import Attempt, Fix

if TYPE_CHECKING:
    from wardround.evidence.monitor import Span
    from wardround.project.params import Params


def moved(window: Span) -> dict[str, Any]:
    """The data window, moved to the end of the recent one."""
    return {"data": {"window": {"end": window.end}}}


def changes_of(attempt: Attempt, params: Params, window: Span, ended: dt.datetime | dt.date | int) -> dict[str, Any]:
    """What ``params.yaml`` takes so that the pipeline makes that fix.

    A threshold changes nothing that is fitted, so that the window stays. A recalibration trains on what the model was trained on, and
    recalibrates on one half of the recent subjects; one that had two numbers keeps two. A refit trains on all before the recent window, and
    recalibrates on the latest days of that half.
    """
    if attempt.fix is Fix.THRESHOLD:
        rest = [value for value in params.evaluate.thresholds if value != attempt.threshold]
        return {"evaluate": {"thresholds": [attempt.threshold, *rest]}}
    recent: dict[str, Any] = {
        "start": window.start,
        "share": params.monitor.retrain.share,
        "train_end": None,
        "recalibrate_from": None,
    }
    if attempt.fix in (Fix.INTERCEPT, Fix.PLATT):
        recent["train_end"] = ended
    else:
        recent["recalibrate_from"] = attempt.recalibrate_from
    kind = "intercept"
    if attempt.fix is Fix.PLATT or (
        attempt.fix is Fix.INTERCEPT and params.train.recalibration in ("platt", "isotonic")
    ):
        kind = "platt"
    made: dict[str, Any] = {**moved(window), "split": {"recent": recent}, "train": {"recalibration": kind}}
    settings = params.monitor.retrain
    if settings.feedback != "keep":  # what is fitted and tested by the pipeline are the untreated, as on the ladder
        made["split"]["untreated"] = settings.treated
    if attempt.fix is Fix.SEARCH and params.tune.method == "off":
        made["tune"] = {"method": "random"}
    return made
