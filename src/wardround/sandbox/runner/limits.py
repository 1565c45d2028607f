"""Time limits of jobs and steps, which act does not keep: the processes of what took too long are ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wardround.sandbox.runner.legs import Leg
from wardround.sandbox.runner.recording import Recorder
from wardround.sandbox.runner.workflows import Workflow

#: GitHub's limit where a job gives none, in minutes.
DEFAULT = 360.0


def enforce(recorder: Recorder, workflow: Workflow, directory: Path) -> None:
    """Ends what has run for longer than its `timeout-minutes`. Called again and again while the run goes on."""
    now = time.monotonic()
    for leg in tuple(recorder.legs.values()):
        if leg.record.status == "completed":
            continue
        job = workflow.jobs[leg.name]
        limit = minutes(job, DEFAULT)
        if now - leg.started > limit * 60:
            if not leg.overdue:
                recorder.overdue(leg, limit)
            end(leg, directory)
            continue
        steps = job.get("steps") or ()
        if 0 <= leg.step < len(steps) and "timeout-minutes" in steps[leg.step]:
            own = minutes(steps[leg.step], DEFAULT)
            running = leg.record.steps[leg.step].status == "in_progress"
            if running and now - leg.step_started > own * 60:
                if leg.step not in leg.late:
                    recorder.late(leg, leg.step, own)
                end(leg, directory)


def minutes(given: Mapping[str, Any], default: float) -> float:
    """`timeout-minutes` of a job or step; an expression is not known here and counts as the default."""
    value = given.get("timeout-minutes", default)
    return float(value) if isinstance(value, (int, float)) else default


def end(leg: Leg, directory: Path) -> None:
    """Kills every process of one job, known by the environment that its steps were given."""
    home = os.fsencode(f"HOME={directory / 'home'}")
    job = os.fsencode(f"GITHUB_JOB={leg.name}")
    for entry in Path("/proc").iterdir() if sys.platform == "linux" else ():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            given = (entry / "environ").read_bytes().split(b"\0")
            if home in given and job in given and _matrix(given) == json.loads(leg.matrix):
                os.kill(int(entry.name), signal.SIGKILL)


def _matrix(given: list[bytes]) -> Any:
    for part in given:
        name, _, value = part.partition(b"=")
        if name == b"WARDROUND_SANDBOX_LEG":
            with contextlib.suppress(ValueError):
                return json.loads(value) or {}
    return {}
