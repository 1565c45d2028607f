"""Calls about users, repositories and labels."""

from __future__ import annotations

from dataclasses import replace

from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_repository import (
    full_repository,
    label_shape,
    private_user,
    public_user,
    simple_user,
)
from wardround.sandbox.editing import Edit, edit
from wardround.sandbox.model import Issue, Label, Pull, User
from wardround.sandbox.refusal import Refusal, forbidden, invalid, missing
from wardround.sandbox.world import NewRepository


@route("GET", "/user")
def own_user(call: Call) -> Answer:
    """Who the token is. A run's or App's token is nobody, as on GitHub."""
    if call.token.kind != "user":
        raise forbidden()
    return Answer(200, private_user(call.view, call.world.user(call.login)))


@route("GET", "/users/{username}")
def one_user(call: Call) -> Answer:
    """A user."""
    user = call.world.store.get(User, "", call.params["username"])
    if user is None:
        raise missing()
    return Answer(200, public_user(call.view, user))


@route("GET", "/rate_limit")
def rate_limit(call: Call) -> Answer:
    """A limit that is never reached."""
    limit = {"limit": 5000, "remaining": 4999, "reset": int(call.world.clock.now().timestamp()) + 3600, "used": 1}
    return Answer(200, {"resources": {"core": limit, "search": limit, "graphql": limit}, "rate": limit})


@route("POST", "/user/repos")
def create_repository(call: Call) -> Answer:
    """A new, empty repository of the asker."""
    if call.token.kind != "user":
        raise forbidden()
    full_name = f"{call.login}/{call.body['name']}"
    if call.world.repository(full_name) is not None:
        raise invalid("Repository", "name", "custom", "name already exists on this account")
    wanted = NewRepository(
        full_name, private=bool(call.body.get("private")), description=call.body.get("description") or ""
    )
    return Answer(201, full_repository(call.view, call.world.create_repository(wanted), call.login))


@route("GET", "/repos/{owner}/{repo}")
def one_repository(call: Call) -> Answer:
    """A repository."""
    return Answer(200, full_repository(call.view, call.repository, call.login))


@route("POST", "/repos/{owner}/{repo}/forks")
def fork(call: Call) -> Answer:
    """A fork that belongs to the asker."""
    if call.token.kind != "user":
        raise forbidden()
    if call.login == call.repository.owner:
        raise Refusal(403, "A repository cannot be forked by its owner.")
    return Answer(202, full_repository(call.view, call.world.fork(call.name, call.login), call.login))


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
def permission(call: Call) -> Answer:
    """What a user may do here."""
    login = call.params["username"]
    if call.world.store.get(User, "", login) is None:
        raise missing()
    role = call.world.role(login, call.repository)
    rights = {name: role in allowed for name, allowed in _RIGHTS.items()}
    user = {**simple_user(call.view, login), "permissions": rights, "role_name": role}
    return Answer(200, {"permission": role, "role_name": role, "user": user})


_RIGHTS = {
    "pull": {"read", "write", "admin"},
    "triage": {"write", "admin"},
    "push": {"write", "admin"},
    "maintain": {"admin"},
    "admin": {"admin"},
}


def every_item(call: Call) -> list[Issue | Pull]:
    """The issues and pull requests of the repository."""
    return [*call.world.store.find(Issue, call.name), *call.world.store.find(Pull, call.name)]


def label_of(call: Call) -> Label:
    """The label of the path."""
    label = call.world.store.get(Label, call.name, call.params["name"])
    if label is None:
        raise missing()
    return label


@route("GET", "/repos/{owner}/{repo}/labels")
def labels(call: Call) -> Answer:
    """All labels."""
    return listed(call, call.world.store.find(Label, call.name), lambda item: label_shape(call.view, item))


@route("POST", "/repos/{owner}/{repo}/labels")
def create_label(call: Call) -> Answer:
    """A new label."""
    store, name = call.world.store, call.body["name"]
    with store.transaction():
        if store.get(Label, call.name, name) is not None:
            raise invalid("Label", "name", "already_exists")
        color = str(call.body.get("color") or "ededed").lower()
        label = store.put(Label(store.next_id(), call.name, name, color, call.body.get("description") or ""))
    return Answer(201, label_shape(call.view, label))


@route("GET", "/repos/{owner}/{repo}/labels/{name}")
def one_label(call: Call) -> Answer:
    """A label."""
    return Answer(200, label_shape(call.view, label_of(call)))


@route("PATCH", "/repos/{owner}/{repo}/labels/{name}")
def edit_label(call: Call) -> Answer:
    """Another name, colour or description; issues that carry the label follow."""
    store, old = call.world.store, label_of(call)
    label = replace(
        old,
        name=call.body.get("new_name", old.name),
        color=call.body.get("color", old.color),
        description=call.body.get("description", old.description) or "",
    )
    with store.transaction():
        store.remove(old)
        store.put(label)
        for item in every_item(call):
            if old.name in item.labels and label.name != old.name:
                store.put(replace(item, labels=tuple(label.name if name == old.name else name for name in item.labels)))
    return Answer(200, label_shape(call.view, label))


@route("DELETE", "/repos/{owner}/{repo}/labels/{name}")
def delete_label(call: Call) -> Answer:
    """Removes a label everywhere."""
    store, label = call.world.store, label_of(call)
    for item in every_item(call):
        if label.name in item.labels:
            edit(call.world, item, call.actor, Edit(labels=tuple(name for name in item.labels if name != label.name)))
    store.remove(label)
    return Answer(204)
