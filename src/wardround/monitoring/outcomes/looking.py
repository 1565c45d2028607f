"""One look: log and outcomes in, signals, findings and causes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wardround.evidence.monitor import Signal
from wardround.monitoring.alarms import FAMILIES, Candidate, Judged, judge, runs
from wardround.monitoring.estimating import labelfree
from wardround.monitoring.outcomes import labels, reading, saying
from wardround.monitoring.outcomes.answered import Answered, LogWindow, Seen, answered, last_version
from wardround.monitoring.outcomes.joined import Joined, group
from wardround.monitoring.outcomes.known import known_outcomes
from wardround.monitoring.outcomes.request import OutcomeLook, OutcomeRequest
from wardround.monitoring.performance import concept, decay, fairness
from wardround.monitoring.performance.parts import Reference, parts, settings
from wardround.monitoring.performance.regions import Regions
from wardround.monitoring.predictions.compaction import Store
from wardround.monitoring.service_health import pipeline, prometheus, throughput
from wardround.monitoring.value import kpis
from wardround.monitoring.workload import outputs


def look(request: OutcomeRequest) -> OutcomeLook:
    """Everything that outcomes, outputs, service and value say.

    Raises :class:`UsageError` about params and files, :class:`EnvironmentFailure` when a storage does not answer.
    """
    params, monitor = request.params, request.params.monitor
    section, order = monitor.outcome, [span.name for span in request.windows]
    version = request.version or last_version(request.log, request.windows, monitor.stage, request.until, request.wal)
    known = known_outcomes(request)
    windows = _windows(request, version, known)
    found = labels.maturity(windows, request.until, section)
    windows = [labels.matured(window, found, request.until, section) for window in windows]
    judging = Judging(request, Reference.of(request.reference), Regions(_columns(request), params.evaluate.thresholds))
    judged: list[Judged] = []
    for place, window in enumerate(windows):
        judged += judging.window(window, [earlier.answered for earlier in windows[:place]])
    judged += judging.pipeline()
    crossing = runs(judged, order, section.persistence)
    ahead = any(day > request.until for day in Store(request.log).days())
    signals: list[Signal] = [labels.signal(window, found, request.until, section.min_events) for window in windows]
    return OutcomeLook(
        signals=(*(item.signal for item in judged), *signals),
        findings=(
            *saying.findings(crossing),
            *saying.within_limits(judged, order, section.persistence),
            *labels.immature(windows if request.outcomes else [], found),
            *labels.quality(known, found, ahead),
        ),
        causes=tuple(saying.causes(crossing, judged)),
        version=version,
        versions=tuple(sorted({name for window in windows for name in window.answered.versions})),
        answers=sum(window.answered.encounters for window in windows),
        outcomes=sum(int(window.known.sum()) for window in windows),
        matured=sum(int(window.known.sum()) for window in windows if window.mature),
        skipped=tuple(_skipped(windows, known, version)),
        mature=tuple(window.span.name for window in windows if window.mature),
    )


@dataclass(frozen=True)
class Judging:
    """Measures window after window, against the same reference and regions."""

    request: OutcomeRequest
    reference: Reference
    regions: Regions

    @cached_property
    def against(self) -> concept.Against:
        """What concept drift is told by."""
        section = self.request.params.monitor.outcome
        return concept.Against(section, concept.validated_gap(self.reference.table))

    def window(self, window: Joined, earlier: list[Answered]) -> list[Judged]:
        """All families of one window."""
        params, section = self.request.params, self.request.params.monitor.outcome
        given, realised, judged = window.answered, None, []
        if window.mature and window.known.any():
            groups = group(window, params.evaluate.subgroups, params.data.columns.site)
            scored = window.scored(groups)
            everybody, *others = parts(scored, settings(params))
            realised = everybody
            threshold = params.evaluate.thresholds[0]
            judged += self._family(
                window,
                [
                    *decay.candidates(everybody, self.reference, params),
                    *kpis.candidates(scored, section.kpis, threshold, section.min_events),
                ],
            )
            judged += self._family(
                window, [c for part in others for c in decay.candidates(part, self.reference, params)]
            )
            judged += self._family(window, fairness.candidates(others, self.reference, params))
            regions = self.regions.of(given.frame, given.probability)
            judged += self._family(
                window, concept.candidates(scored, (everybody, *others), regions, window.known, self.against)
            )
        else:
            judged += self._family(window, decay.unknown(window.answered.n, window.reason, section.min_events))
        outgoing = [
            outputs.alerts(given.alerts_by_day, given.encounters, params.gate.utility.alerts_per_day),
            outputs.scores(given.probability, self.reference.table, section.score_psi, section.min_events),
            throughput.candidate(given.by_day, [item.by_day for item in earlier], section.service.throughput_fall),
            throughput.silence(given.silence, given.encounters, section.service.silent_hours),
            *labelfree.candidates(given.probability, given.subject, realised, self.reference, section),
        ]
        if window.span == self.request.windows[-1]:
            outgoing += self._metrics()
        return judged + self._family(window, outgoing)

    def pipeline(self) -> list[Judged]:
        """What past runs of the pipeline say, in the last window."""
        section = self.request.params.monitor.outcome
        candidates = pipeline.candidates(self.request.runs, section.service)
        return judge(candidates, self.request.windows[-1], section.false_alerts_per_100 / FAMILIES, section.persistence)

    def _metrics(self) -> list[Candidate]:
        service = self.request.params.monitor.outcome.service
        if service.metrics is None:
            return []
        return prometheus.candidates(prometheus.parse(prometheus.fetch(service.metrics, self.request.root)), service)

    def _family(self, window: Joined, candidates: Iterable[Candidate]) -> list[Judged]:
        section = self.request.params.monitor.outcome
        return judge(list(candidates), window.span, section.false_alerts_per_100 / FAMILIES, section.persistence)


def _windows(request: OutcomeRequest, version: str, known: reading.Known) -> list[Joined]:
    seen, stage, inputs = Seen(), request.params.monitor.stage, _columns(request)
    made = []
    for span in request.windows:
        part = answered(LogWindow(request.log, span, request.until, stage, version, inputs, request.wal), seen)
        outcome, recorded = known.of(part.keys)
        made.append(Joined(part, np.where(part.named, outcome, -1).astype(np.int8), recorded))
    return made


def _columns(request: OutcomeRequest) -> tuple[str, ...]:
    """Inputs that are brought along: the groups', the site's, and those whose regions are looked at."""
    params = request.params
    groups = [item.column for item in params.evaluate.subgroups]
    site = [params.data.columns.site] if params.data.columns.site else []
    return tuple(dict.fromkeys([*groups, *site, *request.inputs[: params.monitor.outcome.region_columns]]))


def _skipped(windows: list[Joined], known: reading.Known, version: str) -> Iterable[str]:
    others = sum(n for window in windows for name, n in window.answered.versions.items() if name != version)
    if others:
        yield "answers of other versions than the one that answered last: counted as workload, not measured"
    if any(not window.answered.named.all() for window in windows):
        yield "answers without an encounter id: no outcome can be joined to them"
    yield from (f"outcomes: {name} is torn" for name in known.torn_files)
    if known.torn_rows:
        yield "outcomes: rows with too few or too many cells"
    empty = [window.span.name for window in windows if not window.answered.encounters]
    if empty:
        yield f"windows without an answer: {', '.join(empty)}"
