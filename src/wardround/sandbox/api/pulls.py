"""Calls about pull requests: open, change, merge, review."""

from __future__ import annotations

from dataclasses import replace

from wardround.sandbox import events
from wardround.sandbox.api.issues import body_of
from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_git import change_shape, commit_shape
from wardround.sandbox.api.shapes_pull import pull_shape, review_shape, simple_pull
from wardround.sandbox.api.shapes_repository import simple_user
from wardround.sandbox.editing import Edit, edit
from wardround.sandbox.gitread import FileChange
from wardround.sandbox.merging import Merge, merge
from wardround.sandbox.model import Pull, Review, User
from wardround.sandbox.operations import NewPull, fresh, open_pull, set_state
from wardround.sandbox.refusal import Refusal, invalid, missing

_REPO = "/repos/{owner}/{repo}"
_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def pull_of(call: Call) -> Pull:
    """The pull request of the path."""
    pull = call.world.store.get(Pull, call.name, call.number("pull_number"))
    if pull is None:
        raise missing()
    return pull


@route("GET", _REPO + "/pulls")
def pulls(call: Call) -> Answer:
    """Pull requests, newest first; ``head`` is ``owner:branch``."""
    query = call.query
    state, base, head = query.get("state", "open"), query.get("base"), query.get("head", "")
    owner, _, branch = head.partition(":")
    found = [
        pull
        for pull in call.world.store.find(Pull, call.name)
        if state in {"all", pull.state}
        and base in {None, pull.base_branch}
        and (not branch or (pull.head_branch == branch and pull.head_repository.startswith(f"{owner}/")))
    ]
    key = "updated_at" if query.get("sort") == "updated" else "number"
    found.sort(key=lambda pull: (getattr(pull, key), pull.number), reverse=query.get("direction", "desc") == "desc")
    return listed(call, found, lambda item: simple_pull(call.view, item))


@route("POST", _REPO + "/pulls")
def create_pull(call: Call) -> Answer:
    """A new pull request; from a fork, ``head`` is ``owner:branch``."""
    owner, _, branch = call.body["head"].rpartition(":")
    source = f"{owner}/{call.repository.name}" if owner else call.name
    head = call.body.get("head_repo") or source
    from_here = head == call.name
    if from_here and not call.writes():
        raise Refusal(403, "Must have write access to the repository to open a pull request from a branch of it.")
    new = NewPull(
        repository=call.name,
        title=call.body.get("title") or branch,
        head_repository=head,
        head_branch=branch,
        base_branch=call.body["base"],
        body=body_of(call, "PullRequest"),
        draft=bool(call.body.get("draft")),
    )
    return Answer(201, pull_shape(call.view, open_pull(call.world, new, call.actor)))


@route("GET", _REPO + "/pulls/{pull_number}")
def one_pull(call: Call) -> Answer:
    """A pull request."""
    return Answer(200, pull_shape(call.view, fresh(call.world, pull_of(call))))


@route("PATCH", _REPO + "/pulls/{pull_number}")
def edit_pull(call: Call) -> Answer:
    """Another title, body, base or state."""
    pull = pull_of(call)
    if not call.writes() and call.login != pull.author:
        raise Refusal(403, "Must have admin rights to Repository.")
    body = body_of(call, "PullRequest") if "body" in call.body else None
    changed = edit(call.world, pull, call.actor, Edit(call.body.get("title"), body, call.body.get("base")))
    assert isinstance(changed, Pull)
    if call.body.get("state"):
        changed = set_state(call.world, changed, call.actor, call.body["state"])
    return Answer(200, pull_shape(call.view, changed))


def _changes(call: Call, pull: Pull) -> tuple[FileChange, ...]:
    bare = call.bare
    base = bare.merge_base(pull.base_sha, pull.head_sha)
    return bare.diff(base or pull.base_sha, pull.head_sha)


@route("GET", _REPO + "/pulls/{pull_number}/files")
def files(call: Call) -> Answer:
    """What the pull request changes; at most 3000 files, as on GitHub."""
    pull = pull_of(call)
    found = _changes(call, pull)[:3000]
    return listed(call, found, lambda item: change_shape(call.view, call.name, pull.head_sha, item))


