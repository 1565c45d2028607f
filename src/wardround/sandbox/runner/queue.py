"""The worker: takes events from the store's queue, makes their runs, and executes them in order and in their groups.

Everything that matters is in the store. A sandbox that was killed starts again with its pending events and queued runs;
what ran at that moment is marked as cancelled, and its processes have ended with the sandbox.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wardround.errors import EnvironmentFailure, UsageError
from wardround.sandbox import events
from wardround.sandbox.events import Actor, Start
from wardround.sandbox.model import Run, Workflow
from wardround.sandbox.model_more import Event
from wardround.sandbox.runner import act, context, ending, executing, groups, planning, schedules, served
from wardround.sandbox.runner.executing import Execution
from wardround.sandbox.runner.served import Served
from wardround.sandbox.world import World

#: Runs that go on at the same time; a laptop has few cores, and act starts a run's jobs side by side.
SLOTS = 2
#: Seconds that the worker waits for an event before it looks at clock and queue again.
TICK = 0.2


class Runner:
    """Runs the workflows of one sandbox's repositories.

    ``environment`` is added to that of every step; of a sandbox that listens, see :mod:`~wardround.sandbox.runner.served`.
    """

    def __init__(
        self, sandbox: World | Served, environment: Mapping[str, str] | None = None, slots: int = SLOTS
    ) -> None:
        self._world = sandbox if isinstance(sandbox, World) else sandbox.world
        self._environment = {**served.environment(sandbox), **(environment or {})}
        self._slots = slots
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._going: dict[int, Execution] = {}
        self._held: set[int] = set()
        self._groups: dict[int, tuple[groups.Group, ...]] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._worker: threading.Thread | None = None

    def start(self) -> None:
        """Recovers what an earlier process left, and begins to work in a thread."""
        self._world.store.recover()
        ending.recover(self._world)
        self._worker = threading.Thread(target=self._work, name="runner", daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """Ends every run's processes and the worker; runs that went on are cancelled."""
        self._stop.set()
        for execution in tuple(self._going.values()):
            execution.end()
        for thread in (self._worker, *tuple(self._threads.values())):
            if thread is not None and thread is not threading.current_thread():
                thread.join()

    def idle(self, timeout: float = 600.0) -> None:
        """Waits until no event is pending and no run is queued or goes on. Raises :class:`EnvironmentFailure` after ``timeout`` seconds."""
        end = time.monotonic() + timeout
        with self._changed:
            while self._busy():
                if time.monotonic() > end:
                    raise EnvironmentFailure(
                        f"runs still go on after {timeout:.0f} s",
                        found=", ".join(f"{run.name} ({run.status})" for run in self._open()),
                        next="look at their logs, or cancel them",
                    )
                self._changed.wait(0.05)

    def dispatch(
        self, repository: str, workflow: str, inputs: Mapping[str, str] | None = None, *, ref: str = "", by: str = ""
    ) -> None:
        """Starts ``workflow`` (a file's name or path) by hand, on the default branch unless a full ``ref`` is given."""
        found = self._world.repository(repository)
        path = workflow if "/" in workflow else f".github/workflows/{workflow}"
        if found is None:
            raise UsageError("there is no such repository", found=repository, next="create it first")
        ref = ref or f"refs/heads/{found.default_branch}"
        known = self._world.store.get(Workflow, repository, path) or Workflow(0, repository, path, path)
        events.workflow_dispatch(self._world, found, Actor(by or found.owner), Start(known, ref, dict(inputs or {})))

    def move_clock(self, to: datetime) -> int:
        """Moves the sandbox's clock forward to ``to``; says how many times schedules fired because of it."""
        schedules.fire(self._world)
        self._world.clock.move(to - self._world.clock.now())
        return schedules.fire(self._world)

    def cancel(self, repository: str, run_id: int) -> None:
        """Ends a run, queued or going on; also one that another runner of this world executes, which then notices."""
        with self._world.store.transaction():
            run = self._world.store.get(Run, repository, run_id)
            if run is None or run.status == "completed":
                return
            execution = self._going.get(run_id)
            if execution is not None:
                execution.end()
            elif run.status == "in_progress":
                self._world.store.put(replace(run, conclusion="cancelled"))
            else:
                ending.cancel(self._world, run)

    def rerun(self, repository: str, run_id: int) -> None:
        """Queues a finished run again, as its next attempt."""
        run = self._world.store.get(Run, repository, run_id)
        if run is not None and run.status == "completed":
            self._world.store.put(replace(run, status="queued", conclusion="", attempt=run.attempt + 1))

    def approve(self, repository: str, run_id: int) -> None:
        """Lets the runs of a held event start."""
        run = self._world.store.get(Run, repository, run_id)
        event = self._world.store.get(Event, repository, run.event_id) if run is not None else None
        if event is not None:
            events.approve(self._world, event)

    def _work(self) -> None:
        while not self._stop.is_set():
            schedules.fire(self._world)
            self._hold()
            event = self._world.store.claim(timeout=0 if self._ready() else TICK)
            if event is not None:
                self._plan(event)
            self._begin()
            with self._changed:
                self._changed.notify_all()

    def _hold(self) -> None:
        """Shows the runs that wait for somebody's approval."""
        for event in self._world.store.find(Event, state="held"):
            if event.id in self._held:
                continue
            self._held.add(event.id)
            with self._world.store.transaction():
                if not self._world.store.find(Run, event.repository, event_id=event.id):
                    for run in planning.plan(self._world, event):
                        self._world.store.put(run)

    def _plan(self, event: Event) -> None:
        store = self._world.store
        with store.transaction():
            waiting = [
                run
                for run in store.find(Run, event.repository, event_id=event.id)
                if run.conclusion == "action_required"
            ]
            made = [replace(run, status="queued", conclusion="") for run in waiting] or planning.plan(
                self._world, event
            )
            for run in made:
                if store.get(Workflow, run.repository, run.path) is None:
                    now = self._world.clock.stamp()
                    store.put(Workflow(store.next_id(), run.repository, run.path, run.name, "active", now, now))
                store.put(run)
            store.done(event)
        for run in made:
            self._arrange(run)

    def _arrange(self, run: Run) -> None:
        """Cancels what the new run's groups say."""
        for group in self._groups_of(run):
            for other in self._open():
                if other.id >= run.id or group.key not in {own.key for own in self._groups_of(other)}:
                    continue
                if group.cancel or (other.status == "queued" and not group.whole_queue):
                    self.cancel(other.repository, other.id)

    def _groups_of(self, run: Run) -> tuple[groups.Group, ...]:
        if run.id not in self._groups:
            found: tuple[groups.Group, ...] = ()
            event = self._world.store.get(Event, run.repository, run.event_id)
            repository = self._world.repository(run.repository)
            if event is not None and repository is not None:
                commit = planning.commit_of(event) or ""
                workflow = planning.source(self._world, repository, commit, run.path).workflow
                if workflow is not None:
                    with contextlib.suppress(UsageError):  # executing the run says what is wrong
                        known = context.expressions(self._world, run, event)
                        found = groups.of_workflow(run.repository, workflow, known)
            self._groups[run.id] = found
        return self._groups[run.id]

    def _open(self) -> tuple[Run, ...]:
        found = (*self._world.store.find(Run, status="queued"), *self._world.store.find(Run, status="in_progress"))
        return tuple(sorted(found, key=lambda run: run.id))

    def _ready(self) -> Run | None:
        """The oldest queued run whose groups are free, if there is a slot."""
        if len(self._going) >= self._slots:
            return None
        taken = {group.key for execution in tuple(self._going.values()) for group in self._groups_of(execution.run)}
        for run in self._world.store.find(Run, status="queued"):
            own = {group.key for group in self._groups_of(run)}
            if run.id not in self._going and not own & taken:
                return run
            taken |= own  # a younger run does not overtake
        return None

    def _begin(self) -> None:
        while not self._stop.is_set() and (run := self._ready()) is not None:
            with self._world.store.transaction():
                kept = self._world.store.get(Run, run.repository, run.id)
                if kept is None or kept.status != "queued":
                    continue  # cancelled since
                execution = self._going[run.id] = Execution(kept)
                self._world.store.put(replace(kept, status="in_progress"))
            thread = threading.Thread(target=self._execute, args=(execution,), name=f"run {run.id}", daemon=True)
            self._threads[run.id] = thread
            thread.start()

    def _execute(self, execution: Execution) -> None:
        run = execution.run
        try:
            executing.execute(self._world, execution, self._environment)
        except Exception as error:  # noqa: BLE001 - the worker goes on, and the run says why it did not
            ending.refuse(self._world, run, ending.explain(error))
        finally:
            act.clean(self._world.directory / "runs" / str(run.id))
            with self._changed:
                self._going.pop(run.id, None)
                self._groups.pop(run.id, None)
                self._threads.pop(run.id, None)
                self._changed.notify_all()

    def _busy(self) -> bool:
        store = self._world.store
        return bool(self._going) or any(
            (store.find(Event, state="pending"), store.find(Event, state="claimed"), self._open())
        )
