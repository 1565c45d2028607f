"""Which windows' outcomes count as known, and what was wrong with the outcomes: notes and warnings, never alerts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.decision import Fact
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import MonitorFinding, Severity, Signal, Span, State
from wardround.monitoring.outcome_rules import IMMATURE, QUALITY
from wardround.monitoring.outcomes.joined import Joined
from wardround.monitoring.outcomes.maturity import Delays, delays
from wardround.monitoring.outcomes.reading import Known
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.stats.intervals import quantile, wilson

_DAY = 86_400_000_000  # microseconds
#: Delays and ages beyond so many days are taken as that many.
_LONGEST = 32_000
#: Outcomes that were recorded before the answer: more than this share, and clocks or time zones disagree (project choice).
_EARLY = 0.05
#: More than this share of rows unreadable is a warning (project choice).
_UNREADABLE = 0.01


_ARRIVE = "Wait, or look whether outcomes still arrive."
_STRANGERS = (
    "Outcomes are there, and none belongs to an answer: wait, or look whether the file of WARDROUND_LOG_KEY_FILE is the service's own key, and at "
    "monitor.outcome.encounter and monitor.outcome.ids."
)


class Waited:
    """How long outcomes were waited for, window after window: 4 bytes of each known outcome.

    ``ended`` is the first day that has not ended. Ages are whole days until it begins; a delay that began a day counts that day as a whole
    one, so that a share that is recorded within d days is there when d whole days have passed.
    """

    def __init__(self, ended: dt.date) -> None:
        self._end = (ended - dt.date(1970, 1, 1)).days * _DAY
        self._delay: list[NDArray[np.int16]] = [np.empty(0, np.int16)]
        self._age: list[NDArray[np.int16]] = [np.empty(0, np.int16)]
        #: Of the outcomes with a time, how many were recorded before the answer.
        self.early = 0
        self.timed = 0

    def add(self, window: Joined) -> None:
        """The known outcomes of a window."""
        told = window.known & (window.recorded > np.iinfo(np.int64).min)
        moment = window.answered.moment[told]
        delay = window.recorded[told] - moment
        self.early += int(np.count_nonzero(delay < 0))
        self.timed += delay.size
        waited = np.clip(-(-delay // _DAY), 0, _LONGEST)
        age = np.minimum((self._end - moment) // _DAY, _LONGEST)
        seen = waited <= age  # what is later still counts as not recorded yet
        self._delay.append(waited[seen].astype(np.int16))
        self._age.append(age[seen].astype(np.int16))

    def model(self) -> Delays:
        """The label-delay model of all of them."""
        return delays(np.concatenate(self._delay).astype(np.int64), np.concatenate(self._age).astype(np.int64))


def matured(window: Joined, days: int | None, ended: dt.date, section: MonitorOutcomesSection) -> Joined:
    """The window with the word whether it is mature, and why not. Silence becomes *no event* where params say so.

    ``days`` after its answer an outcome counts as known; None when nobody knows. ``ended`` is the first day that has not ended.
    """
    passed = (ended - window.span.end).days
    if days is None:
        return replace(window, reason="nobody knows when outcomes are complete: declare monitor.outcome.maturity_days")
    if passed < days:
        return replace(window, reason=f"outcomes count as known {days} days after the last answer of the window")
    named = window.answered.named
    if section.silence == "no_event" and window.known.any():
        silent = named & ~window.known
        window = replace(window, outcome=np.where(silent, 0, window.outcome).astype(np.int8))
    share = window.known.sum() / window.answered.n if window.answered.n else 0.0
    if window.answered.n and share < section.known_share:
        return replace(window, reason="too few outcomes are known for a window of this age")
    return replace(window, mature=True)


@dataclass(frozen=True)
class Told:
    """What is kept of a window when its encounters are let go. ``n`` are those of the measured version, ``encounters`` of all."""

    span: Span
    versions: dict[str, int]
    encounters: int
    n: int
    known: int
    mature: bool
    reason: str
    nameless: bool

    @classmethod
    def of(cls, window: Joined) -> Self:
        """The counts of a window."""
        given = window.answered
        return cls(
            window.span,
            given.versions,
            given.encounters,
            given.n,
            int(window.known.sum()),
            window.mature,
            window.reason,
            not given.named.all(),
        )


def signal(window: Told, minimum: int) -> Signal:
    """The share of a window's encounters whose outcome is known."""
    n, known = window.n, window.known
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
        note=window.reason,
    )


def immature(windows: Sequence[Told], days: int | None, outcomes: int = 0) -> list[MonitorFinding]:
    """Says which windows were left out; a warning when none could be looked at. ``outcomes`` were read, joined or not."""
    left = [window for window in windows if not window.mature and window.n]
    if not left:
        return []
    silent = all(not window.mature for window in windows)
    facts = () if days is None else (Fact(name="days to maturity", type="margin", value=float(days)),)
    why = dict.fromkeys(window.reason for window in left)
    return [
        MonitorFinding(
            rule=IMMATURE,
            severity=Severity.WARNING if silent else Severity.NOTE,
            summary=("No window's outcomes are known yet" if silent else "Windows were left out")
            + ": "
            + "; ".join(why)
            + ".",
            advice=(_STRANGERS if outcomes and not any(window.known for window in windows) else _ARRIVE)
            if silent
            else "",
            since=left[0].span.name,
            windows=tuple(window.span.name for window in left),
            facts=facts,
        )
    ]


def quality(known: Known, found: Waited, ahead: bool) -> list[MonitorFinding]:  # noqa: FBT001 - one fact of several
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
    if known.unended_files:
        told.append(
            (
                Severity.WARNING,
                "Files of outcomes end without a line break: each may have been cut inside its last cell. What they hold was used.",
                "Compare with the source, and write a line break at the end: " + ", ".join(known.unended_files[:5]),
                len(known.unended_files),
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