@route("GET", _REPO + "/pulls/{pull_number}/commits")
def commits(call: Call) -> Answer:
    """The commits of the pull request, oldest first; at most 250, as on GitHub."""
    pull = pull_of(call)
    found = call.bare.log(pull.head_sha, exclude=pull.base_sha)[::-1]
    return listed(call, found, lambda item: commit_shape(call.view, call.name, item))


@route("GET", _REPO + "/pulls/{pull_number}/merge")
def merged(call: Call) -> Answer:
    """Whether it was merged: 204 or 404."""
    if not pull_of(call).merged:
        raise missing()
    return Answer(204)


@route("PUT", _REPO + "/pulls/{pull_number}/merge")
def merge_pull(call: Call) -> Answer:
    """Merges the pull request."""
    body = call.body or {}
    how = Merge(
        sha=body.get("sha") or "",
        method=body.get("merge_method") or "merge",
        title=body.get("commit_title") or "",
        message=body.get("commit_message") or "",
    )
    done = merge(call.world, pull_of(call), call.actor, how)
    return Answer(200, {"sha": done.merge_sha, "merged": True, "message": "Pull Request successfully merged"})


@route("GET", _REPO + "/pulls/{pull_number}/reviews")
def reviews(call: Call) -> Answer:
    """The reviews, oldest first."""
    found = call.world.store.find(Review, call.name, number=pull_of(call).number)
    return listed(call, found, lambda item: review_shape(call.view, item))


@route("POST", _REPO + "/pulls/{pull_number}/reviews")
def create_review(call: Call) -> Answer:
    """A new review. Nobody approves their own pull request; a run's token approves only where settings let it."""
    pull, body, store = pull_of(call), call.body or {}, call.world.store
    event = body.get("event") or "COMMENT"
    if event != "COMMENT" and call.login == pull.author:
        raise Refusal(
            422, "Unprocessable Entity", [{"code": "custom", "message": "Can not approve your own pull request"}]
        )
    if event == "APPROVE" and call.token.kind == "run":
        raise Refusal(
            422,
            "Unprocessable Entity",
            [{"code": "custom", "message": "GitHub Actions is not permitted to approve pull requests."}],
        )
    sha = body.get("commit_id") or pull.head_sha
    if call.bare.kind(sha) != "commit":
        raise invalid("PullRequestReview", "commit_id", "invalid")
    review = Review(
        store.next_id(), call.name, pull.number, call.login, _STATES[event], sha, body.get("body") or "", call.now
    )
    store.put(review)
    events.review(call.world, pull, call.actor, review)
    return Answer(200, review_shape(call.view, review))


@route("GET", _REPO + "/pulls/{pull_number}/requested_reviewers")
def requested(call: Call) -> Answer:
    """Who was asked to review."""
    users = [simple_user(call.view, login) for login in pull_of(call).reviewers]
    return Answer(200, {"users": users, "teams": []})


def _asked(call: Call, pull: Pull, reviewers: tuple[str, ...], status: int) -> Answer:
    for login in reviewers:
        if call.world.store.get(User, "", login) is None:
            raise Refusal(422, f"Reviews may only be requested from collaborators. {login} is not one.")
    changed = call.world.store.put(replace(pull, reviewers=tuple(dict.fromkeys(reviewers)), updated_at=call.now))
    return Answer(status, simple_pull(call.view, changed))


@route("POST", _REPO + "/pulls/{pull_number}/requested_reviewers")
def request_reviewers(call: Call) -> Answer:
    """Asks people to review."""
    pull = pull_of(call)
    return _asked(call, pull, (*pull.reviewers, *call.body.get("reviewers", ())), 201)


@route("DELETE", _REPO + "/pulls/{pull_number}/requested_reviewers")
def unrequest_reviewers(call: Call) -> Answer:
    """Takes a request back."""
    pull, gone = pull_of(call), set(call.body.get("reviewers", ()))
    return _asked(call, pull, tuple(login for login in pull.reviewers if login not in gone), 200)
