"""The workflow files of a repository's default branch, and whether each is switched on."""

from __future__ import annotations

import re
from dataclasses import replace

from wardround.sandbox.model import Repository, Workflow
from wardround.sandbox.world import World

_FOLDER = ".github/workflows"


def workflows_of(world: World, repository: Repository) -> tuple[Workflow, ...]:
    """The workflows on the default branch, in the order of their files; each gets a record when it is first seen."""
    bare = world.bare(repository)
    tip = bare.branch(repository.default_branch)
    if tip is None:
        return ()
    found = []
    for entry in bare.entries(f"{tip}:{_FOLDER}"):
        if entry.kind != "blob" or not entry.path.endswith((".yml", ".yaml")):
            continue
        path = f"{_FOLDER}/{entry.path}"
        name = _name((bare.blob(entry.sha) or b"").decode("utf-8", "replace")) or path
        with world.store.transaction():
            kept = world.store.get(Workflow, repository.full_name, path)
            if kept is None:
                now = world.clock.stamp()
                kept = Workflow(world.store.next_id(), repository.full_name, path, name, "active", now, now)
                world.store.put(kept)
            elif kept.name != name:
                kept = world.store.put(replace(kept, name=name, updated_at=world.clock.stamp()))
        found.append(kept)
    return tuple(found)


def change_state(world: World, workflow: Workflow, state: str) -> Workflow:
    """Switches a workflow on (``active``) or off."""
    return world.store.put(replace(workflow, state=state, updated_at=world.clock.stamp()))


def _name(text: str) -> str:
    """The top-level ``name:``; a workflow is not parsed here, so that a broken file still has a record."""
    match = re.search(r"(?m)^name:[ \t]*(.+?)[ \t]*(?:\s#.*)?$", text)
    return match[1].strip("'\"") if match else ""
