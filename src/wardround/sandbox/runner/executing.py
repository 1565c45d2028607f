"""Executes one run: checks that it can be run, makes its tokens, runs act, and records how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from wardround.errors import Problem, UsageError, WardroundError
from wardround.sandbox import events
from wardround.sandbox.model import Job, Run
from wardround.sandbox.model_more import ActionsSettings, Event, Secret
from wardround.sandbox.runner import act, artifacts, context, limits, permissions, planning, recording, refusals
from wardround.sandbox.runner.masking import Mask
from wardround.sandbox.runner.rewriting import Rewritten, rewrite
from wardround.sandbox.runner.workflows import Workflow
from wardround.sandbox.world import World

#: Said in the log of every run of a fork's code.
FORK = (
    "This run is of a fork's code. Its token reads only and it has no secrets. The sandbox isolates no code: the steps run"
    " on this machine as you."
)
#: Seconds between two looks at time limits and cancellations.
PULSE = 0.1


@dataclass
class Execution:
    """A run that goes on. ``stop`` asks for its end; ``process`` is the guard's id once act runs."""

    run: Run
    stop: threading.Event = field(default_factory=threading.Event)
    process: int = 0

    def end(self) -> None:
        """Ends every process of the run."""
        self.stop.set()
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGTERM)


def execute(world: World, execution: Execution, extra: Mapping[str, str]) -> Run:
    """Runs to the end; gives the run as it is then stored. ``extra`` is added to the environment of the steps."""
    run = execution.run
    event = world.store.get(Event, run.repository, run.event_id)
    repository = world.repository(run.repository)
    assert event is not None
    assert repository is not None
    commit = planning.commit_of(world, repository, event)
    source = planning.source(world, repository, commit or "", run.path)
    workflow = source.workflow
    now = world.clock.stamp()
    run = world.store.put(replace(run, status="in_progress", started_at=now, updated_at=now))
    if workflow is None:
        assert source.broken is not None
        return refuse(world, run, source.broken.problems)
    bare = world.bare(repository)

    def read(path: str) -> str | None:
        content = bare.file(source.commit, path)
        return None if content is None else content.decode("utf-8", "replace")

    try:
        problems = refusals.find(workflow, read)
        grants = granted(world, run, event, workflow)
    except UsageError as error:
        problems, grants = tuple(error.problems), {}
    if problems:
        return refuse(world, run, problems)
    return _run(world, execution, _Ready(run, event, workflow, source.commit, grants, extra))


@dataclass(frozen=True)
class _Ready:
    """A run that can be run."""

    run: Run
    event: Event
    workflow: Workflow
    commit: str
    grants: Mapping[str, Mapping[str, str]]
    extra: Mapping[str, str]


def granted(world: World, run: Run, event: Event, workflow: Workflow) -> dict[str, dict[str, str]]:
    """The permissions of each job's token."""
    settings = world.store.get(ActionsSettings, run.repository, "settings")
    default = settings.default_permissions if settings is not None else "read"
    fork = context.is_fork(event)
    return {
        name: permissions.of_job(workflow.document, job, default=default, fork=fork)
        for name, job in workflow.jobs.items()
    }


def _run(world: World, execution: Execution, ready: _Ready) -> Run:
    run, fork = ready.run, context.is_fork(ready.event)
    directory = world.directory / "runs" / str(run.id)
    rewritten = rewrite(ready.workflow)
    secrets = _secrets(world, ready, rewritten, fork=fork)
    known = context.expressions(world, run, ready.event)
    mask = Mask(secrets.values())
    given = recording.Recorded(run, ready.workflow, rewritten, mask, execution.stop, known, FORK if fork else "")
    recorder = recording.Recorder(world, given)
    repository = world.repository(run.repository)
    assert repository is not None
    invocation = act.Invocation(
        directory,
        ready.event.name,
        ready.event.payload,
        run.actor,
        repository.default_branch,
        ready.event.sha if ready.event.name != "workflow_run" else ready.commit,
        run.path,
        rewritten,
        {
            **context.environment(world, run, ready.event, ready.commit),
            "WARDROUND_SANDBOX_ARTIFACTS": str(directory / "artifacts"),
            "WARDROUND_SANDBOX_CACHE": str(world.directory / "cache"),
            **ready.extra,
        },
        context.variables(world, run.repository),
        secrets,
    )

    def started(process: int) -> None:
        execution.process = process
        if execution.stop.is_set():
            execution.end()

    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(world, execution, ended, recorder, ready.workflow), daemon=True)
    watch.start()
    try:
        code, loose = act.start(invocation, recorder.line, started)
    finally:
        ended.set()
        watch.join()
        execution.process = 0
    jobs = recorder.close()
    artifacts.take_in(world, run, directory / "artifacts")
    act.clean(directory)
    for name in rewritten.apps:
        token = world.tokens.look_up(secrets.get(name, ""))
        if token is not None:
            world.store.remove(token)
    conclusion = conclude(jobs, ready.workflow, stopped=execution.stop.is_set())
    if code != 0 and conclusion in ("success", "skipped"):
        return refuse(world, run, [Problem("act could not run this workflow", where=run.path, found=loose)])
    return complete(world, run, conclusion)


def _watch(
    world: World, execution: Execution, ended: threading.Event, recorder: recording.Recorder, workflow: Workflow
) -> None:
    """Keeps time limits, and notices when somebody cancels the run in the store."""
    directory = world.directory / "runs" / str(execution.run.id)
    while not ended.wait(PULSE):
        limits.enforce(recorder, workflow, directory)
        kept = world.store.get(Run, execution.run.repository, execution.run.id)
        if kept is not None and kept.conclusion == "cancelled" and not execution.stop.is_set():
            execution.end()


def _secrets(world: World, ready: _Ready, rewritten: Rewritten, *, fork: bool) -> dict[str, str]:
    """What act gets as secrets: the repository's (not for a fork), each job's token, and the App's tokens."""
    run = ready.run
    made = {} if fork else {found.name: found.value for found in world.store.find(Secret, run.repository)}
    for job, name in rewritten.tokens.items():
        made[name] = world.tokens.run(run.repository, ready.grants[job], run.id, fork=fork)
    if not fork:
        slug = context.variables(world, run.repository).get("WARDROUND_APP_SLUG", "wardround")
        for name, wanted in rewritten.apps.items():
            made[name] = world.tokens.app(slug, run.repository, wanted)
    return made


def conclude(jobs: Sequence[Job], workflow: Workflow, *, stopped: bool) -> str:
    """The conclusion of a run from those of its jobs."""
    if stopped:
        return "cancelled"
    told = {job.conclusion for job in jobs if job.name not in _forgiven(workflow)}
    for worst in ("failure", "cancelled"):
        if worst in told:
            return worst
    return "success" if "success" in told or not told else "skipped"


def _forgiven(workflow: Workflow) -> set[str]:
    return {str(job.get("name", name)) for name, job in workflow.jobs.items() if job.get("continue-on-error") is True}


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
        world.store.put(recording.check_of(world, job))
    return complete(world, run, "startup_failure")


def complete(world: World, run: Run, conclusion: str) -> Run:
    """The end of a run: its tokens stop working, and whoever listens is told."""
    with world.store.transaction():
        world.tokens.end_run(run.id)
        done = world.store.put(replace(run, status="completed", conclusion=conclusion, updated_at=world.clock.stamp()))
        events.workflow_run(world, done)
    return done


def explain(error: Exception) -> list[Problem]:
    """Why a run could not be executed at all."""
    if isinstance(error, WardroundError):
        return list(error.problems)
    return [Problem(f"the sandbox failed: {type(error).__name__}: {error}")]
