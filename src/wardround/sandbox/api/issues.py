"""Calls about issues, their labels and comments; a pull request is an issue too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wardround.sandbox.api.repositories import every_item
from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_pull import comment_shape, commit_comment_shape, issue_shape
from wardround.sandbox.api.shapes_repository import labels_of
from wardround.sandbox.editing import Edit, edit
from wardround.sandbox.model import Comment, Issue, Label, Pull
from wardround.sandbox.operations import set_state
from wardround.sandbox.refusal import Refusal, invalid, missing

_REPO = "/repos/{owner}/{repo}"
#: The longest body of a comment, issue or pull request, in characters.
LONGEST = 65536


def item_of(call: Call) -> Issue | Pull:
    """The issue or pull request of the path."""
    number = call.number("issue_number")
    item = call.world.store.get(Pull, call.name, number) or call.world.store.get(Issue, call.name, number)
    if item is None:
        raise missing()
    return item


def body_of(call: Call, resource: str) -> str:
    """The ``body`` that was sent, refused when it is longer than GitHub takes."""
    text = call.body.get("body") or ""
    if len(text) > LONGEST:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {LONGEST} characters)")
    return str(text)


def ensure_labels(call: Call, wanted: list[Any]) -> tuple[str, ...]:
    """The names that were sent; labels that are not there are made, as GitHub does for writers."""
    names = tuple(item if isinstance(item, str) else item["name"] for item in wanted)
    store = call.world.store
    with store.transaction():
        for name in names:
            if store.get(Label, call.name, name) is None:
                store.put(Label(store.next_id(), call.name, name))
    return names


@route("GET", _REPO + "/issues")
def issues(call: Call) -> Answer:
    """Issues and pull requests, newest first."""
    state = call.query.get("state", "open")
    wanted = [name for name in call.query.get("labels", "").split(",") if name]
    found = [item for item in every_item(call) if state in {"all", item.state} and set(wanted) <= set(item.labels)]
    found.sort(key=lambda item: item.number, reverse=True)
    return listed(call, found, lambda item: issue_shape(call.view, item))


@route("POST", _REPO + "/issues")
def create_issue(call: Call) -> Answer:
    """A new issue."""
    store = call.world.store
    names = ensure_labels(call, call.body.get("labels") or []) if call.writes() else ()
    with store.transaction():
        issue = Issue(
            id=store.next_id(),
            repository=call.name,
            number=store.next_number(call.name),
            title=str(call.body["title"]),
            author=call.login,
            body=body_of(call, "Issue"),
            labels=names,
            created_at=call.now,
            updated_at=call.now,
        )
        store.put(issue)
    return Answer(201, issue_shape(call.view, issue))


@route("GET", _REPO + "/issues/{issue_number}")
def one_issue(call: Call) -> Answer:
    """An issue or pull request."""
    return Answer(200, issue_shape(call.view, item_of(call)))


@route("PATCH", _REPO + "/issues/{issue_number}")
def edit_issue(call: Call) -> Answer:
    """Changes an issue or pull request."""
    item = item_of(call)
    if not call.writes() and call.login != item.author:
        raise Refusal(403, "Must have admin rights to Repository.")
    labels = ensure_labels(call, call.body["labels"]) if "labels" in call.body and call.writes() else None
    body = body_of(call, "Issue") if "body" in call.body else None
    item = edit(call.world, item, call.actor, Edit(call.body.get("title"), body, None, labels))
    state = call.body.get("state")
    if isinstance(item, Pull) and state is not None:
        item = set_state(call.world, item, call.actor, state)
    elif isinstance(item, Issue) and state not in {None, item.state}:
        closed = call.now if state == "closed" else ""
        item = call.world.store.put(replace(item, state=state, closed_at=closed, updated_at=call.now))
    return Answer(200, issue_shape(call.view, item))


def _labelled(call: Call, names: tuple[str, ...]) -> Answer:
    item = edit(call.world, item_of(call), call.actor, Edit(labels=names))
    return Answer(200, labels_of(call.view, call.name, item.labels))


@route("GET", _REPO + "/issues/{issue_number}/labels")
def labels_on(call: Call) -> Answer:
    """The labels of an issue."""
    return listed(call, labels_of(call.view, call.name, item_of(call).labels), lambda item: item)


def _sent(call: Call) -> tuple[str, ...]:
    sent = call.body if isinstance(call.body, list) else (call.body or {}).get("labels", [])
    return ensure_labels(call, sent)


@route("POST", _REPO + "/issues/{issue_number}/labels")
def add_labels(call: Call) -> Answer:
    """Adds labels."""
    return _labelled(call, (*item_of(call).labels, *_sent(call)))


@route("PUT", _REPO + "/issues/{issue_number}/labels")
def set_labels(call: Call) -> Answer:
    """Replaces the labels."""
    return _labelled(call, _sent(call))


@route("DELETE", _REPO + "/issues/{issue_number}/labels")
def clear_labels(call: Call) -> Answer:
    """Removes all labels from an issue."""
    _labelled(call, ())
    return Answer(204)


@route("DELETE", _REPO + "/issues/{issue_number}/labels/{name}")
def remove_label(call: Call) -> Answer:
    """Removes a label from an issue."""
    name, labels = call.params["name"], item_of(call).labels
    if name not in labels:
        raise Refusal(404, "Label does not exist")
    return _labelled(call, tuple(label for label in labels if label != name))


def comment_of(call: Call) -> Comment:
    """The comment of the path."""
    comment = call.world.store.get(Comment, call.name, call.number("comment_id"))
    if comment is None:
        raise missing()
    return comment


def _add(call: Call, number: int, sha: str = "") -> Comment:
    text = body_of(call, "IssueComment")
    if not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    store = call.world.store
    made = Comment(store.next_id(), call.name, number, call.login, text, sha, call.now, call.now)
    return store.put(made)


def _change(call: Call) -> Comment:
    comment = comment_of(call)
    if not call.writes() and call.login != comment.author:
        raise Refusal(403, "Must have admin rights to Repository.")
    return call.world.store.put(replace(comment, body=body_of(call, "IssueComment"), updated_at=call.now))


@route("GET", _REPO + "/issues/{issue_number}/comments")
def comments(call: Call) -> Answer:
    """The comments of an issue, oldest first."""
    found = call.world.store.find(Comment, call.name, number=item_of(call).number)
    return listed(call, found, lambda item: comment_shape(call.view, item))


@route("POST", _REPO + "/issues/{issue_number}/comments")
def add_comment(call: Call) -> Answer:
    """A new comment."""
    return Answer(201, comment_shape(call.view, _add(call, item_of(call).number)))


@route("GET", _REPO + "/issues/comments")
def all_comments(call: Call) -> Answer:
    """The comments of all issues, oldest first."""
    found = [item for item in call.world.store.find(Comment, call.name) if item.number]
    return listed(call, found, lambda item: comment_shape(call.view, item))


@route("GET", _REPO + "/issues/comments/{comment_id}")
def one_comment(call: Call) -> Answer:
    """A comment."""
    return Answer(200, comment_shape(call.view, comment_of(call)))


@route("PATCH", _REPO + "/issues/comments/{comment_id}")
def edit_comment(call: Call) -> Answer:
    """Another body."""
    return Answer(200, comment_shape(call.view, _change(call)))


@route("DELETE", _REPO + "/issues/comments/{comment_id}")
def delete_comment(call: Call) -> Answer:
    """Removes a comment."""
    comment = comment_of(call)
    if not call.writes() and call.login != comment.author:
        raise Refusal(403, "Must have admin rights to Repository.")
    call.world.store.remove(comment)
    return Answer(204)


@route("GET", _REPO + "/commits/{commit_sha}/comments")
def commit_comments(call: Call) -> Answer:
    """The comments of a commit."""
    found = call.world.store.find(Comment, call.name, sha=call.commit("commit_sha"))
    return listed(call, found, lambda item: commit_comment_shape(call.view, item))


@route("POST", _REPO + "/commits/{commit_sha}/comments")
def add_commit_comment(call: Call) -> Answer:
    """A new comment on a commit."""
    return Answer(201, commit_comment_shape(call.view, _add(call, 0, call.commit("commit_sha"))))


@route("GET", _REPO + "/comments/{comment_id}")
def one_commit_comment(call: Call) -> Answer:
    """A comment on a commit."""
    return Answer(200, commit_comment_shape(call.view, comment_of(call)))


@route("PATCH", _REPO + "/comments/{comment_id}")
def edit_commit_comment(call: Call) -> Answer:
    """Another body."""
    return Answer(200, commit_comment_shape(call.view, _change(call)))
