"""Everything that a started service holds: the engine, the log, the counters, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from wardround.service import openapi
from wardround.service.answering import Answerer
from wardround.service.batching import Batcher
from wardround.service.body import Gate
from wardround.service.engine import Engine
from wardround.service.metrics import Metrics
from wardround.service.mirror import Mirror
from wardround.service.recording import Append, Recorder
from wardround.service.settings import Settings


@dataclass(frozen=True)
class Running:
    """A started service. ``model``, ``openapi`` and ``card`` (None: released without one) are answered as they are."""

    engine: Engine
    recorder: Recorder
    metrics: Metrics
    batcher: Batcher
    gate: Gate
    model: bytes
    openapi: bytes
    mirror: Mirror | None = None
    card: bytes | None = None

    @classmethod
    def start(cls, settings: Settings, through: Callable[[Append], Append] | None = None) -> Running:
        """Loads and opens everything. Raises :class:`WardroundError`."""
        engine = Engine.load(settings)
        recorder = Recorder(engine, settings, through)
        metrics = Metrics()
        answerer = Answerer(engine, recorder, metrics)
        return cls(
            engine=engine,
            recorder=recorder,
            metrics=metrics,
            batcher=Batcher(answerer, engine.limits.batch_rows),
            gate=Gate(engine.limits),
            model=to_json(_described(engine, settings)),
            openapi=to_json(openapi.describe(engine)),
            mirror=Mirror(settings.shadow) if settings.shadow else None,
            card=settings.card.read_bytes() if settings.card.is_file() else None,
        )

    @property
    def ready(self) -> bool:
        """Whether answers can be logged."""
        return self.recorder.log is None or self.recorder.log.available

    def stop(self) -> None:
        """Ends the log, and what is asked of the shadow."""
        if self.mirror is not None:
            self.mirror.close()
        self.recorder.close()

    def counters(self) -> str:
        """What ``/metrics`` answers."""
        now: dict[str, tuple[float, str, str]] = {
            "wardround_requests_under_way": (self.gate.requests, "gauge", "Requests that are being read or answered."),
            "wardround_bytes_held": (self.gate.bytes, "gauge", "Bytes of their bodies."),
        }
        if (log := self.recorder.log) is not None:
            now |= {
                "wardround_log_available": (int(log.available), "gauge", "Whether no append failed a moment ago."),
                "wardround_log_appended_total": (log.appended, "counter", "Answers appended to segments."),
                "wardround_log_compacted_total": (log.compacted, "counter", "Answers that became Parquet."),
                "wardround_log_failures_total": (log.failures, "counter", "Times that the log's storage failed."),
                "wardround_log_backlog_bytes": (log.backlog, "gauge", "Bytes of segments that are not Parquet yet."),
            }
        if (mirror := self.mirror) is not None:
            now |= {
                "wardround_shadow_sent_total": (mirror.sent, "counter", "Requests that the shadow answered."),
                "wardround_shadow_failed_total": (mirror.failed, "counter", "Requests that it did not answer."),
                "wardround_shadow_left_out_total": (mirror.left_out, "counter", "Requests that had no room to wait."),
            }
        info = {"model_version": self.engine.version, "contract_version": self.engine.contract_version}
        return self.metrics.text(now, info)


def _described(engine: Engine, settings: Settings) -> dict[str, Any]:
    """What ``/model`` says: the release file's own words, and what every model can say of itself."""
    manifest = engine.scorer.manifest
    assert manifest is not None
    params = engine.params
    return {
        **engine.release,
        "project": params.project.name,
        "title": params.project.title,
        "outcome": params.project.outcome,
        "model_version": engine.version,
        "contract_version": engine.contract_version,
        "manifest": engine.model_digest,
        "estimator": manifest.estimator,
        "serving": manifest.serving,
        "data": manifest.data_digest,
        "code": manifest.code_digest,
        "card": engine.release.get("card"),
        "thresholds": list(params.evaluate.thresholds),
        "operating_threshold": params.evaluate.thresholds[0],
        "explanation": None if engine.method is None else engine.method.name,
        "checks_not_asked": list(engine.left_out),
        "prediction_log": settings.log is not None,
        "stage": settings.stage,
    }
