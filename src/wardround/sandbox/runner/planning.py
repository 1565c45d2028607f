"""From an event to the runs that it makes: which workflow files, at which commit, described as GitHub would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from wardround.errors import UsageError
from wardround.sandbox.model import Repository, Run, Workflow
from wardround.sandbox.model_more import ActionsSettings, Event
from wardround.sandbox.repositories import Bare
from wardround.sandbox.runner import context, expressions, triggers, workflows
from wardround.sandbox.world import World

#: `workflow_run` starts workflows at most this many times in a row.
CHAIN = 3
#: What a pull request made with a run's token starts waits for a person; other types start nothing.
_ASKED = frozenset(("opened", "synchronize", "reopened"))


@dataclass(frozen=True)
class Source:
    """A workflow file at a commit; ``broken`` is why it cannot be read."""

    path: str
    commit: str
    workflow: workflows.Workflow | None
    broken: UsageError | None = None


def source(world: World, repository: Repository, commit: str, path: str) -> Source:
    """The workflow file ``path`` at ``commit``."""
    for found in sources(world, repository, commit) if commit else ():
        if found.path == path:
            return found
    gone = UsageError("a workflow file is not there", where=path, found=commit, next="commit it")
    return Source(path, commit, None, gone)


def sources(world: World, repository: Repository, commit: str) -> tuple[Source, ...]:
    """All workflow files at ``commit``."""
    return _sources(world.bare(repository), commit)


@lru_cache(maxsize=256)
def _sources(bare: Bare, commit: str) -> tuple[Source, ...]:
    """What a commit holds never changes, so it is read once."""
    made = []
    for entry in sorted(bare.entries(f"{commit}:{workflows.DIRECTORY}"), key=lambda entry: entry.path):
        if entry.kind != "blob" or not entry.path.endswith((".yml", ".yaml")):
            continue
        path = f"{workflows.DIRECTORY}/{entry.path}"
        try:
            read = workflows.read(path, (bare.blob(entry.sha) or b"").decode("utf-8", "replace"))
            made.append(Source(path, commit, read))
        except UsageError as error:
            made.append(Source(path, commit, None, error))
    return tuple(made)


def commit_of(event: Event) -> str | None:
    """The commit that the workflow files of ``event`` are taken from, which is GITHUB_SHA too; None when there is none.

    That of a pull request is its test merge; that of a finished run or a schedule the default branch's tip at that time.
    """
    return event.sha if event.sha.strip("0") else None


def plan(world: World, event: Event) -> tuple[Run, ...]:
    """The runs that ``event`` starts, not stored yet. Those of a held event are completed as action_required."""
    repository = world.repository(event.repository)
    settings = world.store.get(ActionsSettings, event.repository, "settings")
    if repository is None or (settings is not None and not settings.enabled):
        return ()
    held = event.state == "held"
    if held and event.action not in _ASKED:
        return ()
    if event.name == "workflow_run" and depth(world, int(event.payload["workflow_run"]["id"]), repository) >= CHAIN:
        return ()
    commit = commit_of(event)
    if commit is None:
        return ()
    trigger = _trigger(world, repository, event)
    made = []
    for found in sources(world, repository, commit):
        if found.workflow is None:
            starts = event.name == "push" and not trigger.tag
        else:
            starts = _active(world, repository, found) and triggers.starts(found.workflow, trigger)
        if starts:
            run = _run(world, repository, event, found)
            made.append(replace(run, status="completed", conclusion="action_required") if held else run)
    return tuple(made)


def depth(world: World, run_id: int, repository: Repository) -> int:
    """How many `workflow_run` events led to this run."""
    count, run = 0, world.store.get(Run, repository.full_name, run_id)
    while run is not None and run.event == "workflow_run" and count < CHAIN:
        count += 1
        event = world.store.get(Event, repository.full_name, run.event_id)
        before = event.payload["workflow_run"]["id"] if event is not None else 0
        run = world.store.get(Run, repository.full_name, before)
    return count


def _active(world: World, repository: Repository, found: Source) -> bool:
    known = world.store.get(Workflow, repository.full_name, found.path)
    return known is None or known.state == "active"


def _trigger(world: World, repository: Repository, event: Event) -> triggers.Trigger:
    branch, tag = "", ""
    if event.ref.startswith("refs/heads/"):
        branch = event.ref.removeprefix("refs/heads/")
    elif event.ref.startswith("refs/tags/"):
        tag = event.ref.removeprefix("refs/tags/")
    given: dict[str, Any] = {}
    if event.name in triggers.OF_PULLS:
        branch = str(event.payload["pull_request"]["base"]["ref"])
    elif event.name == "workflow_run":
        finished = event.payload["workflow_run"]
        branch = str(finished["head_branch"])
        given["workflow"] = str(finished["name"])
    elif event.name == "merge_group":
        branch = str(event.payload.get("merge_group", {}).get("base_ref", "")).removeprefix("refs/heads/") or branch
    elif event.name == "schedule":
        given["cron"] = str(event.payload["schedule"])
    if event.name in ("schedule", "workflow_dispatch"):
        given["path"] = str(event.payload.get("workflow", ""))
    changed = partial(_changed, world, repository, event)
    return triggers.Trigger(event.name, event.action, branch, tag, changed=changed, **given)


def _changed(world: World, repository: Repository, event: Event) -> Sequence[str] | None:
    """The paths that the event changes; None when nothing tells."""
    bare = world.bare(repository)
    if event.name in triggers.OF_PULLS:
        pull = event.payload["pull_request"]
        head, base = str(pull["head"]["sha"]), str(pull["base"]["sha"])
        before = bare.merge_base(base, head)
    else:
        head, before = event.sha, bare.resolve(str(event.payload.get("before", "")))
    if before is None:
        return None
    return [name for change in bare.diff(before, head) for name in (change.path, change.previous) if name]


def _run(world: World, repository: Repository, event: Event, found: Source) -> Run:
    store, now = world.store, world.clock.stamp()
    head_sha, branch, head_repository = event.sha, event.ref, repository.full_name
    pulls: tuple[int, ...] = ()
    for prefix in ("refs/heads/", "refs/tags/"):
        branch = branch.removeprefix(prefix)
    title = found.workflow.name if found.workflow else found.path
    if event.name in triggers.OF_PULLS:
        pull = event.payload["pull_request"]
        head_sha, branch, title = str(pull["head"]["sha"]), str(pull["head"]["ref"]), str(pull.get("title", ""))
        head_repository = str((pull["head"].get("repo") or {}).get("full_name", ""))
        pulls = (int(pull["number"]),) if head_repository == repository.full_name else ()
    elif event.name == "push":
        title = str((event.payload.get("head_commit") or {}).get("message") or title).split("\n")[0]
    elif event.name in triggers.FROM_DEFAULT:
        head_sha, branch = found.commit, repository.default_branch
    run = Run(
        store.next_id(),
        repository.full_name,
        store.next_run_number(repository.full_name, found.path),
        found.path,
        found.workflow.name if found.workflow else found.path,
        event.name,
        head_sha,
        branch,
        head_repository,
        event.actor,
        title=title,
        pulls=pulls,
        event_id=event.id,
        created_at=now,
        updated_at=now,
    )
    written = found.workflow.document.get("run-name") if found.workflow else None
    if written is None:
        return run
    try:
        return replace(run, title=expressions.fill(str(written), context.expressions(world, run, event)))
    except UsageError:
        return replace(run, title=str(written))
