"""Whether the workflows are switched on, ran lately, and may do what they need to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from wardround.flows.doctor import Check
from wardround.flows.doctor_forge.question import Place
from wardround.forge.values import Run

REVIEW, PUBLISH, MONITOR = "review.yml", "publish.yml", "monitor.yml"
#: What a repository may do without; where one of these is on the default branch, it must be switched on.
LATER = ("asked.yml", "release.yml", "promote.yml")
_FOLDER = ".github/workflows"
#: Starts that a schedule may miss before it counts as dead: forges drop some when they are busy. Project choice.
_MISSED = 2
#: A review that ended so long ago should have been published. Project choice.
_FOLLOWS = timedelta(hours=1)


def workflows(place: Place) -> Iterator[Check]:
    """The review's two workflows: on the default branch, known to the forge, switched on. The later ones, where they are there."""
    for file in (REVIEW, PUBLISH):
        yield _workflow(place, file)
    for file in LATER:
        if _there(place, file):
            yield _known(place, file)


def _there(place: Place, file: str) -> bool:
    return place.text(f"{_FOLDER}/{file}") is not None


def _workflow(place: Place, file: str) -> Check:
    if not _there(place, file):
        fix = f"wardround upgrade, and merge its {_FOLDER}/{file}"
        return Check(file, "missing", "not on the default branch", fix)
    return _known(place, file)


def _known(place: Place, file: str) -> Check:
    """Whether the forge knows a workflow that is on the default branch, and runs it."""
    known = place.forge.workflow(file)
    if known is None:
        found = "on the default branch, but the forge knows no such workflow: Actions may be off"
        return Check(file, "missing", found, place.page("settings/actions"))
    if known.state != "active":
        fix = place.call(f"actions/workflows/{file}/enable", "--method PUT")
        return Check(file, "missing", f"switched off ({known.state})", fix)
    return Check(file, "ok", "active")


def published(place: Place) -> Iterator[Check]:
    """How the last publishing ended, and whether it followed the last review."""
    latest, reviews = _ended(place, PUBLISH), _ended(place, REVIEW)
    if not latest:
        fix = "open a pull request" if not reviews else place.page(f"actions/workflows/{PUBLISH}")
        found = "no run has ended yet" + (": reviews ran, but nothing was published" if reviews else "")
        yield Check("last publish", "missing" if reviews else "advice", found, fix)
        return
    last = latest[0]
    age = _age(place, last)
    if last.conclusion != "success":
        yield Check("last publish", "missing", f"{last.conclusion}, {age}", last.url)
    elif reviews and _time(reviews[0]) > _time(last) + _FOLLOWS:
        found = f"{age}; a later review was not published"
        yield Check("last publish", "missing", found, f"publish it again: {reviews[0].url}")
    else:
        yield Check("last publish", "ok", f"success, {age}")


def _ended(place: Place, file: str) -> list[Run]:
    """The newest runs of a workflow that ended and did something: an edited title starts runs of both that are skipped."""
    found = place.forge.runs_of_workflow(file, limit=30)
    return [run for run in found if run.status == "completed" and run.conclusion != "skipped"]


def schedule(place: Place) -> Iterator[Check]:
    """Where there is monitoring: whether its schedule is alive. Forges switch off the schedules of quiet repositories."""
    if not _there(place, MONITOR):
        return
    state = _known(place, MONITOR)
    if state.state != "ok":
        yield Check("schedule", state.state, f"{MONITOR}: {state.found}", state.fix)
        return
    runs = place.forge.runs_of_workflow(MONITOR, event="schedule")
    fix = f"gh workflow run {MONITOR}; a change of the default branch wakes a schedule"
    if not runs:
        yield Check("schedule", "advice", f"{MONITOR} was never started by its schedule", fix)
    elif place.request.now - _time(runs[0]) > _late(place):
        yield Check("schedule", "missing", f"{MONITOR} was last started {_age(place, runs[0])}", fix)
    else:
        yield Check("schedule", "ok", f"{MONITOR} was last started {_age(place, runs[0])}")


def _late(place: Place) -> timedelta:
    """How long ago the last start may be: the shortest ``monitor.every_hours``, and the starts that may be missed."""
    hours = min((params.monitor.every_hours for params in place.projects), default=24)
    return timedelta(hours=hours * (1 + _MISSED))


def settings(place: Place) -> Iterator[Check]:
    """What an administrator's token sees: may Actions open pull requests, and what a job's token carries unasked."""
    page = place.page("settings/actions")
    may = place.facts.actions_may_open_pulls
    name = "Actions open pull requests"
    if may is None:
        yield Check(name, "advice", "this token may not see it (retraining needs it)", f"look at {page}")
    else:
        found = "allowed" if may else "not allowed: retraining by schedule could not propose a model"
        yield Check(name, "ok" if may else "advice", found, "" if may else f"allow it at {page}")
    default = place.facts.workflow_permissions
    if default == "write":
        found = "write: a workflow that forgets its permissions: may change the repository"
        yield Check("default permissions", "advice", found, f"choose read at {page}")
    elif default is not None:
        yield Check("default permissions", "ok", default)


def _time(run: Run) -> datetime:
    """When a run was made; a forge that does not say so counts as very long ago."""
    try:
        found = datetime.fromisoformat(run.created)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _age(place: Place, run: Run) -> str:
    if not run.created:
        return "at an unknown time"
    hours = max((place.request.now - _time(run)).total_seconds() / 3600, 0.0)
    return f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"
