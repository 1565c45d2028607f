"""The evidence of a silent trial: how many encounters a version was asked about in a stage, and of how many the outcome is known."""

from __future__ import annotations

import datetime as dt

import numpy as np

from wardround.evidence.monitor import Span
from wardround.evidence.trial import Trial
from wardround.monitoring.outcomes.answered import LogWindow, Seen, answered
from wardround.monitoring.outcomes.known import known_outcomes
from wardround.monitoring.outcomes.request import OutcomeRequest
from wardround.monitoring.predictions.compaction import Store

#: Days that are held in memory at a time (project choice).
_DAYS = 7


def trial(request: OutcomeRequest, version: str, stage: str) -> Trial | None:
    """``version`` as the log names it (``v1.4.0`` or ``NAME@v1.4.0``). Of all days of the log until ``request.until``; the request's windows are not used. None without an answer.

    Errors as in :func:`wardround.monitoring.outcomes.look`.
    """
    known, seen = known_outcomes(request), Seen()
    number = matured = 0
    first = last = None
    for start in _starts(request):
        span = Span(name=start.isoformat(), start=start, end=start + dt.timedelta(days=_DAYS))
        window = answered(LogWindow(request.log, span, request.until, stage, version, (), request.wal), seen)
        if not window.n:
            continue
        outcome, _ = known.of(window.keys)
        number += window.n
        matured += int(np.count_nonzero((outcome >= 0) & window.named))
        days = [dt.datetime.fromtimestamp(int(at) / 1e6, dt.UTC).date() for at in (window.moment[0], window.moment[-1])]
        first, last = first or days[0], days[1]
    if first is None or last is None:
        return None
    return Trial(
        project=request.params.project.name,
        version=version.rpartition("@")[2],
        stage=stage,
        first=first,
        last=last,
        answered=number // 10 * 10,
        matured=matured // 10 * 10,
    )


def _starts(request: OutcomeRequest) -> list[dt.date]:
    """The first days of the weeks that hold any answers, of disjoint weeks."""
    days = Store(request.log).days()
    if request.wal is not None:  # segments that are not Parquet yet may hold later days
        days.append(request.until)
    starts: list[dt.date] = []
    for day in sorted({day for day in days if day <= request.until}):
        if not starts or day >= starts[-1] + dt.timedelta(days=_DAYS):
            starts.append(day)
    return starts
