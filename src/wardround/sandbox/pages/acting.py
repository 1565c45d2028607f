"""The pages above all repositories: the list of them, the style, the clock, and for whom the browser acts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from wardround.sandbox.model import Repository
from wardround.sandbox.pages.answers import Go, Page, Send, get, post
from wardround.sandbox.pages.guard import CHOSEN
from wardround.sandbox.pages.site import STYLE
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.runner import planning

#: How far one press of a button moves the clock, in hours.
STEPS = ((1, "1 hour"), (24, "1 day"), (24 * 7, "1 week"))
_LONGEST = timedelta(days=366 * 5)


@get("/_pages/style.css")
def style(_: Visit) -> Send:
    """The one style sheet."""
    return Send(STYLE.read_bytes(), "text/css; charset=utf-8")


@post("/_pages/act")
def act(visit: Visit) -> Go:
    """Acts for another user from now on."""
    return Go(_back(visit), {CHOSEN: visit.login})


def _back(visit: Visit) -> str:
    """Where a form wants to return to: a path of this sandbox and nothing else."""
    back = visit.form.get("back", "/")
    return back if re.fullmatch(r"/(?![/\\])[^\\\x00-\x1f]*", back) else "/"


@get("/")
def repositories(visit: Visit) -> Page:
    """All repositories that the acting user may see."""
    return _listed(visit, visit.world.store.find(Repository), "Repositories")


@get("/{login}")
def person(visit: Visit) -> Page:
    """The repositories of one user."""
    login = visit.params["login"]
    if visit.world.user(login).login != login:
        raise missing()
    found = tuple(item for item in visit.world.store.find(Repository) if item.owner == login)
    return _listed(visit, found, login)


def _listed(visit: Visit, found: tuple[Repository, ...], title: str) -> Page:
    seen = [item for item in found if visit.world.role(visit.login, item) != "none"]
    return Page("repositories.html", {"title": title, "repositories": seen})


@get("/_pages/clock")
def clock(visit: Visit) -> Page:
    """The sandbox's time, the schedules, and the form that moves it."""
    world, schedules = visit.world, []
    for repository in world.store.find(Repository):
        tip = world.bare(repository).branch(repository.default_branch)
        if tip and not repository.fork_of and world.role(visit.login, repository) != "none":
            for source in planning.sources(world, repository, tip):
                schedules += [(repository, source, line) for line in (source.workflow.crons if source.workflow else ())]
    now = world.clock.now()
    values = {"now": world.clock.stamp(), "ahead": now - datetime.now(UTC), "schedules": schedules, "steps": STEPS}
    return Page(
        "clock.html", {"title": "Clock", **values, "until": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")}
    )


@post("/_pages/clock")
def move_clock(visit: Visit) -> Go:
    """Moves the clock forward; the runner looks at the schedules right after."""
    world, form = visit.world, visit.form
    try:
        if form.get("hours"):
            by = timedelta(hours=int(form["hours"]))
        else:
            by = datetime.fromisoformat(form.get("until", "")).replace(tzinfo=UTC) - world.clock.now()
    except (ValueError, OverflowError) as error:
        raise Refusal(422, "Give a date and time in UTC, such as 2026-01-31T08:00.") from error
    if by > _LONGEST:
        raise Refusal(422, "The clock moves by at most five years at once.")
    world.clock.move(by)
    return Go("/_pages/clock")
