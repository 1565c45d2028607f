"""What rules, measures and groups of the monitor are called, and in which chapter they stand."""

from __future__ import annotations

from wardround.report import words

#: First part of a rule's id -> the chapter of the report. Others stand under *Other*.
CHAPTERS: dict[str, tuple[str, str]] = {
    "performance": ("performance", "Performance"),
    "calibration": ("performance", "Performance"),
    "concept": ("performance", "Performance"),
    "fairness": ("groups", "Groups and sites"),
    "sites": ("groups", "Groups and sites"),
    "drift": ("data", "The data"),
    "data": ("data", "The data"),
    "outputs": ("outputs", "Answers and workload"),
    "workload": ("outputs", "Answers and workload"),
    "service": ("service", "The service and its pipeline"),
    "pipeline": ("service", "The service and its pipeline"),
    "value": ("value", "Value"),
    "labels": ("outcomes", "Outcomes"),
    "monitor": ("service", "The service and its pipeline"),
}
OTHER = ("other", "Other")
#: The order of chapters.
ORDER = ("performance", "groups", "data", "outputs", "value", "outcomes", "service", "other")
_MEASURES = {
    "psi": "Population stability index",
    "js": "Jensen\u2013Shannon distance",
    "ks": "Kolmogorov\u2013Smirnov distance",
    "wasserstein": "Wasserstein distance",
    "missing": "Share missing",
    "auroc_estimated": "AUROC, estimated without outcomes",
    "auroc_overestimated": "Estimated AUROC less the realised one",
    "auroc_unannounced": "AUROC less the one that the scores announce",
    "odds_region": "Observed odds over expected ones",
    "sensitivity_gap": "Gap in sensitivity",
    "score_psi": "Population stability index of the scores",
    "known_share": "Share of outcomes known",
    "alerts_per_day": "Alerts a day",
    "answers_per_day": "Answers a day",
    "silent_hours": "Longest silence (hours)",
    "slow_share": "Share of late answers",
    "error_share": "Share of requests that ended in an error",
    "refusal_share": "Share of requests refused",
    "memory_bytes": "Memory (bytes)",
    "run_hours": "Longest pipeline run (hours)",
    "failed_runs": "Share of runs that failed",
    "stage_hours": "Longest run of the stage (hours)",
    "failed_attempts": "Share of the stage's attempts that failed",
    "restored_stages": "Share of stages restored from the cache instead of run",
}


def chapter(rule: str) -> tuple[str, str]:
    """Anchor and title of the chapter of a rule."""
    return CHAPTERS.get(rule.partition(".")[0], OTHER)


def measure(name: str) -> str:
    """What a measure is called."""
    return _MEASURES.get(name) or words.measure(name)


def group(column: str, level: str) -> str:
    """What a signal is about: ``everybody``, an input, or ``sex: F``."""
    if level:
        return f"{words.column(column)}: {level}"
    return words.column(column) if column else "everybody"


def severity(name: str) -> str:
    """The word under which a severity is marked; nothing found is calm."""
    return name or "calm"


def counted(alerts: int, warnings: int, notes: int) -> str:
    """``2 alerts, 1 warning``."""
    parts = [
        words.plural(number, noun)
        for number, noun in ((alerts, "alert"), (warnings, "warning"), (notes, "note"))
        if number
    ]
    return ", ".join(parts)
