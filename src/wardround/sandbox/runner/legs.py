"""What is known of a run before it is recorded, and of each of its jobs while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.sandbox.model import Job, Run
from wardround.sandbox.runner.masking import Mask
from wardround.sandbox.runner.rewriting import Rewritten
from wardround.sandbox.runner.workflows import Workflow


@dataclass
class Leg:
    """One job, or one cell of its matrix, while it runs. ``started`` and ``step_started`` are monotonic seconds."""

    record: Job
    name: str
    matrix: str
    started: float
    ids: list[str]
    step: int = -1
    step_started: float = 0.0
    late: set[int] = field(default_factory=set)
    overdue: bool = False
    summary: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """What a recorder is told beforehand.

    ``stop`` is set when the run is cancelled; ``known`` are contexts of expressions; ``notice`` begins each job's log.
    """

    run: Run
    workflow: Workflow
    rewritten: Rewritten
    mask: Mask
    stop: threading.Event
    known: Mapping[str, Any]
    notice: str = ""


def own_result(leg: Leg) -> str:
    """The result of one cell of a matrix: act tells the same of all cells once one of them has failed."""
    told = {step.conclusion for step in leg.record.steps}
    return "success" if "success" in told and "failure" not in told else "failure"


def first_line(step: Mapping[str, Any]) -> str:
    """The first line of what a step runs."""
    lines = str(step.get("run", "")).strip().splitlines()
    return lines[0] if lines else ""
