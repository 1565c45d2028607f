"""One look: where log and outcomes are, what each part says of the windows, and all of it as evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding, Severity
from wardround.flows import pastruns
from wardround.flows.monitor import inputs
from wardround.flows.monitor.reference import Reference, reference, untagged
from wardround.flows.stage import scratch
from wardround.monitoring import heartbeat
from wardround.monitoring.drift_rules import POWER
from wardround.monitoring.performance.decay import DECAY
from wardround.monitoring.windows import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.evidence.monitor import Span
    from wardround.flows.monitor.request import MonitorRequest
    from wardround.monitoring.outcomes.request import OutcomeRequest
    from wardround.service.settings import LogPlace

_ORDER = tuple(reversed(Severity))


@dataclass(frozen=True)
class Looked:
    """What the parts share: the windows, the stage, and where the log is."""

    request: MonitorRequest
    stage: str
    spans: tuple[Span, ...]
    log: LogPlace

    @property
    def url(self) -> str:
        """Where the Parquet files of the log are: the params' word, then the environment's, then the project's own place."""
        url = self.request.project.params.monitor.predictions or self.log.url
        return url if "://" in url else str(self.request.project.root.resolve() / url)

    @property
    def wal(self) -> Path | None:
        """The directory of segments that are not Parquet yet, where it is on this machine."""
        return self.log.wal if self.log.wal.is_dir() else None


def prepare(request: MonitorRequest) -> Looked:
    """The windows and places. Raises :class:`UsageError` when there is no log to look at, the stage cannot be one, or no answer is as old as ``until``."""
    from wardround.registry.grammar import check_stage
    from wardround.service.settings import Settings

    section = request.project.params.monitor
    root = request.project.root.resolve()
    place = Settings.from_environment(root, {**request.env}).log
    if place is None:
        raise UsageError(
            "the prediction log is switched off, so that there is nothing to watch",
            where="environment variable WARDROUND_PREDICTIONS",
            next="name the log: monitor.predictions in params.yaml",
        )
    stage = check_stage(request.stage) if request.stage else section.stage
    looked = Looked(request, stage, (), place)
    if request.until is not None and not _answered_until(looked, request.until):
        raise UsageError(
            "the prediction log holds no answer of that time: there is nothing to look back at",
            where="--until",
            wanted="a day after the first answer",
            found=request.until.isoformat(),
            next="name a later day, or leave it out",
        )
    return replace(looked, spans=windows(request.day, section.window_days, section.windows))


def _answered_until(looked: Looked, day: dt.date) -> bool:
    """Whether there is any answer before that day: without one, silence would be an alert, and stand in the history."""
    from wardround.monitoring.predictions import ReadRequest, read

    if day == dt.date.min:
        return False
    parts = read(ReadRequest(looked.url, None, day - dt.timedelta(days=1), ("answered_at",), looked.wal))
    return any(part.num_rows for part in parts)


def look(looked: Looked, last: dt.datetime | None, *, before: bool) -> MonitorEvidence:
    """The evidence. ``last`` is when the monitor ran before, and ``before`` whether it ever saw an answer."""
    from wardround.monitoring.outcomes.answered import last_version
    from wardround.monitoring.outcomes.looking import look as look_at_outcomes

    request = looked.request
    section = request.project.params.monitor
    version = last_version(looked.url, looked.spans, looked.stage, request.day, looked.wal)
    request.progress(f"watching {version or 'nothing: no answer'} in {looked.stage}")
    made = reference(request.project, version)
    request.progress("inputs")
    asked = inputs.InputsRequest(
        request.project.params, looked.url, looked.stage, looked.spans, request.day, made, looked.wal
    )
    drift = inputs.look(asked) if version else None
    request.progress("outcomes, answers, service")
    outcomes = look_at_outcomes(outcome_request(looked, made, version))
    missed = heartbeat.missed(last, request.now, section.every_hours, section.grace_hours)
    silent = None if outcomes.answers else heartbeat.silent(looked.stage, looked.spans, answered_before=before)
    found: list[MonitorFinding] = [
        *outcomes.findings,
        *(drift.findings if drift else ()),
        *(item for item in (missed, silent) if item),
        *(_blind(made, compared=drift is not None) if version else ()),
        *(heartbeat.untagged(name, watched=name == version) for name in untagged(request.project, outcomes.versions)),
    ]
    return MonitorEvidence(
        project=request.project.params.project.name,
        stage=looked.stage,
        versions=outcomes.versions,
        until=looked.spans[-1].end,
        day=request.day,
        windows=looked.spans,
        answers=outcomes.answers,
        outcomes=outcomes.outcomes,
        matured=outcomes.matured,
        skipped=(*outcomes.skipped, *made.missing),
        signals=(*outcomes.signals, *(drift.signals if drift else ())),
        findings=tuple(sorted(found, key=lambda item: _ORDER.index(item.severity))),
        causes=(*outcomes.causes, *(drift.causes if drift else ())),
    )


def _blind(made: Reference, *, compared: bool) -> Iterator[MonitorFinding]:
    """What a look could not hold anything against: a storage that does not answer must not look like a model that is well."""
    advice = "See what was not read, and whether this run may read the remote: dvc fetch, from the commit of the version's tag."
    for rule, there, summary in (
        (
            DECAY,
            made.metrics is not None,
            "What was validated of this version cannot be had: nothing tells a loss of ranking.",
        ),
        (POWER, compared, "What this version was trained on cannot be had: its inputs are held against nothing."),
    ):
        if not there:
            yield MonitorFinding(rule=rule, severity=Severity.WARNING, summary=summary, advice=advice)


def outcome_request(looked: Looked, made: Reference, version: str) -> OutcomeRequest:
    """What outcomes are asked about the version."""
    from wardround.monitoring.outcomes.request import OutcomeRequest

    request = looked.request
    params = request.project.params
    watched = params.model_copy(update={"monitor": params.monitor.model_copy(update={"stage": looked.stage})})
    return OutcomeRequest(
        params=watched,
        log=looked.url,
        outcomes=params.monitor.outcomes,
        windows=looked.spans,
        until=request.day,
        key=_key(looked),
        reference=made.metrics,
        version=version or None,
        wal=looked.wal,
        root=request.project.root.resolve(),
        runs=pastruns.known(scratch(request.project), request.project.root, params.monitor.outcome.service.runs),
        inputs=tuple(column.name for column in made.contract.columns) if made.contract else (),
        today=request.now.astimezone(dt.UTC).date(),
    )


def _key(looked: Looked) -> bytes:
    """The log's key; empty where nothing has to be joined by it."""
    from wardround.monitoring.predictions import load_key

    monitor = looked.request.project.params.monitor
    if monitor.outcomes is None or monitor.outcome.ids == "keyed":
        return b""
    return load_key(looked.log.key)
