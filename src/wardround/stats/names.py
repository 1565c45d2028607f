"""The measures, in the order in which they are computed and stored, and which direction is better."""

from __future__ import annotations

from collections.abc import Sequence

#: Measures of the whole score. The order is that of the rows of every array of measures.
SCORE_MEASURES = (
    "auroc",
    "auprc",
    "brier",
    "scaled_brier",
    "oe",
    "citl",
    "slope",
    "intercept",
    "ici",
    "ece",
)
#: Measures at a threshold, for each threshold in turn.
THRESHOLD_MEASURES = (
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "alerts_per_100",
    "alerts_per_day",
    "nne",
    "net_benefit",
)
#: ``one`` and ``zero`` are target values.
BETTER = {
    "auroc": "up",
    "auprc": "up",
    "brier": "down",
    "scaled_brier": "up",
    "oe": "one",
    "citl": "zero",
    "slope": "one",
    "intercept": "zero",
    "ici": "down",
    "ece": "down",
    "sensitivity": "up",
    "specificity": "up",
    "ppv": "up",
    "npv": "up",
    "alerts_per_100": "down",
    "alerts_per_day": "down",
    "nne": "down",
    "net_benefit": "up",
}


def at(measure: str, threshold: float) -> str:
    """How a measure at a threshold is written, for example ``ppv@0.2``."""
    return f"{measure}@{float(threshold)!r}"


def base_name(name: str) -> str:
    """The measure without its threshold."""
    return name.partition("@")[0]


def measure_names(thresholds: Sequence[float]) -> tuple[str, ...]:
    """All names, score measures first, then threshold by threshold."""
    return SCORE_MEASURES + tuple(at(measure, value) for value in thresholds for measure in THRESHOLD_MEASURES)


def better(name: str) -> str:
    """``up``, ``down``, ``one`` or ``zero``."""
    return BETTER[base_name(name)]
