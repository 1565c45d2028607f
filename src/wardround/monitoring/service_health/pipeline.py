"""The pipeline's past runs from their records: how long they took, what the cache spared, and how often which stage failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wardround.evidence.measures import Estimate
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.performance.parts import Z95
from wardround.project.monitor_outcomes import MonitorServiceSection
from wardround.stats.intervals import wilson

PIPELINE = "service.pipeline"
_STAGE = "stage"


def candidates(runs: Sequence[Mapping[str, Any]], section: MonitorServiceSection) -> list[Candidate]:
    """Of all runs: hours of the longest, shares that failed or were restored; of each stage: longest hours, share of attempts that failed.

    Nothing without runs.

    Of a run are read: ``seconds`` (a number), ``failed`` (the stage's name, empty when none did), ``stages`` (name -> ``state``, which is
    ``executed``, ``restored``, ``unchanged`` or ``failed``, and ``seconds`` where it was executed). What is none of these is left out.
    """
    known = [run for run in runs if isinstance(run, Mapping)]
    found = []
    seconds = [value for run in known if (value := _number(run.get("seconds"))) is not None]
    if seconds:
        found.append(_hours("run_hours", seconds, section.run_hours))
    ended = [run for run in known if isinstance(run.get("failed"), str)]
    if ended:
        failed = sum(bool(run["failed"]) for run in ended)
        found.append(_share("failed_runs", failed, len(ended), section.failed_runs))
    stages = [(name, told) for run in known for name, told in _stages(run)]
    states = [told.get("state") for _, told in stages]
    restored = states.count("restored")
    if needed := restored + states.count("executed"):
        found.append(_share("restored_stages", restored, needed, None))
    for name in dict.fromkeys(name for name, _ in stages):
        found += _of_stage(name, [told for other, told in stages if other == name])
    return found


def _of_stage(name: str, told: Sequence[Mapping[str, Any]]) -> Iterator[Candidate]:
    states = [item.get("state") for item in told]
    attempts = states.count("executed") + states.count("failed")
    seconds = [value for item in told if (value := _number(item.get("seconds"))) is not None]
    if seconds:
        yield _hours("stage_hours", seconds, None, name)
    if attempts:
        yield _share("failed_attempts", states.count("failed"), attempts, None, name)


def _hours(measure: str, seconds: Sequence[float], most: float | None, stage: str = "") -> Candidate:
    hours = max(seconds) / 3600.0
    return Candidate(
        PIPELINE,
        measure,
        len(seconds),
        Estimate(value=hours, low=hours, high=hours),
        at=lambda _: (hours, hours),
        limits=(None, most),
        column=_STAGE if stage else "",
        level=stage,
    )


def _share(measure: str, count: int, total: int, most: float | None, stage: str = "") -> Candidate:
    low, high = wilson(count, total, Z95)
    return Candidate(
        PIPELINE,
        measure,
        total,
        Estimate(value=count / total, low=low, high=high, method="wilson"),
        at=lambda z: wilson(count, total, z),
        limits=(None, most),
        events=count,
        column=_STAGE if stage else "",
        level=stage,
    )


def _stages(run: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    stages = run.get("stages")
    if isinstance(stages, Mapping):
        yield from ((str(name), told) for name, told in stages.items() if isinstance(told, Mapping))


def _number(value: Any) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if good else None
