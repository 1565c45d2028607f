"""The pipeline's past runs from their ``run.json``: how long they took, what the cache spared, and how many failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wardround.evidence.measures import Estimate
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.performance.parts import Z95
from wardround.project.monitor_outcomes import MonitorServiceSection
from wardround.stats.intervals import wilson

PIPELINE = "service.pipeline"


def candidates(runs: Sequence[Mapping[str, Any]], section: MonitorServiceSection) -> list[Candidate]:
    """Hours of the longest run, share of stages restored from the cache, and share of failed runs; nothing without runs.

    Of a run are read: ``seconds`` (a number, or numbers by step), ``failed`` (true or false), ``stages`` and ``restored`` (numbers of stages).
    """
    known = [run for run in runs if isinstance(run, Mapping)]
    found = []
    seconds = [total for run in known if (total := _seconds(run.get("seconds"))) is not None]
    if seconds:
        hours = max(seconds) / 3600.0
        found.append(
            Candidate(
                PIPELINE,
                "run_hours",
                len(seconds),
                Estimate(value=hours, low=hours, high=hours),
                at=lambda _: (hours, hours),
                limits=(None, section.run_hours),
            )
        )
    ended = [run for run in known if isinstance(run.get("failed"), bool)]
    if ended:
        failed = sum(bool(run["failed"]) for run in ended)
        found.append(_share("failed_runs", failed, len(ended), section.failed_runs))
    stages = sum(_count(run.get("stages")) for run in known)
    if stages:
        found.append(_share("restored_stages", sum(_count(run.get("restored")) for run in known), stages, None))
    return found


def _share(measure: str, count: int, total: int, most: float | None) -> Candidate:
    low, high = wilson(count, total, Z95)
    estimate = Estimate(value=count / total, low=low, high=high, method="wilson")
    return Candidate(
        PIPELINE,
        measure,
        total,
        estimate,
        at=lambda z: wilson(count, total, z),
        limits=(None, most),
        events=count,
    )


def _seconds(value: Any) -> float | None:
    parts = value.values() if isinstance(value, Mapping) else (value,)
    numbers = [float(item) for item in parts if isinstance(item, (int, float)) and not isinstance(item, bool)]
    return sum(numbers) if numbers else None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
