"""How a run ends: its conclusion, its tokens, who is told; also one that was refused, cancelled or cut off."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from wardround.errors import Problem, WardroundError
from wardround.sandbox import events
from wardround.sandbox.model import CheckRun, Job, Run
from wardround.sandbox.runner import act
from wardround.sandbox.tokens import ACTIONS_BOT
from wardround.sandbox.world import World


def check_of(world: World, job: Job) -> CheckRun:
    """The check that a job is, on its run's head."""
    return CheckRun(
        job.id,
        job.repository,
        job.head_sha,
        job.name,
        job.status,
        job.conclusion,
        details_url=f"{world.url}/{job.repository}/actions/runs/{job.run_id}#job-{job.id}",
        creator=ACTIONS_BOT,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )


def conclude(jobs: Sequence[Job], forgiven: AbstractSet[int], *, stopped: bool) -> str:
    """The conclusion of a run from those of its jobs; ``forgiven`` are the ids of jobs that may fail."""
    if stopped:
        return "cancelled"
    told = {job.conclusion for job in jobs if job.id not in forgiven}
    for worst in ("failure", "cancelled"):
        if worst in told:
            return worst
    return "success" if "success" in told or not told else "skipped"


def refuse(world: World, run: Run, problems: Sequence[Problem]) -> Run:
    """A run that never starts: one failed job tells why."""
    number, now = world.store.next_id(), world.clock.stamp()
    lines = [line for problem in problems for line in problem.lines()]
    log = f"logs/{run.id}/{number}.log"
    path: Path = world.directory / log
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{now} ##[error]{line}\n" for line in lines), encoding="utf-8")
    job = Job(
        number,
        run.repository,
        run.id,
        "refused by the sandbox",
        run.head_sha,
        run.attempt,
        "completed",
        "failure",
        log=log,
        summary="\n".join(f"    {line}" for line in lines),
        created_at=now,
        started_at=now,
        completed_at=now,
    )
    with world.store.transaction():
        world.store.put(job)
        world.store.put(check_of(world, job))
    return complete(world, run, "startup_failure")


def complete(world: World, run: Run, conclusion: str) -> Run:
    """The end of a run: its tokens stop working, and whoever listens is told."""
    with world.store.transaction():
        world.tokens.end_run(run.id)
        done = world.store.put(replace(run, status="completed", conclusion=conclusion, updated_at=world.clock.stamp()))
        events.workflow_run(world, done)
    return done


def cancel(world: World, run: Run) -> Run:
    """A run that does not go on (any more) ends as cancelled, with its jobs."""
    with world.store.transaction():
        for job in world.store.find(Job, run.repository, run_id=run.id):
            if job.status != "completed":
                steps = tuple(
                    step if step.status == "completed" else replace(step, status="completed", conclusion="cancelled")
                    for step in job.steps
                )
                ended = replace(
                    job,
                    status="completed",
                    conclusion="cancelled",
                    steps=steps,
                    completed_at=world.clock.stamp(),
                )
                world.store.put(ended)
                world.store.put(check_of(world, ended))
        return complete(world, run, "cancelled")


def recover(world: World) -> None:
    """What went on when an earlier process was killed is cancelled, and its directory removed."""
    for run in world.store.find(Run, status="in_progress"):
        cancel(world, run)
    runs = world.directory / "runs"
    for left in runs.iterdir() if runs.is_dir() else ():
        act.clean(left)


def explain(error: Exception) -> list[Problem]:
    """Why a run could not be executed at all."""
    if isinstance(error, WardroundError):
        return list(error.problems)
    return [Problem(f"the sandbox failed: {type(error).__name__}: {error}")]
