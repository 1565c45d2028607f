"""Changes of an issue or pull request that leave its head and state as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from wardround.sandbox import events
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Issue, Pull
from wardround.sandbox.operations import with_merge
from wardround.sandbox.refusal import invalid
from wardround.sandbox.world import World


@dataclass(frozen=True)
class Edit:
    """Changes of an issue or pull request; None leaves as it is."""

    title: str | None = None
    body: str | None = None
    base: str | None = None
    labels: tuple[str, ...] | None = None


def edit(world: World, item: Pull | Issue, actor: Actor, change: Edit) -> Pull | Issue:
    """Changes title, body, labels or (pull requests only) the base branch, and tells what changed."""
    with world.lock(item.repository), world.store.transaction():
        before = item
        item = replace(
            item,
            title=item.title if change.title is None else change.title,
            body=item.body if change.body is None else change.body,
            labels=item.labels if change.labels is None else tuple(dict.fromkeys(change.labels)),
        )
        if isinstance(item, Pull) and change.base is not None and change.base != item.base_branch:
            base_sha = world.bare(item.repository).branch(change.base)
            if base_sha is None or item.state != "open":
                raise invalid("PullRequest", "base", "invalid")
            item = with_merge(world, replace(item, base_branch=change.base, base_sha=base_sha))
        if item == before:
            return item
        item = world.store.put(replace(item, updated_at=world.clock.stamp()))
        if isinstance(item, Pull) and isinstance(before, Pull):
            _tell_edit(world, before, item, actor)
        return item


def _tell_edit(world: World, before: Pull, item: Pull, actor: Actor) -> None:
    if (before.title, before.body, before.base_branch) != (item.title, item.body, item.base_branch):
        changes: dict[str, Any] = {
            name: {"from": old}
            for name, old, new in (("title", before.title, item.title), ("body", before.body, item.body))
            if old != new
        }
        if before.base_branch != item.base_branch:
            changes["base"] = {"ref": {"from": before.base_branch}, "sha": {"from": before.base_sha}}
        events.pull_request(world, item, actor, "edited", changes=changes)
    for name in item.labels:
        if name not in before.labels:
            events.pull_request(world, item, actor, "labeled", label={"name": name})
    for name in before.labels:
        if name not in item.labels:
            events.pull_request(world, item, actor, "unlabeled", label={"name": name})
