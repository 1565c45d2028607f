"""Columns that know the outcome: by what their name says about when they are known, and by how well they alone predict it.

A name is a suspicion, printed with its reason. A column alone with an AUROC at the gate's limit for single features is left out of
the features, because the gate would refuse it; the person may put it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.scaffold.clinical import padded
from wardround.scaffold.request import MOMENTS, Moment

_EARLIER = re.compile(r"_(prior|previous|prev|past|history|hx|family|fam|baseline|before|pre|last|ever)_")
#: What is settled only with or after the outcome. Project choice; stems that clinical tables use.
_OUTCOME = re.compile(
    r"_(outcome|target|label|y_true|ground_truth)_"
    r"|_(death|dead|died|deceased|dod|expired?|mortality|fatal|autopsy|surviv\w*|vital_status|cause_of_death)_|_(death|died|expire)\w*_"
    r"|_(post(?!_?code)|after|followup|follow_up|futime|fu_time|relapse\w*|recur\w*|progress\w*)_"
    r"|_(readmi\w*|rehosp\w*|returned)_|_(time|days|months|weeks)_(to|until)_\w+_"
)
_DISCHARGE = re.compile(
    r"_(discharge\w*|disch\w*|dischtime|dsch\w*)_|_(los|length_of_stay|lengthofstay|stay_length|stay_days|los_\w+)_"
    r"|_(time|days|hours|nights)_in_(hospital|icu|ward|unit)_|_(outtime|icu_out\w*|ended?_at|end_(date|time))_|_(drg|drg_code|final_diagnosis)_"
)
#: Outcomes that happen after discharge, so that the model is asked at discharge and may use what is known by then.
_AFTER_DISCHARGE = re.compile(
    r"_(readmi\w*|re_?admi\w*|rehosp\w*|return\w*|post_?discharge|\d+_?d(ays?)?|one_year|1_?y(ear|r)?)_"
)


@dataclass(frozen=True)
class Suspicion:
    """Since when a column is known, and why this is believed (empty: nothing spoke against admission)."""

    known_at: Moment
    reason: str = ""


def moment_of(outcome: str) -> tuple[Moment, str]:
    """When the model is asked, as far as the outcome's name tells: at discharge for readmission, else during the encounter."""
    if _AFTER_DISCHARGE.search(padded(outcome)):
        return "discharge", f"{outcome} speaks of what happens after discharge"
    return (
        "encounter",
        f"nothing in the name {outcome} says that it comes after discharge (--predict-at says otherwise)",
    )


def by_name(name: str, outcome: str) -> Suspicion:
    """What a column's name says about when it is known."""
    text = padded(name)
    if _variant(name, outcome):
        return Suspicion("outcome", "its name is a variant of the outcome's")
    if _EARLIER.search(text):
        return Suspicion("admission")
    if _OUTCOME.search(text):
        return Suspicion("outcome", "its name says that it is known only with or after the outcome")
    if _DISCHARGE.search(text):
        return Suspicion("discharge", "its name says that it is known at discharge")
    return Suspicion("admission")


def later(known_at: Moment, predict_at: Moment) -> bool:
    """Whether something becomes known only after the model is asked."""
    return MOMENTS.index(known_at) > MOMENTS.index(predict_at)


def _variant(name: str, outcome: str) -> bool:
    """``readmitted_days`` and ``Outcome2`` beside ``readmitted`` and ``outcome``: one name is the other's beginning."""
    one, other = padded(name).strip("_"), padded(outcome).strip("_")
    if len(other) < 4 or _EARLIER.search(padded(name)):
        return one == other
    return one.startswith(other) or (len(one) >= 5 and other.startswith(one + "_"))


def alone(values: pd.Series, outcome: NDArray[np.int8], *, numeric: bool, fewest: int) -> float:
    """The AUROC (0.5 to 1) of one column alone, however it is used: by rank, by level or interval, by being missing.

    ``values`` (n,) are numbers or categoricals with missing cells; ``outcome`` (n,) is 1, 0 or -1 (left out). Rates by level
    are learnt on every other row and measured on the rest, so that many levels do not look like knowledge. 0.5 when
    a class has fewer than ``fewest`` rows.
    """
    known = outcome >= 0
    values, event = values[known].reset_index(drop=True), outcome[known].astype(np.int64)
    missing = values.isna().to_numpy()
    found = [0.5, _auroc(missing.astype(float), event, fewest)]
    if numeric:
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        found.append(_auroc(numbers[~missing], event[~missing], fewest))
        there = numbers[~missing] if not missing.all() else np.zeros(1)
        edges = np.unique(np.quantile(there, np.linspace(0, 1, 21)[1:-1]))
        level = np.where(missing, -1, np.searchsorted(edges, numbers, side="right"))
    else:
        level = pd.factorize(values)[0]
    found.append(_by_level(level, event, fewest))
    return max(found)


def _by_level(level: NDArray[np.int64], event: NDArray[np.int64], fewest: int) -> float:
    """AUROC of the event rate of each level (-1: missing), learnt on even rows and measured on odd ones."""
    codes = level + 1
    if not len(codes):
        return 0.5
    size = int(codes.max()) + 1
    learn = np.arange(len(codes)) % 2 == 0
    seen = np.bincount(codes[learn], minlength=size)
    events = np.bincount(codes[learn], weights=event[learn], minlength=size)
    overall = event[learn].mean() if learn.any() else 0.0
    rate = np.where(seen >= fewest, events / np.maximum(seen, 1), overall)
    return _auroc(rate[codes[~learn]], event[~learn], fewest)


def _auroc(score: NDArray[np.float64], event: NDArray[np.int64], fewest: int) -> float:
    positives = int(event.sum())
    negatives = len(event) - positives
    if min(positives, negatives) < fewest:
        return 0.5
    ranks = pd.Series(score).rank(method="average").to_numpy()
    area = (ranks[event == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    return float(max(area, 1 - area))
