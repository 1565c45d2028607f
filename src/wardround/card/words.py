"""What measures are called on a card."""

from __future__ import annotations

_NAMES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier score",
    "scaled_brier": "Scaled Brier score",
    "oe": "Observed / expected",
    "citl": "Calibration-in-the-large",
    "slope": "Calibration slope",
    "intercept": "Calibration intercept",
    "ici": "ICI",
    "ece": "ECE",
    "event_rate": "Event rate",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "Positive predictive value",
    "npv": "Negative predictive value",
    "alerts_per_100": "Alerts per 100",
    "alerts_per_day": "Alerts per day",
    "nne": "Number needed to evaluate",
    "net_benefit": "Net benefit",
}


def measure(name: str) -> str:
    """``auroc`` or ``sensitivity@0.2`` in words."""
    base, at, value = name.partition("@")
    title = _NAMES.get(base, base.replace("_", " "))
    return f"{title} at a risk of {float(value):.12g}" if at else title


def keys() -> tuple[str, ...]:
    """The measures that a card knows, without thresholds."""
    return tuple(_NAMES)


def group(column: str, level: str) -> str:
    """``everybody``, or ``sex: female``."""
    return f"{column.replace('_', ' ')}: {level}" if column else "everybody"
