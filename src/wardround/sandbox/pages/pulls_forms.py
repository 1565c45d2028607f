"""What the buttons of a pull request or issue do."""

from __future__ import annotations

from dataclasses import replace

from wardround.sandbox import events
from wardround.sandbox.api.issues import LONGEST
from wardround.sandbox.merging import Merge, blockers, merge
from wardround.sandbox.model import Comment, Issue, Pull, Review
from wardround.sandbox.operations import NewPull, open_pull, set_state
from wardround.sandbox.pages.answers import Go, post
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import Refusal

_REPO = "/{owner}/{repo}"
_PULL = _REPO + "/pull/{number}"
_REVIEWS = {"approve": "APPROVED", "request_changes": "CHANGES_REQUESTED", "comment": "COMMENTED"}


def _text(visit: Visit, name: str, *, needed: bool = False) -> str:
    text = visit.form.get(name, "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Refusal(422, f"The text is too long: at most {LONGEST:,} characters.")
    if needed and not text.strip():
        raise Refusal(422, f"Write something first: the {name} is empty.")
    return text


def _back(visit: Visit) -> Go:
    return Go(f"/{visit.name}/pull/{visit.pull.number}")


@post(_PULL + "/merge")
def merge_pull(visit: Visit) -> Go:
    """Merges; everything that is missing is told at once."""
    visit.need("write", "merge here")
    reasons = blockers(visit.world, visit.pull)
    if reasons:
        raise Refusal(405, "This pull request cannot be merged now.", [{"message": reason} for reason in reasons])
    how = Merge(sha=visit.form.get("sha", ""), method=visit.form.get("method", "merge"))
    merge(visit.world, visit.pull, visit.actor, how)
    return _back(visit)


@post(_PULL + "/review")
def review(visit: Visit) -> Go:
    """Approves, asks for changes, or comments, on the head that the page showed."""
    pull, store = visit.pull, visit.world.store
    kind = _REVIEWS.get(visit.form.get("event", ""))
    if kind is None:
        raise Refusal(422, "Choose what kind of review this is.")
    if kind != "COMMENTED" and visit.login == pull.author:
        raise Refusal(422, "Nobody approves their own pull request. Act for somebody else at the top of the page.")
    if visit.form.get("sha") != pull.head_sha:
        raise Refusal(409, "New commits were pushed since the page was made. Look at them, and review again.")
    body = _text(visit, "body", needed=kind != "APPROVED")
    now = visit.world.clock.stamp()
    given = Review(store.next_id(), pull.repository, pull.number, visit.login, kind, pull.head_sha, body, now)
    store.put(given)
    events.review(visit.world, pull, visit.actor, given)
    return _back(visit)


@post(_PULL + "/state")
def state(visit: Visit) -> Go:
    """Closes or reopens."""
    pull, wanted = visit.pull, visit.form.get("state", "")
    if visit.login != pull.author:
        visit.need("write", "close or reopen what others opened")
    if wanted not in {"open", "closed"}:
        raise Refusal(422, "A pull request is open or closed.")
    set_state(visit.world, pull, visit.actor, wanted)
    return _back(visit)


@post(_PULL + "/comment")
def comment(visit: Visit) -> Go:
    """A comment on a pull request."""
    _comment(visit, visit.pull)
    return _back(visit)


def _comment(visit: Visit, item: Pull | Issue) -> None:
    body, store, now = _text(visit, "body", needed=True), visit.world.store, visit.world.clock.stamp()
    store.put(Comment(store.next_id(), item.repository, item.number, visit.login, body, "", now, now))


@post(_REPO + "/pulls/new")
def new(visit: Visit) -> Go:
    """Opens a pull request."""
    source, _, branch = visit.form.get("head", "").partition(":")
    if source == visit.repository.full_name:
        visit.need("write", "open a pull request from a branch of this repository")
    wanted = NewPull(
        repository=visit.repository.full_name,
        title=_text(visit, "title").strip() or branch,
        head_repository=source,
        head_branch=branch,
        base_branch=visit.form.get("base", ""),
        body=_text(visit, "body"),
    )
    made = open_pull(visit.world, wanted, visit.actor)
    return Go(f"/{made.repository}/pull/{made.number}")


@post(_REPO + "/issues/new")
def new_issue(visit: Visit) -> Go:
    """Opens an issue."""
    store, now, name = visit.world.store, visit.world.clock.stamp(), visit.repository.full_name
    title, body = _text(visit, "title", needed=True).strip(), _text(visit, "body")
    with store.transaction():
        made = Issue(
            store.next_id(), name, store.next_number(name), title, visit.login, body, created_at=now, updated_at=now
        )
        store.put(made)
    return Go(f"/{name}/issues/{made.number}")


@post(_REPO + "/issues/{number}/comment")
def comment_on_issue(visit: Visit) -> Go:
    """A comment on an issue."""
    _comment(visit, visit.issue)
    return Go(f"/{visit.name}/issues/{visit.issue.number}")


@post(_REPO + "/issues/{number}/state")
def state_of_issue(visit: Visit) -> Go:
    """Closes or reopens an issue."""
    issue, wanted, now = visit.issue, visit.form.get("state", ""), visit.world.clock.stamp()
    if visit.login != issue.author:
        visit.need("write", "close or reopen what others opened")
    if wanted not in {"open", "closed"}:
        raise Refusal(422, "An issue is open or closed.")
    visit.world.store.put(replace(issue, state=wanted, closed_at=now if wanted == "closed" else "", updated_at=now))
    return Go(f"/{visit.name}/issues/{issue.number}")
