"""What happens in the sandbox, as GitHub's webhooks tell it, put in the store's queue for the runner.

A run's own token starts no other run, as on GitHub: its pushes publish nothing, and its pull requests publish an event
that is *held* until a person approves it (``approve``). ``workflow_run`` events are always published.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from wardround.sandbox.api.shapes_git import who_shape
from wardround.sandbox.api.shapes_pull import pull_shape, review_shape
from wardround.sandbox.api.shapes_repository import full_repository, simple_user
from wardround.sandbox.api.shapes_run import run_shape, workflow_shape
from wardround.sandbox.api.view import View
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.model import Pull, Repository, Review, Run, Workflow
from wardround.sandbox.model_more import Event
from wardround.sandbox.world import World


@dataclass(frozen=True)
class Actor:
    """Who did something. ``run`` says that it was done with the token of a workflow's run."""

    login: str
    run: bool = False
    integration: bool = False


@dataclass(frozen=True)
class Happened:
    """An event to be published; the common parts of its payload are added."""

    name: str
    repository: Repository
    actor: str
    sha: str
    ref: str
    payload: dict[str, Any] = field(default_factory=dict)
    action: str = ""
    held: bool = False


@dataclass(frozen=True)
class Move:
    """A ref that went from one object to another; forty zeros stand for none."""

    ref: str
    before: str
    after: str


@dataclass(frozen=True)
class Start:
    """A workflow to be started by hand, on a full ref, with its inputs."""

    workflow: Workflow
    ref: str
    inputs: dict[str, str] = field(default_factory=dict)


def publish(world: World, happened: Happened) -> Event:
    """Records an event and puts it in the queue."""
    view = View(world, world.url)
    payload = {
        **({"action": happened.action} if happened.action else {}),
        **happened.payload,
        "repository": full_repository(view, happened.repository, happened.actor),
        "sender": simple_user(view, happened.actor),
    }
    return world.store.publish(
        Event(
            id=world.store.next_id(),
            repository=happened.repository.full_name,
            name=happened.name,
            action=happened.action,
            actor=happened.actor,
            sha=happened.sha,
            ref=happened.ref,
            payload=payload,
            state="held" if happened.held else "pending",
            created_at=world.clock.stamp(),
        )
    )


def approve(world: World, event: Event) -> Event:
    """Lets the workflows of a held event start: the button *Approve workflows to run*."""
    return world.store.publish(replace(event, state="pending")) if event.state == "held" else event


def push(world: World, repository: Repository, actor: Actor, move: Move) -> Event | None:
    """A branch or tag moved, was made or was deleted."""
    ref, before, after = move.ref, move.before, move.after
    if actor.run:
        return None
    view = View(world, world.url)
    bare = world.bare(repository)
    commits = () if ZERO in {before, after} else bare.log(after, exclude=before, limit=20)
    head = None if after == ZERO else bare.commit(after)
    listed = [
        {
            "id": commit.sha,
            "tree_id": commit.tree,
            "distinct": True,
            "message": commit.message,
            "timestamp": commit.author.date,
            "url": view.html(repository.full_name, "commit", commit.sha),
            "author": who_shape(commit.author),
            "committer": who_shape(commit.committer),
        }
        for commit in (*reversed(commits), *([head] if head is not None else []))
    ]
    payload = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == ZERO,
        "deleted": after == ZERO,
        "forced": ZERO not in {before, after} and not bare.is_ancestor(before, after),
        "base_ref": None,
        "compare": view.html(repository.full_name, "compare", f"{before[:12]}...{after[:12]}"),
        "commits": listed[:-1] if commits else [],
        "head_commit": listed[-1] if head is not None else None,
        "pusher": {"name": actor.login, "email": None},
    }
    return publish(world, Happened("push", repository, actor.login, after, ref, payload))


def pull_request(world: World, pull: Pull, actor: Actor, action: str, **more: Any) -> Event:
    """A pull request was opened, reopened, closed, edited, labeled, or its head moved (synchronize)."""
    repository = world.repository(pull.repository)
    assert repository is not None
    view = View(world, world.url)
    payload = {"number": pull.number, "pull_request": pull_shape(view, pull), **more}
    merged = action == "closed" and pull.merged
    ref = f"refs/heads/{pull.base_branch}" if merged else f"refs/pull/{pull.number}/merge"
    happened = Happened("pull_request", repository, actor.login, pull.merge_sha, ref, payload, action, held=actor.run)
    return publish(world, happened)


def review(world: World, pull: Pull, actor: Actor, given: Review) -> Event | None:
    """Somebody reviewed a pull request. A run's own token starts nothing by it."""
    repository = world.repository(pull.repository)
    assert repository is not None
    if actor.run:
        return None
    view = View(world, world.url)
    payload = {"pull_request": pull_shape(view, pull), "review": review_shape(view, given)}
    ref = f"refs/pull/{pull.number}/merge"
    happened = Happened("pull_request_review", repository, actor.login, pull.merge_sha, ref, payload, "submitted")
    return publish(world, happened)


def workflow_run(world: World, run: Run, action: str = "completed") -> Event:
    """A run was requested, started or ended. The workflow that listens is the default branch's, at its tip."""
    repository = world.repository(run.repository)
    assert repository is not None
    view = View(world, world.url)
    workflow = world.store.get(Workflow, run.repository, run.path) or Workflow(0, run.repository, run.path, run.name)
    tip = world.bare(repository).branch(repository.default_branch) or ZERO
    payload = {"workflow_run": run_shape(view, run), "workflow": workflow_shape(view, workflow)}
    ref = f"refs/heads/{repository.default_branch}"
    return publish(world, Happened("workflow_run", repository, run.actor, tip, ref, payload, action))


def workflow_dispatch(world: World, repository: Repository, actor: Actor, start: Start) -> Event:
    """Somebody started a workflow by hand; a run's token may do this too."""
    sha = world.bare(repository).resolve(start.ref) or ZERO
    payload = {"inputs": start.inputs, "ref": start.ref, "workflow": start.workflow.path}
    return publish(world, Happened("workflow_dispatch", repository, actor.login, sha, start.ref, payload))


def schedule(world: World, repository: Repository, cron: str, path: str) -> Event:
    """The clock reached a time that the cron line ``cron`` of the workflow ``path`` names."""
    sha = world.bare(repository).branch(repository.default_branch) or ZERO
    ref = f"refs/heads/{repository.default_branch}"
    payload = {"schedule": cron, "workflow": path}
    return publish(world, Happened("schedule", repository, repository.owner, sha, ref, payload))


def merge_group(world: World, pull: Pull, move: Move) -> Event:
    """A pull request entered the merge queue: ``move.ref`` is the branch with the merge that is to be checked."""
    repository = world.repository(pull.repository)
    assert repository is not None
    group = {
        "head_sha": move.after,
        "head_ref": move.ref,
        "base_sha": move.before,
        "base_ref": f"refs/heads/{pull.base_branch}",
    }
    payload = {"merge_group": group}
    happened = Happened("merge_group", repository, pull.author, move.after, move.ref, payload, "checks_requested")
    return publish(world, happened)
