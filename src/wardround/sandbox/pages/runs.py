"""One run: its jobs, steps, logs, summaries and artifacts, and the buttons that repeat or end it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wardround.sandbox.model import Artifact, CheckRun, Job, Pull, Run
from wardround.sandbox.model_more import Event
from wardround.sandbox.pages.answers import Go, Page, Send, get, post
from wardround.sandbox.pages.logs import Section, plain, sections
from wardround.sandbox.pages.pulls import REFRESH
from wardround.sandbox.pages.templating import duration
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.runner import Runner

_RUN = "/{owner}/{repo}/actions/runs/{run}"


@dataclass(frozen=True)
class JobView:
    """A job with its log, step by step."""

    job: Job
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Trigger:
    """What started a run: words, and where to look."""

    words: str
    link: str = ""


def _run(visit: Visit) -> Run:
    run = visit.world.store.get(Run, visit.repository.full_name, visit.number("run"))
    if run is None:
        raise missing()
    return run


@get(_RUN)
def show(visit: Visit) -> Page:
    """A run."""
    run, world = _run(visit), visit.world
    jobs = [job for job in world.store.find(Job, run.repository, run_id=run.id) if job.attempt == run.attempt]
    values: dict[str, Any] = {
        "run": run,
        "jobs": [JobView(job, sections(job, _log(visit, job))) for job in jobs],
        "artifacts": world.store.find(Artifact, run.repository, run_id=run.id),
        "now": world.clock.stamp(),
        "trigger": _trigger(visit, run),
        "duration": duration,
        "may": visit.role in {"write", "admin"},
        "following": _following(visit, run),
    }
    refresh = 0 if run.status == "completed" else REFRESH // 2
    return Page("run.html", {"title": f"{run.name} #{run.number}", "tab": "actions", **values}, refresh=refresh)


def _path(visit: Visit, kept: str) -> Path | None:
    """A file below the sandbox's directory that a record names."""
    root = visit.world.directory.resolve()
    found = (root / kept).resolve()
    return found if kept and found.is_relative_to(root) and found.is_file() else None


def _log(visit: Visit, job: Job) -> str:
    path = _path(visit, job.log)
    return "" if path is None else path.read_text(encoding="utf-8", errors="replace")


def _event(visit: Visit, run: Run) -> Event | None:
    return visit.world.store.get(Event, run.repository, run.event_id)


def _trigger(visit: Visit, run: Run) -> Trigger:
    event = _event(visit, run)
    payload = event.payload if event is not None else {}
    if run.event in {"pull_request", "pull_request_review"}:
        number = int(payload.get("pull_request", {}).get("number", 0))
        action = event.action if event is not None else ""
        if visit.world.store.get(Pull, run.repository, number) is not None:
            return Trigger(
                f"Pull request #{number} {action}"
                if run.event == "pull_request"
                else f"Review of pull request #{number}",
                f"/{run.repository}/pull/{number}",
            )
    elif run.event == "workflow_run":
        before = payload.get("workflow_run", {})
        words = (
            f"Run {before.get('name', '')} #{before.get('run_number', '')} {event.action if event is not None else ''}"
        )
        return Trigger(words, f"/{run.repository}/actions/runs/{before.get('id', 0)}")
    elif run.event == "schedule":
        return Trigger(f"Schedule {payload.get('schedule', '')}", "/_pages/clock")
    return Trigger(
        {"workflow_dispatch": "Started by hand", "push": "Push", "merge_group": "Merge queue"}.get(run.event, run.event)
    )


def _following(visit: Visit, run: Run) -> list[Run]:
    """The runs that the end of this one started."""
    found = []
    for other in visit.world.store.find(Run, run.repository, event="workflow_run"):
        event = _event(visit, other)
        if event is not None and event.payload.get("workflow_run", {}).get("id") == run.id:
            found.append(other)
    return found


@get("/{owner}/{repo}/runs/{check}")
def check(visit: Visit) -> Go:
    """A check is shown where its job is."""
    found = visit.world.store.get(CheckRun, visit.repository.full_name, visit.number("check"))
    job = visit.world.store.get(Job, visit.repository.full_name, visit.number("check"))
    if job is not None:
        return Go(f"/{job.repository}/actions/runs/{job.run_id}#job-{job.id}")
    if found is None:
        raise missing()
    return Go(f"/{found.repository}/commit/{found.sha}")


@get(_RUN + "/jobs/{job}/log")
def log(visit: Visit) -> Send:
    """A job's whole log as plain text."""
    job = visit.world.store.get(Job, visit.repository.full_name, visit.number("job"))
    if job is None or job.run_id != _run(visit).id:
        raise missing()
    text = "\n".join(plain(line) for line in _log(visit, job).splitlines())
    return Send(f"{text}\n".encode(), "text/plain; charset=utf-8")


@get(_RUN + "/artifacts/{artifact}")
def artifact(visit: Visit) -> Send:
    """An artifact's zip."""
    found = visit.world.store.get(Artifact, visit.repository.full_name, visit.number("artifact"))
    path = _path(visit, found.path) if found is not None and found.run_id == _run(visit).id else None
    if found is None or path is None:
        raise missing()
    if found.expires_at and found.expires_at <= visit.world.clock.stamp():
        raise Refusal(410, "This artifact has expired.")
    return Send(path, "application/zip", f"{found.name}.zip")


def _back(run: Run) -> Go:
    return Go(f"/{run.repository}/actions/runs/{run.id}")


@post(_RUN + "/rerun")
def rerun(visit: Visit) -> Go:
    """Runs all jobs again."""
    visit.need("write", "run workflows again")
    run = _run(visit)
    if run.status != "completed" or run.conclusion == "action_required":
        raise Refusal(409, "Only a run that has ended can be run again.")
    Runner(visit.world).rerun(run.repository, run.id)
    return _back(run)


@post(_RUN + "/cancel")
def cancel(visit: Visit) -> Go:
    """Ends a run, queued or going on."""
    visit.need("write", "cancel runs")
    run = _run(visit)
    Runner(visit.world).cancel(run.repository, run.id)
    return _back(run)


@post(_RUN + "/approve")
def approve(visit: Visit) -> Go:
    """Lets the workflows of a pull request that a run's token opened start."""
    visit.need("write", "approve workflows to run")
    run = _run(visit)
    if run.conclusion != "action_required":
        raise Refusal(409, "This run does not wait for an approval.")
    Runner(visit.world).approve(run.repository, run.id)
    return _back(run)
