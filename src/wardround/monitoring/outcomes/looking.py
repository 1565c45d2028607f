"""One look: log and outcomes in, signals, findings and causes out. Memory holds the encounters of one window, and 16 bytes of each earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.monitoring.alarms import Judged, runs
from wardround.monitoring.outcomes import feedback, labels, reading, saying
from wardround.monitoring.outcomes.answered import LogWindow, Seen, answered, last_version
from wardround.monitoring.outcomes.joined import Joined
from wardround.monitoring.outcomes.judging import Judging
from wardround.monitoring.outcomes.known import known_outcomes
from wardround.monitoring.outcomes.request import OutcomeLook, OutcomeRequest
from wardround.monitoring.performance.parts import Reference
from wardround.monitoring.performance.regions import Regions
from wardround.monitoring.predictions.compaction import Store


@dataclass(frozen=True)
class _Asked:
    """What every window is read with."""

    request: OutcomeRequest
    version: str
    known: reading.Known

    def windows(self, inputs: tuple[str, ...]) -> Iterator[Joined]:
        """The windows in order, joined; each encounter in the window in which it was asked about first."""
        request, seen = self.request, Seen()
        for span in request.windows:
            stage = request.params.monitor.stage
            part = answered(LogWindow(request.log, span, request.until, stage, self.version, inputs, request.wal), seen)
            outcome, recorded = self.known.of(part.keys)
            told = self.known.treatment(part.keys) if request.params.monitor.outcome.treated else None
            yield Joined(part, np.where(part.named, outcome, -1).astype(np.int8), recorded, treatments=told)


def look(request: OutcomeRequest) -> OutcomeLook:
    """Everything that outcomes, outputs, service and value say.

    Raises :class:`UsageError` about params and files, :class:`EnvironmentFailure` when a storage does not answer.
    """
    params, monitor = request.params, request.params.monitor
    section, order = monitor.outcome, [span.name for span in request.windows]
    version = request.version or last_version(request.log, request.windows, monitor.stage, request.until, request.wal)
    known = known_outcomes(request)
    asked = _Asked(request, version, known)
    days = section.maturity_days
    if days is None and request.outcomes is not None:  # read twice: when outcomes are complete is told by all windows
        first = labels.Waited(request.ended)
        for window in asked.windows(()):
            first.add(window)
        days = first.model().until(section.complete_share)
    inputs = _columns(request)
    judging = Judging(request, Reference.of(request.reference), Regions(inputs, params.evaluate.thresholds))
    judged: list[Judged] = []
    told: list[labels.Told] = []
    by_day: list[NDArray[np.int64]] = []
    waited = labels.Waited(request.ended)
    for found in asked.windows(inputs):
        waited.add(found)
        window = labels.matured(found, days, request.ended, section)
        judged += judging.window(window, by_day)
        by_day.append(window.answered.by_day)
        told.append(labels.Told.of(window))
    judged += judging.pipeline()
    crossing = runs(judged, order, section.persistence)
    latest = max(request.until, request.today or request.until)
    ahead = any(day > latest for day in Store(request.log).days())
    return OutcomeLook(
        signals=(
            *(item.signal for item in judged),
            *(labels.signal(window, section.min_events) for window in told),
        ),
        findings=(
            *saying.findings(crossing),
            *judging.unreachable,
            *saying.within_limits(judged, order, section.persistence),
            *labels.immature(told if request.outcomes else [], days, known.keys.size),
            *labels.quality(known, waited, ahead),
            *feedback.findings(judging.fed, section),
        ),
        causes=tuple(saying.causes(crossing, judged)),
        version=version,
        versions=tuple(sorted({name for window in told for name in window.versions})),
        answers=sum(window.encounters for window in told),
        outcomes=sum(window.known for window in told),
        matured=sum(window.known for window in told if window.mature),
        skipped=tuple(_skipped(told, known, version)),
        mature=tuple(window.span.name for window in told if window.mature),
    )


def _columns(request: OutcomeRequest) -> tuple[str, ...]:
    """Inputs that are brought along: the groups', the site's, and those whose regions are looked at."""
    params = request.params
    columns = params.data.columns
    roles = {columns.encounter, columns.subject, columns.time, columns.outcome, columns.outcome_time}
    groups = [item.column for item in params.evaluate.subgroups]
    site = [columns.site] if columns.site else []
    regions = [name for name in request.inputs if name not in roles]
    outcome = params.monitor.outcome
    return tuple(dict.fromkeys([*groups, *site, *regions[: outcome.region_columns], *outcome.adjust]))


def _skipped(windows: list[labels.Told], known: reading.Known, version: str) -> Iterable[str]:
    others = sum(n for window in windows for name, n in window.versions.items() if name != version)
    if others:
        yield "answers of other versions than the one that answered last: counted as workload, not measured"
    if any(window.nameless for window in windows):
        yield "answers without an encounter id: no outcome can be joined to them"
    yield from (f"outcomes: {name} is torn" for name in known.torn_files)
    if known.torn_rows:
        yield "outcomes: rows with too few or too many cells"
    empty = [window.span.name for window in windows if not window.encounters]
    if empty:
        yield f"windows without an answer: {', '.join(empty)}"
