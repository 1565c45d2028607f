"""Writes down a run as act tells it: jobs with their steps, logs, outputs and summaries."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from wardround.errors import UsageError
from wardround.sandbox.model import Job, Step
from wardround.sandbox.runner import ending, expressions
from wardround.sandbox.runner.legs import Leg, Recorded, first_line, own_result
from wardround.sandbox.runner.rewriting import OUTPUTS
from wardround.sandbox.world import World

_COMMANDS = {"error": "##[error]", "warning": "##[warning]", "notice": "##[notice]", "group": "##[group]"}


class Recorder:
    """The jobs of one run, kept in the store and shown as they go on."""

    def __init__(self, world: World, given: Recorded) -> None:
        self._world, self._run, self._workflow, self._mask = world, given.run, given.workflow, given.mask
        self._rewritten, self._known, self._notice = given.rewritten, given.known, given.notice
        self._stop = given.stop
        self._lock = threading.RLock()
        self.legs: dict[tuple[str, str], Leg] = {}
        self._waiting: dict[str, Job] = {}
        with world.store.transaction():
            for name in given.workflow.jobs:
                self._waiting[name] = self._put(self._new(name, {}))

    def line(self, said: Mapping[str, Any]) -> None:
        """Takes one line of act."""
        with self._lock:
            leg = self._leg(str(said["jobID"]), said.get("matrix") or {})
            if "jobResult" in said:
                self._finish(leg, str(said["jobResult"]))
                return
            ids = said.get("stepID")
            if not ids:
                return
            self._say(leg, said)
            if ids[0] not in leg.ids or said.get("stage") != "Main":
                return
            place = leg.ids.index(ids[0])
            if place != leg.step and leg.step < place:
                self._begin(leg, place)
            if "stepResult" in said and len(ids) == 1:
                self._ended(leg, place, str(said["stepResult"]))

    def close(self) -> tuple[Job, ...]:
        """Every job as it ended; what act never spoke of was skipped, or cancelled with the run."""
        with self._lock:
            for leg in self.legs.values():
                if leg.record.status != "completed":
                    self._finish(leg, "cancelled")
            rest = "cancelled" if self._stop.is_set() else "skipped"
            now = self._world.clock.stamp()
            for job in self._waiting.values():
                self._put(replace(job, status="completed", conclusion=rest, completed_at=now, steps=()))
            self._waiting.clear()
            own = {"run_id": self._run.id, "attempt": self._run.attempt}
            return self._world.store.find(Job, self._run.repository, **own)

    def forgiven(self) -> frozenset[int]:
        """The jobs whose failure is not the run's (`continue-on-error`)."""
        jobs = self._workflow.jobs
        return frozenset(leg.record.id for leg in self.legs.values() if jobs[leg.name].get("continue-on-error") is True)

    def overdue(self, leg: Leg, minutes: float) -> None:
        """The job went on for longer than it may."""
        with self._lock:
            leg.overdue = True
            self._write(leg, f"##[error]The job has exceeded the maximum execution time of {minutes:g} minutes.")

    def late(self, leg: Leg, place: int, minutes: float) -> None:
        """The step went on for longer than it may."""
        with self._lock:
            leg.late.add(place)
            self._write(leg, f"##[error]The step has timed out after {minutes:g} minutes.")

    def _leg(self, name: str, matrix: Mapping[str, Any]) -> Leg:
        key = (name, json.dumps(matrix, sort_keys=True))
        if key not in self.legs:
            job = self._waiting.pop(name, None) or self._new(name, matrix)
            now = self._world.clock.stamp()
            steps = self._rewritten.document["jobs"][name]["steps"]
            ids = [str(step.get("id") or place) for place, step in enumerate(steps)]
            job = replace(job, name=self._title(name, matrix), status="in_progress", started_at=now)
            self.legs[key] = Leg(job, name, key[1], time.monotonic(), ids)
            Path(self._world.directory / job.log).parent.mkdir(parents=True, exist_ok=True)
            self._put(job)
            if self._notice:
                self._write(self.legs[key], f"##[warning]{self._notice}")
        return self.legs[key]

    def _new(self, name: str, matrix: Mapping[str, Any]) -> Job:
        given = self._workflow.jobs[name]
        number = self._world.store.next_id()
        labels = given.get("runs-on", "")
        place = given.get("environment") or ""
        return Job(
            number,
            self._run.repository,
            self._run.id,
            self._title(name, matrix),
            self._run.head_sha,
            self._run.attempt,
            labels=tuple(map(str, labels)) if isinstance(labels, list) else (str(labels),),
            environment=str(place.get("name", "") if isinstance(place, dict) else place),
            steps=tuple(Step(at, title) for at, title in enumerate(self._titles(name), start=1)),
            log=f"logs/{self._run.id}/{number}.log",
            created_at=self._world.clock.stamp(),
        )

    def _title(self, name: str, matrix: Mapping[str, Any]) -> str:
        given = self._workflow.jobs[name]
        written = given.get("name")
        if written is not None and not matrix and given.get("strategy"):
            return str(written)  # no cell of its matrix is known (yet)
        if written is None:
            values = [expressions.as_text(value) for value in matrix.values()]
            return f"{name} ({', '.join(values)})" if values else name
        try:
            return expressions.fill(str(written), {**self._known, "matrix": matrix})
        except UsageError:
            return str(written)

    def _titles(self, name: str) -> list[str]:
        titles = []
        for step in self._rewritten.document["jobs"][name]["steps"]:
            if step.get("id") == OUTPUTS:
                continue
            titles.append(self._mask(str(step.get("name") or f"Run {step.get('uses') or first_line(step)}")))
        return titles

    def _begin(self, leg: Leg, place: int) -> None:
        leg.step, leg.step_started = place, time.monotonic()
        if place < len(leg.record.steps):
            step = replace(leg.record.steps[place], status="in_progress", started_at=self._world.clock.stamp())
            self._step(leg, place, step)
            self._write(leg, f"##[group]{step.name}\n##[endgroup]")

    def _ended(self, leg: Leg, place: int, result: str) -> None:
        if place < len(leg.record.steps):
            result = "failure" if place in leg.late else result
            if self._rewritten.document["jobs"][leg.name]["steps"][place].get("continue-on-error") is True:
                result = "success"
            result = "cancelled" if self._stop.is_set() and result == "failure" else result
            now = self._world.clock.stamp()
            done = replace(leg.record.steps[place], status="completed", conclusion=result, completed_at=now)
            self._step(leg, place, done)

    def _step(self, leg: Leg, place: int, changed: Step) -> None:
        steps = list(leg.record.steps)
        steps[place] = changed
        leg.record = self._put(replace(leg.record, steps=tuple(steps)))

    def _finish(self, leg: Leg, result: str) -> None:
        now = self._world.clock.stamp()
        if result == "failure" and self._workflow.jobs[leg.name].get("strategy"):
            result = own_result(leg)
        result = "cancelled" if leg.overdue or (self._stop.is_set() and result == "failure") else result
        unreached = "cancelled" if result == "cancelled" else "skipped"
        steps = tuple(
            step
            if step.status == "completed"
            else replace(step, status="completed", conclusion=unreached, completed_at=now)
            for step in leg.record.steps
        )
        leg.record = self._put(
            replace(
                leg.record,
                status="completed",
                conclusion=result,
                steps=steps,
                outputs=leg.outputs,
                summary="\n".join(leg.summary),
                completed_at=now,
            )
        )

    def _say(self, leg: Leg, said: Mapping[str, Any]) -> None:
        command, message = said.get("command"), str(said.get("msg", ""))
        if command == "add-mask":
            self._mask.add(str(said.get("arg", "")))
        elif command == "summary":
            leg.summary.append(self._mask(str(said.get("content", ""))))
        elif command == "set-output":
            if said["stepID"] == [OUTPUTS]:
                leg.outputs[str(said.get("name"))] = self._mask(str(said.get("arg", "")))
        elif command in _COMMANDS:
            self._write(leg, _COMMANDS[str(command)] + str(said.get("arg", "")))
        elif said.get("raw_output"):
            self._write(leg, message)
        elif said.get("level") == "error" and said["stepID"][0] != OUTPUTS:
            self._write(leg, "##[error]" + message.replace("exit status", "Process completed with exit code"))

    def _write(self, leg: Leg, text: str) -> None:
        now = self._world.clock.stamp()
        with (self._world.directory / leg.record.log).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{now} {line}\n" for line in self._mask(text).rstrip("\n").split("\n"))

    def _put(self, job: Job) -> Job:
        with self._world.store.transaction():
            self._world.store.put(ending.check_of(self._world, job))
            return self._world.store.put(job)
