"""Which windows' outcomes count as known, and what was wrong with the outcomes: notes and warnings, never alerts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorFinding, Severity, Signal, State
from wardround.monitoring.outcome_rules import IMMATURE, QUALITY
from wardround.monitoring.outcomes.joined import Joined
from wardround.monitoring.outcomes.maturity import Delays, delays
from wardround.monitoring.outcomes.reading import Known
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.stats.intervals import quantile, wilson

_DAY = 86_400_000_000  # microseconds
#: Outcomes that were recorded before the answer: more than this share, and clocks or time zones disagree (project choice).
_EARLY = 0.05
#: More than this share of rows unreadable is a warning (project choice).
_UNREADABLE = 0.01


@dataclass(frozen=True)
class Maturity:
    """``days`` after its answer an outcome counts as known; None when that is not known. ``model`` is the label-delay model."""

    days: int | None
    model: Delays
    #: Of the outcomes with a time, how many were recorded before the answer.
    early: int = 0
    timed: int = 0


def maturity(windows: Sequence[Joined], until: dt.date, section: MonitorOutcomesSection) -> Maturity:
    """The declared days, or those after which ``complete_share`` of outcomes are recorded."""
    end = _end(until)
    waited: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    ages: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for window in windows:
        told = window.known & (window.recorded > np.iinfo(np.int64).min)
        waited.append(window.recorded[told] - window.answered.moment[told])
        ages.append(end - window.answered.moment[told])
    delay, age = np.concatenate(waited), np.concatenate(ages)
    model = delays(np.maximum(delay, 0) // _DAY, age // _DAY)
    days = section.maturity_days if section.maturity_days is not None else model.until(section.complete_share)
    return Maturity(days, model, int(np.count_nonzero(delay < 0)), int(delay.size))


def matured(window: Joined, found: Maturity, until: dt.date, section: MonitorOutcomesSection) -> Joined:
    """The window with the word whether it is mature, and why not. Silence becomes *no event* where params say so."""
    passed = (until - window.span.end).days + 1
    if found.days is None:
        return replace(window, reason="nobody knows when outcomes are complete: declare monitor.outcome.maturity_days")
    if passed < found.days:
        return replace(window, reason=f"outcomes count as known {found.days} days after the last answer of the window")
    named = window.answered.named
    if section.silence == "no_event" and window.known.any():
        silent = named & ~window.known
        window = replace(window, outcome=np.where(silent, 0, window.outcome).astype(np.int8))
    share = window.known.sum() / window.answered.n if window.answered.n else 0.0
    if window.answered.n and share < section.known_share:
        return replace(window, reason="too few outcomes are known for a window of this age")
    return replace(window, mature=True)


def signal(window: Joined, found: Maturity, until: dt.date, minimum: int) -> Signal:
    """The share of a window's encounters whose outcome is known, and the share that is to be expected by now."""
    n, known = window.answered.n, int(window.known.sum())
    expected = found.model.at((until - window.span.end).days + 1)
    low, high = wilson(known, n, quantile(0.95)) if n else (None, None)
    return Signal(
        rule=IMMATURE,
        measure="known_share",
        window=window.span.name,
        n=n,
        minimum=minimum,
        events=known,
        estimate=Estimate(value=known / n if n else None, low=low, high=high, method="wilson" if n else "none"),
        state=State.ASSESSED if window.mature else State.IMMATURE,
        note=window.reason or ("" if expected is None else "by the delays seen, nearly all outcomes are in"),
    )


def immature(windows: Sequence[Joined], found: Maturity) -> list[MonitorFinding]:
    """Says which windows were left out; a warning when none could be looked at."""
    left = [window for window in windows if not window.mature and window.answered.n]
    if not left:
        return []
    silent = all(not window.mature for window in windows)
    facts = () if found.days is None else (Fact(name="days to maturity", type="margin", value=float(found.days)),)
    why = dict.fromkeys(window.reason for window in left)
    return [
        MonitorFinding(
            rule=IMMATURE,
            severity=Severity.WARNING if silent else Severity.NOTE,
            summary=("No window's outcomes are known yet" if silent else "Windows were left out")
            + ": "
            + "; ".join(why)
            + ".",
            advice="Wait, or look whether outcomes still arrive." if silent else "",
            since=left[0].span.name,
            windows=tuple(window.span.name for window in left),
            facts=facts,
        )
    ]


def quality(known: Known, found: Maturity, ahead: bool) -> list[MonitorFinding]:  # noqa: FBT001 - one fact of several
    """What was wrong with outcomes and clocks. ``ahead``: the log holds answers of days after the look."""
    rows = known.keys.size + known.repeated + known.changed + known.unreadable
    told: list[tuple[Severity, str, str, int]] = []
    if known.torn_files or known.torn_rows:
        told.append(
            (
                Severity.WARNING,
                "Files of outcomes are torn; what could be read of them was used.",
                "Export them again: " + (", ".join(known.torn_files[:5]) or "rows have too few or too many cells"),
                len(known.torn_files) or known.torn_rows,
            )
        )
    if known.unreadable > _UNREADABLE * max(rows, 1):
        told.append(
            (
                Severity.WARNING,
                "Rows of outcomes have no readable id, value or time, and were left out.",
                "Look at monitor.outcome and data.positive in params.yaml, and at the export.",
                known.unreadable,
            )
        )
    if found.early > _EARLY * max(found.timed, 1):
        told.append(
            (
                Severity.WARNING,
                "Outcomes are recorded before the answers that they belong to: clocks or time zones disagree.",
                "Declare monitor.outcome.zone, or mend the clock.",
                found.early,
            )
        )
    if known.changed:
        told.append(
            (Severity.NOTE, "Outcomes were recorded differently later; the last record counts.", "", known.changed)
        )
    if known.later:
        told.append(
            (Severity.NOTE, "Outcomes were recorded after the day of the look, and were left out.", "", known.later)
        )
    if ahead:
        told.append(
            (
                Severity.WARNING,
                "The log holds answers of days after the look: a clock is ahead.",
                "Mend the clock of the service.",
                0,
            )
        )
    return [
        MonitorFinding(
            rule=QUALITY,
            severity=severity,
            summary=summary,
            advice=advice,
            facts=(Fact(name="rows or files", type="count", count=count),) if count else (),
        )
        for severity, summary, advice, count in told
    ]


def _end(until: dt.date) -> int:
    return ((until - dt.date(1970, 1, 1)).days + 1) * _DAY
