"""``monitor.outcome`` of ``params.yaml``: when outcomes count as known, and what decay of performance is one to speak of."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from wardround.project.monitor_feedback import FeedbackSection
from wardround.project.sections import OpenShare, Section, Share


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as error:  # a zone that is not known is a KeyError
        msg = "is no time zone; write one as UTC or Europe/Berlin"
        raise ValueError(msg) from error
    return value


class MonitorServiceSection(Section):
    """Tolerated latency, errors and silence of the service, and durations of the pipeline. All defaults are project choices."""

    #: fsspec URL of the service's metrics in Prometheus' text format, one file a replica (glob).
    metrics: str | None = None
    #: Seconds within which ``latency_share`` of all requests must be answered.
    latency_seconds: float = Field(default=1.0, gt=0)
    latency_share: OpenShare = 0.95
    #: Tolerated share of requests that end in an error of the service (5xx but 503).
    error_share: Share = 0.01
    #: Tolerated share of requests that are refused: too many at once (503), or not as the contract says (4xx).
    refusal_share: Share = 0.05
    #: Tolerated resident memory in bytes, where the metrics tell it.
    memory_bytes: int | None = Field(default=None, gt=0)
    #: Answers a day below this share of the median of earlier windows are a fall.
    throughput_fall: OpenShare = 0.5
    #: Tolerated hours without any answer, nights and weekends included. None: shown, and not held against a limit.
    silent_hours: float | None = Field(default=None, gt=0)
    #: Glob, from the project's root, of ``run.json`` files of other machines: CI artifacts that were fetched, or a directory that runners share.
    #: Runs of this machine are read anyway.
    runs: str | None = None
    #: Tolerated share of pipeline runs that failed.
    failed_runs: Share = 0.2
    #: Tolerated hours of one pipeline run.
    run_hours: float = Field(default=6.0, gt=0)


class Kpi(Section):
    """One number that says what the model is worth, under stated assumptions.

    ``net_benefit`` is per 100 encounters at ``threshold``; ``cost_per_true_positive`` needs ``cost_per_alert``; ``averted_events`` (per 100
    encounters) needs ``effect``, the share of found events that acting on the alert averts.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    kind: Literal["net_benefit", "cost_per_true_positive", "averted_events"]
    #: None: the operating threshold.
    threshold: OpenShare | None = None
    cost_per_alert: float | None = Field(default=None, gt=0)
    effect: Share | None = None
    #: Tolerated values; None where open.
    low: float | None = None
    high: float | None = None
    #: Where the assumptions come from.
    because: Annotated[str, Field(min_length=10, max_length=400, pattern=r"^[^\r\n]+$")]

    @model_validator(mode="after")
    def _assumptions_are_stated(self) -> Kpi:
        needed = {"cost_per_true_positive": self.cost_per_alert, "averted_events": self.effect}
        if self.kind in needed and needed[self.kind] is None:
            word = "cost_per_alert" if self.kind == "cost_per_true_positive" else "effect"
            msg = f"a KPI of kind {self.kind} needs {word}"
            raise ValueError(msg)
        return self


class MonitorOutcomesSection(FeedbackSection):
    """Maturity of outcomes, tolerated decay, workload, service and value."""

    #: The outcome files' columns; None: the names of ``data.columns``. ``recorded`` says when the outcome was written down.
    encounter: str | None = None
    value: str | None = None
    recorded: str | None = None
    #: Whether the files name encounters as the hospital does (``plain``), or by the log's keyed hash (``keyed``).
    ids: Literal["plain", "keyed"] = "plain"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    #: The time zone of ``recorded`` where a value does not tell its own.
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    #: What it means that an encounter of a mature window has no row: that nobody knows, or that the event did not happen.
    silence: Literal["unknown", "no_event"] = "unknown"
    #: Days after the answer until an outcome counts as known. None: estimated from the delays seen. Needed where ``silence`` means no event.
    maturity_days: int | None = Field(default=None, ge=0, le=3650)
    #: Without ``maturity_days``: the share of outcomes that must have been recorded by then. Project choice.
    complete_share: OpenShare = 0.95
    #: The share of a mature window's encounters whose outcome must be known. Project choice.
    known_share: OpenShare = 0.8
    #: Events, and non-events, that a measure needs. Project choice, as for ``gate.fairness.min_events``.
    min_events: int = Field(default=30, ge=11)
    #: Alerts in 100 windows that may be false, all measures and groups together. Project choice.
    false_alerts_per_100: float = Field(default=1.0, gt=0, le=20)
    #: A limit that is crossed in so many of so many windows is an alert; in fewer a warning. Project choice.
    persistence: tuple[int, int] = (2, 3)
    #: Tolerated loss of AUROC against what was validated. Project choice.
    auroc_loss: float = Field(default=0.05, gt=0, lt=0.5)
    #: Tolerated loss of PPV at the operating threshold against what was validated. Project choice.
    ppv_loss: float = Field(default=0.1, gt=0, lt=1)
    #: Tolerated observed/expected events; as for ``gate.calibration``.
    observed_expected: tuple[float, float] = (0.8, 1.25)
    #: Tolerated slope. Wider than the gate's: a window is smaller than a test block. Project choice.
    slope: tuple[float, float] = (0.6, 1.6)
    #: Tolerated ratio of the observed odds to the expected ones in a region of the inputs, after the rate of the whole window was allowed for.
    #: Odds, because a risk of 0.8 cannot rise by half. Project choice.
    region_odds: tuple[float, float] = (0.67, 1.5)
    #: Most inputs whose regions are looked at. Project choice.
    region_columns: int = Field(default=50, ge=0, le=1000)
    #: Population stability index of the scores above which they moved; 0.25 is customary (Siddiqi 2006).
    score_psi: float = Field(default=0.25, gt=0)
    service: MonitorServiceSection = MonitorServiceSection()
    kpis: tuple[Kpi, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> MonitorOutcomesSection:
        wanted, of = self.persistence
        if not 1 <= wanted <= of <= 20:
            msg = "persistence is k of n windows, with 1 <= k <= n <= 20"
            raise ValueError(msg)
        if (
            self.silence == "no_event" and self.maturity_days is None
        ):  # events' delays alone end at the age of the oldest answer
            msg = "silence: no_event needs maturity_days: when no row means no event cannot be estimated from the rows that came"
            raise ValueError(msg)
        for name in ("observed_expected", "slope", "region_odds"):
            low, high = getattr(self, name)
            if not 0 < low < 1 < high:
                msg = f"{name} must hold 1 between its limits, and the lower one above 0"
                raise ValueError(msg)
        names = [kpi.name for kpi in self.kpis]
        if len(set(names)) != len(names):
            msg = "two KPIs have one name"
            raise ValueError(msg)
        return self
