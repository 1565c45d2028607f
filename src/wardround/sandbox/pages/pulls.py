"""Pull requests: the list, and the four views of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wardround.sandbox.gitread import CommitData
from wardround.sandbox.merging import blockers
from wardround.sandbox.model import Comment, Pull, Repository, Review, Run, User
from wardround.sandbox.model_more import Event
from wardround.sandbox.pages import reports
from wardround.sandbox.pages.answers import Page, Send, get
from wardround.sandbox.pages.checks import checks_of, total
from wardround.sandbox.pages.diffs import diffs
from wardround.sandbox.pages.guard import REPORT_POLICY
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import missing
from wardround.sandbox.rules import approvals, approvals_wanted

_REPO = "/{owner}/{repo}"
_PULL = _REPO + "/pull/{number}"
#: How often a page looks again while runs go on, in seconds.
REFRESH = 4


@dataclass(frozen=True)
class Happening:
    """Something in the conversation. ``kind``: comment, review, commit, merged or closed."""

    kind: str
    at: str
    item: Any


@get(_REPO + "/pulls")
def pulls(visit: Visit) -> Page:
    """Open or closed pull requests, newest first."""
    world = visit.world
    every = world.store.find(Pull, visit.repository.full_name)
    state = "closed" if visit.query.get("state") == "closed" else "open"
    found = [pull for pull in reversed(every) if pull.state == state]
    totals = {pull.number: total(checks_of(world, visit.repository, pull.head_sha)) for pull in found}
    opened = sum(pull.state == "open" for pull in every)
    values = {"state": state, "pulls": found, "totals": totals, "open": opened, "closed": len(every) - opened}
    return Page("pulls.html", {"title": "Pull requests", "tab": "pulls", **values})


def runs_of(visit: Visit, pull: Pull) -> tuple[Run, ...]:
    """The runs of the head and those that followed them, newest first."""
    own = visit.world.store.find(Run, pull.repository, head_sha=pull.head_sha)
    made = {run.id: run for run in (*own, *reports.followers(visit.world, pull))}
    return tuple(made[number] for number in sorted(made, reverse=True))


def goes_on(visit: Visit, runs: tuple[Run, ...]) -> bool:
    """Whether something may still change by itself: a run that is not done, or an event that nobody took up yet."""
    store = visit.world.store
    waiting = store.find(Event, visit.name, state="pending") or store.find(Event, visit.name, state="claimed")
    return bool(waiting) or any(run.status != "completed" for run in runs)


def commits_of(visit: Visit, pull: Pull) -> tuple[CommitData, ...]:
    """The commits of the pull request, oldest first."""
    base = visit.bare.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    return visit.bare.log(pull.head_sha, exclude=base)[::-1]


def _page(visit: Visit, view: str, values: dict[str, Any]) -> Page:
    """One of the views, with what all of them show."""
    pull, world = visit.pull, visit.world
    runs = runs_of(visit, pull)
    checks = checks_of(world, visit.repository, pull.head_sha, pull.base_branch)
    base = visit.bare.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = visit.bare.diff(base, pull.head_sha)
    common = {
        "title": f"{pull.title} · Pull request #{pull.number}",
        "tab": "pulls",
        "view": view,
        "pull": pull,
        "runs": runs,
        "checks": checks,
        "total": total(checks),
        "commits": commits_of(visit, pull),
        "changes": changes,
        "added": sum(change.additions for change in changes),
        "deleted": sum(change.deletions for change in changes),
        "fork": pull.head_repository != pull.repository,
    }
    refresh = REFRESH if goes_on(visit, runs) and view in {"conversation", "checks"} else 0
    return Page(f"pull_{view}.html", {**common, **values}, refresh=refresh)


@get(_PULL)
def conversation(visit: Visit) -> Page:
    """Description, comments, reviews, and the box with checks and the buttons."""
    pull, world = visit.pull, visit.world
    happenings = _happenings(visit, pull)
    values = {
        "happenings": happenings,
        "reports": reports.reports_of(world, pull),
        "reports_after": _last_bot_comment(visit, happenings),
        "blockers": blockers(world, pull) if pull.state == "open" else (),
        "reviewers": _reviewers(visit, pull),
        "approved": [
            login for login in approvals(world, pull.repository, pull.number, pull.head_sha) if login != pull.author
        ],
        "wanted": approvals_wanted(world, visit.repository, pull.base_branch),
        "may_merge": visit.role in {"write", "admin"},
        "may_close": visit.role in {"write", "admin"} or visit.login == pull.author,
        "participants": tuple(
            dict.fromkeys(
                (
                    pull.author,
                    *(happening.item.author for happening in happenings if happening.kind in {"comment", "review"}),
                )
            )
        ),
    }
    return _page(visit, "conversation", values)


def _happenings(visit: Visit, pull: Pull) -> list[Happening]:
    store = visit.world.store
    found = [
        Happening("comment", item.created_at, item) for item in store.find(Comment, pull.repository, number=pull.number)
    ]
    found += [
        Happening("review", item.submitted_at, item) for item in store.find(Review, pull.repository, number=pull.number)
    ]
    if pull.merged:
        found.append(Happening("merged", pull.merged_at, pull))
    elif pull.state == "closed":
        found.append(Happening("closed", pull.closed_at, pull))
    return sorted(found, key=lambda happening: happening.at)


def _last_bot_comment(visit: Visit, happenings: list[Happening]) -> int:
    """The comment that reports are shown under: the newest one that a program wrote; 0 when there is none."""
    for happening in reversed(happenings):
        if happening.kind == "comment" and visit.world.user(happening.item.author).kind == "Bot":
            return int(happening.item.id)
    return 0


def _reviewers(visit: Visit, pull: Pull) -> dict[str, str]:
    """Who was asked or reviewed, and how their last review stands."""
    found = dict.fromkeys(pull.reviewers, "asked")
    for review in visit.world.store.find(Review, pull.repository, number=pull.number):
        if review.state != "COMMENTED" or review.author not in found:
            stale = review.state == "APPROVED" and review.sha != pull.head_sha
            found[review.author] = "stale" if stale else review.state
    return found


@get(_PULL + "/commits")
def commits(visit: Visit) -> Page:
    """The commits."""
    repository = visit.repository
    states = {item.sha: total(checks_of(visit.world, repository, item.sha)) for item in commits_of(visit, visit.pull)}
    return _page(visit, "commits", {"states": states})


@get(_PULL + "/checks")
def checks(visit: Visit) -> Page:
    """The runs and checks of the head."""
    return _page(visit, "checks", {})


@get(_PULL + "/files")
def files(visit: Visit) -> Page:
    """What changes, file by file."""
    page = _page(visit, "files", {})
    return Page(page.template, {**page.values, "files": diffs(page.values["changes"])})


@get(_PULL + "/report/{artifact}/{rest:path}")
def report(visit: Visit) -> Send:
    """A rendered report, which runs nothing and loads nothing."""
    found = reports.page(visit.world, visit.pull.repository, visit.number("artifact"), visit.params["rest"])
    if found is None:
        raise missing()
    return Send(found, "text/html; charset=utf-8", policy=REPORT_POLICY)


@get(_REPO + "/pulls/new")
def new(visit: Visit) -> Page:
    """The form that opens a pull request from a branch of this repository or of a fork."""
    world, repository = visit.world, visit.repository
    heads = []
    for source in (repository, *world.store.find(Repository, fork_of=repository.full_name)):
        if world.role(visit.login, source) != "none":
            names = world.bare(source).refs("refs/heads/")
            heads += [f"{source.full_name}:{name.removeprefix('refs/heads/')}" for name in names]
    own = f"{repository.full_name}:{repository.default_branch}"
    bases = [name.removeprefix("refs/heads/") for name in visit.bare.refs("refs/heads/")]
    values = {"heads": [head for head in heads if head != own], "bases": bases, "users": world.store.find(User)}
    return Page(
        "pull_new.html",
        {"title": "Open a pull request", "tab": "pulls", "chosen": visit.query.get("head", ""), **values},
    )
