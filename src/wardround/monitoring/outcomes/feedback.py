"""The model's own alerts change outcomes: what the treated count in a window, and which measures can then still be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.compare import Grouping, Scored
from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorFinding, Severity, State
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.outcome_rules import FEEDBACK
from wardround.monitoring.outcomes.joined import Joined
from wardround.monitoring.performance.parts import Part, parts, settings
from wardround.monitoring.performance.weighted_parts import weighted
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.project.params import Params
from wardround.stats.treatment import Treatment, Weights, excluding, weighing

#: Measures that hold at a given score, whoever comes: they can be told without the treated.
_CONDITIONAL = ("oe", "slope")
_RANGE = (
    "cannot tell: without the treated, high scores are missing, so that this cannot be held against what was validated"
)
_LOOP = "The model's own alerts may have changed the outcomes"


@dataclass(frozen=True)
class Counted:
    """A window's encounters of known outcome that count. ``keep`` are their rows in the window.

    ``judged`` are everybody and the groups as they are to be judged; ``plain`` the same with equal weights, for what holds at a given score.
    ``weight`` is None where all count alike.
    """

    scored: Scored
    keep: NDArray[np.bool_]
    judged: list[Part]
    plain: list[Part]
    weight: NDArray[np.float64] | None = None


def weights_of(window: Joined, params: Params) -> Weights | None:
    """What each encounter of known outcome counts; None where all count alike."""
    section, told, known = params.monitor.outcome, window.treatments, window.known
    if told is None or section.feedback == "keep":
        return None
    mine = told.at(known)
    if section.feedback == "exclude":
        return excluding(mine.treated)
    missing = [name for name in section.adjust if name not in window.answered.frame]
    if missing:
        why = f"the log does not hold {', '.join(missing)}, on which treatment depends"
        return replace(excluding(mine.treated), unstable=why)
    return weighing(
        Treatment(
            treated=mine.treated,
            probability=window.answered.probability[known],
            threshold=params.evaluate.thresholds[0],
            adjust=adjusting(window.answered.frame[list(section.adjust)], known) if section.adjust else None,
            propensity=mine.propensity if section.propensity else None,
        ),
        section.min_events,
    )


def adjusting(frame: pd.DataFrame, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Columns as numbers, (k, n): a missing value is the mean, and that it was missing is a column of its own."""
    found = []
    for name in frame:
        numbers = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)[rows]
        missing = ~np.isfinite(numbers)
        mean = float(numbers[~missing].mean()) if not missing.all() else 0.0
        found += [np.where(missing, mean, numbers), *([missing.astype(np.float64)] if missing.any() else [])]
    return np.vstack(found)


def counted(window: Joined, groups: tuple[Grouping, ...], weights: Weights | None, params: Params) -> Counted:
    """The window as it is measured. ``weights`` are not unstable."""
    everybody, how = window.scored(groups), settings(params)
    if weights is None:
        made = parts(everybody, how)
        return Counted(everybody, window.known, made, made)
    counts = weights.value > 0.0
    scored = Scored(
        everybody.outcome[counts],
        everybody.subject[counts],
        everybody.probability[counts],
        tuple(replace(item, codes=item.codes[counts]) for item in everybody.groupings),
        everybody.days,
    )
    keep = window.known.copy()
    keep[window.known] = counts
    plain, section = parts(scored, how), params.monitor.outcome
    if section.feedback == "exclude":
        return Counted(scored, keep, plain, plain)
    weight = weights.value[counts]
    judged = weighted(plain, scored, weight, params.evaluate.thresholds, section.min_events)
    return Counted(scored, keep, judged, plain, weight)


def told(
    candidates: Iterable[Candidate], section: MonitorOutcomesSection, weights: Weights | None
) -> Iterator[Candidate]:
    """The candidates with a word on the treated. Without them, what depends on who is left cannot be told."""
    excludes = section.feedback == "exclude" and weights is not None and weights.treated > 0
    for one in candidates:
        if excludes and one.measure not in _CONDITIONAL:
            nothing = Estimate(value=None, note=_RANGE)
            yield replace(one, estimate=nothing, at=None, events=None, state=State.UNAVAILABLE, note=_RANGE)
        elif weights is not None and one.state is State.ASSESSED and weights.treated:
            word = (
                "the treated are left out" if section.feedback == "exclude" else "the untreated stand for the treated"
            )
            yield replace(one, note="; ".join(part for part in (word, one.note) if part))
        else:
            yield one


def untold(candidates: Iterable[Candidate], why: str) -> Iterator[Candidate]:
    """The candidates of a window whose weights are unstable: none is known."""
    for one in candidates:
        note = f"cannot tell: {why}"
        yield replace(one, estimate=Estimate(value=None, note=note), state=State.UNAVAILABLE, note=note)


def findings(fed: Mapping[str, Weights], section: MonitorOutcomesSection) -> list[MonitorFinding]:
    """What was done about the treated, and a warning where weights were too unstable to be used. ``fed`` are mature windows by name."""
    if section.treated is None or not fed:
        return []
    met = {name: weights for name, weights in fed.items() if weights.treated}
    bad = {name: weights.unstable for name, weights in fed.items() if weights.unstable}
    found = []
    if met:
        count = Fact(name="treated", type="count", count=sum(item.treated for item in met.values()))
        done = {
            "keep": "treated encounters count as they are. O/E may be too low by what treatment averted.",
            "exclude": "treated encounters are left out. Calibration is of those who stayed untreated; ranking cannot be told.",
            "weight": "the untreated stand for the treated, by the inverse of their probability to stay untreated.",
        }
        found.append(
            MonitorFinding(
                rule=FEEDBACK,
                severity=Severity.NOTE,
                summary=f"{_LOOP}: {done[section.feedback]}",
                windows=tuple(met),
                facts=(count,),
            )
        )
    if bad:
        found.append(
            MonitorFinding(
                rule=FEEDBACK,
                severity=Severity.WARNING,
                summary=f"{_LOOP}, and performance cannot be told: {'; '.join(dict.fromkeys(bad.values()))}.",
                advice="Longer windows help where too few are untreated; where all alerts are treated, only a trial or a silent period tells.",
                windows=tuple(bad),
            )
        )
    return found
