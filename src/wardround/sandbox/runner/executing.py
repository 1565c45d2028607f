"""Executes one run: checks that it can be run, makes its tokens, runs act, and records how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wardround.errors import Problem, UsageError
from wardround.sandbox.model import Run
from wardround.sandbox.model_more import ActionsSettings, Event, Secret
from wardround.sandbox.runner import act, artifacts, context, ending, limits, permissions, planning, recording, refusals
from wardround.sandbox.runner.legs import Recorded
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
    source = planning.source(world, repository, planning.commit_of(event) or "", run.path)
    workflow = source.workflow
    now = world.clock.stamp()
    with world.store.transaction():
        kept = world.store.get(Run, run.repository, run.id)
        if kept is not None and kept.conclusion == "cancelled":
            return ending.cancel(world, run)
        run = world.store.put(replace(run, status="in_progress", started_at=now, updated_at=now))
    if workflow is None:
        assert source.broken is not None
        return ending.refuse(world, run, source.broken.problems)
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
        return ending.refuse(world, run, problems)
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
    given = Recorded(run, ready.workflow, rewritten, mask, execution.stop, known, FORK if fork else "")
    recorder = recording.Recorder(world, given)
    repository = world.repository(run.repository)
    assert repository is not None
    invocation = act.Invocation(
        directory,
        ready.event.name,
        ready.event.payload,
        run.actor,
        repository.default_branch,
        ready.commit,
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
    conclusion = ending.conclude(jobs, recorder.forgiven(), stopped=execution.stop.is_set())
    if code != 0 and all(job.conclusion in {"success", "skipped"} for job in jobs):
        return ending.refuse(
            world, run, [Problem("act could not run this workflow", where=run.path, found=mask(loose))]
        )
    return ending.complete(world, run, conclusion)


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
