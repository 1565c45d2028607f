"""One look: where log and outcomes are, what each part says of the windows, and all of it as evidence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import UsageError
from wardround.evidence.monitor import MonitorEvidence, MonitorFinding
from wardround.monitoring import heartbeat
from wardround.monitoring.windows import windows

if TYPE_CHECKING:
    from wardround.evidence.monitor import Span
    from wardround.flows.monitor.request import MonitorRequest
    from wardround.service.settings import LogPlace


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
        return self.request.project.params.monitor.predictions or self.log.url


def prepare(request: MonitorRequest) -> Looked:
    """The windows and places. Raises :class:`UsageError` when there is no log to look at."""
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
    spans = windows(request.day, section.window_days, section.windows)
    return Looked(request, request.stage or section.stage, spans, place)


def look(looked: Looked, last: dt.datetime | None) -> MonitorEvidence:
    """The evidence. ``last`` is when the monitor ran before."""
    request = looked.request
    section = request.project.params.monitor
    missed = heartbeat.missed(last, request.now, section.every_hours, section.grace_hours)
    found: tuple[MonitorFinding, ...] = () if missed is None else (missed,)
    return MonitorEvidence(
        project=request.project.params.project.name,
        stage=looked.stage,
        versions=(),
        until=looked.spans[-1].end,
        windows=looked.spans,
        answers=0,
        outcomes=0,
        matured=0,
        findings=found,
    )
