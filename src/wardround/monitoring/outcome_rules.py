"""The rules about outcomes, outputs, service and value, and what a finding of each says."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.monitor import Severity
from wardround.monitoring.rule import MonitorRule

_O = "monitor.outcome."
REACHABLE = "service.reachable"
IMMATURE, QUALITY, FEEDBACK = "labels.immature", "labels.quality", "labels.feedback"
RULES: tuple[MonitorRule, ...] = (
    MonitorRule(
        "performance.decay",
        "The model still tells who will have the outcome",
        (_O + "auroc_loss", _O + "ppv_loss", _O + "persistence", _O + "false_alerts_per_100", _O + "min_events"),
    ),
    MonitorRule(
        "performance.estimated",
        "What the scores announce before outcomes are known",
        (_O + "auroc_loss",),
    ),
    MonitorRule(
        "calibration.decay",
        "As many events happen as are predicted, over the whole range",
        (_O + "observed_expected", _O + "slope", _O + "persistence"),
    ),
    MonitorRule(
        "calibration.concept",
        "The same inputs still mean the same",
        (_O + "region_odds", _O + "region_columns", _O + "auroc_loss"),
    ),
    MonitorRule(
        "fairness.decay",
        "The gap between groups has not widened",
        ("gate.fairness.gap", "gate.fairness.gaps", "gate.fairness.worst_group_margin"),
    ),
    MonitorRule("workload.capacity", "People can answer the alerts", ("gate.utility.alerts_per_day",)),
    MonitorRule("workload.scores", "The scores are spread as they were", (_O + "score_psi",)),
    MonitorRule(
        "service.throughput",
        "The service answers as often as it did",
        (_O + "service.throughput_fall", _O + "service.silent_hours"),
    ),
    MonitorRule(
        "service.latency",
        "Answers come in time",
        (_O + "service.latency_seconds", _O + "service.latency_share", _O + "service.metrics"),
    ),
    MonitorRule(
        "service.errors",
        "Requests are answered",
        (_O + "service.error_share", _O + "service.refusal_share", _O + "service.metrics"),
    ),
    MonitorRule(REACHABLE, "The service can be reached", (_O + "service.metrics",)),
    MonitorRule("service.memory", "The service has room", (_O + "service.memory_bytes", _O + "service.metrics")),
    MonitorRule(
        "service.pipeline",
        "The pipeline's runs succeed, in time",
        (_O + "service.runs", _O + "service.failed_runs", _O + "service.run_hours"),
    ),
    MonitorRule(
        IMMATURE,
        "Outcomes that are not in yet are left out, and said to be",
        (_O + "maturity_days", _O + "complete_share", _O + "known_share", _O + "silence"),
    ),
    MonitorRule(
        QUALITY,
        "Outcomes can be read and joined, and their clocks agree",
        (_O + "encounter", _O + "value", _O + "recorded", _O + "zone", _O + "ids"),
    ),
    MonitorRule(
        FEEDBACK,
        "What the model's own alerts changed is allowed for, or said",
        (_O + "treated", _O + "feedback", _O + "propensity", _O + "adjust", _O + "min_events"),
    ),
    MonitorRule("value.kpi", "The model is worth what its owners said", (_O + "kpis",)),
)


@dataclass(frozen=True)
class Words:
    """What a finding says, what to do, and the most that it may be."""

    summary: str
    advice: str
    most: Severity = Severity.ALERT


_COMPARE = "See which columns, groups and sites moved; then retrain, or recalibrate, in a pull request."
#: By rule, measure (without its threshold) and side: below or above the limits.
WORDS: dict[tuple[str, str, int], Words] = {
    ("performance.decay", "auroc", -1): Words("The model ranks patients worse than was validated.", _COMPARE),
    ("performance.decay", "ppv", -1): Words(
        "Fewer of the alerts are right than was validated.",
        "Look at the rate of the outcome and at the threshold; then at calibration.",
    ),
    ("performance.estimated", "auroc_estimated", -1): Words(
        "The scores announce a worse ranking than was validated; outcomes have not said so yet.",
        "Wait for the outcomes; look at who comes. The estimate is blind to concept drift.",
        Severity.WARNING,
    ),
    ("performance.estimated", "auroc_overestimated", 1): Words(
        "The estimate without outcomes lies above what then happened: it is blind to a change of what the inputs mean.",
        "Do not rely on the estimate for windows whose outcomes are not in yet.",
        Severity.WARNING,
    ),
    ("performance.estimated", "auroc_overestimated", -1): Words(
        "The estimate without outcomes lies below what then happened.",
        "The model ranks better than its own probabilities say: look at calibration.",
        Severity.NOTE,
    ),
    ("calibration.decay", "oe", -1): Words("Fewer events happen than are predicted.", _COMPARE),
    ("calibration.decay", "oe", 1): Words("More events happen than are predicted.", _COMPARE),
    ("calibration.decay", "slope", -1): Words(
        "High risks are too high and low risks too low: predictions are too extreme.", _COMPARE
    ),
    ("calibration.decay", "slope", 1): Words("Predictions are not spread widely enough.", _COMPARE),
    ("calibration.concept", "odds_region", -1): Words(
        "In a region of the inputs fewer events happen than the model and the window's rate say.",
        "The meaning of this input may have changed: ask who records it, then retrain.",
    ),
    ("calibration.concept", "odds_region", 1): Words(
        "In a region of the inputs more events happen than the model and the window's rate say.",
        "The meaning of this input may have changed: ask who records it, then retrain.",
    ),
    ("calibration.concept", "auroc_unannounced", -1): Words(
        "The model ranks worse than its scores announce: what the inputs mean has changed.", _COMPARE
    ),
    ("fairness.decay", "sensitivity_gap", 1): Words(
        "The model finds events in some groups much more often than in others, and more so than was validated.",
        "Look at the groups' inputs and thresholds before the next release.",
    ),
    ("workload.capacity", "alerts_per_day", 1): Words(
        "There are more alerts a day than people can answer.",
        "Raise the operating threshold, or the capacity, in a pull request.",
    ),
    ("workload.scores", "score_psi", 1): Words(
        "The scores are spread otherwise than at validation.",
        "Harmless while calibration holds: see which columns moved.",
        Severity.WARNING,
    ),
    ("service.throughput", "answers_per_day", -1): Words(
        "The service answers far less often than it did.",
        "Look whether the hospital's systems still ask, and whether the log arrives.",
    ),
    ("service.throughput", "silent_hours", 1): Words(
        "The service gave no answer for longer than is declared.",
        "Look at the log of the service for that time, and whether the hospital's systems asked.",
    ),
    ("service.latency", "slow_share", 1): Words(
        "Too many answers come too late.", "See the service's dashboards; give it more processors or replicas."
    ),
    ("service.errors", "error_share", 1): Words(
        "Too many requests end in an error of the service.",
        "Read the service's own log; roll back if it began with a release.",
    ),
    ("service.errors", "refusal_share", 1): Words(
        "Too many requests are refused.", "See which: too many at once, or bodies that break the contract."
    ),
    ("service.memory", "memory_bytes", 1): Words(
        "The service holds more memory than is declared.", "Restart it, and look for what grows."
    ),
    ("service.pipeline", "run_hours", 1): Words(
        "A pipeline run took longer than is declared.",
        "See which stage was not restored from the cache.",
        Severity.WARNING,
    ),
    ("service.pipeline", "failed_runs", 1): Words(
        "Too many pipeline runs failed.", "Read the workflow's log.", Severity.WARNING
    ),
}
_KPI = Words("A declared KPI lies outside its limits.", "Look at its assumptions, then at the threshold and the model.")


def words(rule: str, measure: str, side: int) -> Words:
    """What is said of a measure beyond its limits. Raises ``KeyError`` for one that has no words: a mistake of this package."""
    return _KPI if rule == "value.kpi" else WORDS[rule, measure.partition("@")[0], side]
