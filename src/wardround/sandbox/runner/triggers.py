"""Whether an event starts a workflow, by the filters that the workflow's `on:` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardround.sandbox.runner import patterns
from wardround.sandbox.runner.workflows import Workflow

#: The types of `pull_request` that start a workflow which names none.
PULL_TYPES = ("opened", "synchronize", "reopened")
#: Events of a pull request: the workflow file is that of the merge with its base, and a fork's run has no secrets.
OF_PULLS = frozenset(("pull_request", "pull_request_review"))
#: Events whose workflow file is the default branch's, whatever happened elsewhere.
FROM_DEFAULT = frozenset(("workflow_run", "schedule"))


@dataclass(frozen=True)
class Trigger:
    """What the filters look at.

    ``branch`` is the base of a pull request, the head branch of a finished run, else the branch pushed to; ``tag`` the tag
    pushed; ``changed`` gives the paths that differ, asked only when a workflow filters by them, or None where nobody can
    tell (a new branch), which lets the workflow run; ``workflow`` is the finished run's workflow; ``cron`` the line that fired.
    """

    event: str
    action: str = ""
    branch: str = ""
    tag: str = ""
    workflow: str = ""
    cron: str = ""
    path: str = ""
    changed: Callable[[], Sequence[str] | None] = tuple


def starts(workflow: Workflow, trigger: Trigger) -> bool:
    """Whether ``trigger`` starts ``workflow``."""
    filters = workflow.triggers.get(trigger.event)
    if filters is None:
        return False
    decide = _DECIDE.get(trigger.event)
    return decide is not None and decide(workflow, filters, trigger)


def _push(_: Workflow, filters: Mapping[str, Any], trigger: Trigger) -> bool:
    branches, tags = _has(filters, "branches"), _has(filters, "tags")
    if trigger.tag:
        if branches and not tags:
            return False
        return _named(filters, "tags", trigger.tag)
    if tags and not branches:
        return False
    return _named(filters, "branches", trigger.branch) and _touched(filters, trigger)


def _pull(_: Workflow, filters: Mapping[str, Any], trigger: Trigger) -> bool:
    types = _list(filters.get("types")) or PULL_TYPES
    return trigger.action in types and _named(filters, "branches", trigger.branch) and _touched(filters, trigger)


def _review(_: Workflow, filters: Mapping[str, Any], trigger: Trigger) -> bool:
    types = _list(filters.get("types"))
    return (not types or trigger.action in types) and _named(filters, "branches", trigger.branch)


def _run(_: Workflow, filters: Mapping[str, Any], trigger: Trigger) -> bool:
    types = _list(filters.get("types"))
    return (
        trigger.workflow in _list(filters.get("workflows"))
        and (not types or trigger.action in types)
        and _named(filters, "branches", trigger.branch)
    )


def _group(_: Workflow, filters: Mapping[str, Any], trigger: Trigger) -> bool:
    types = _list(filters.get("types"))
    return (not types or trigger.action in types) and _named(filters, "branches", trigger.branch)


def _dispatch(workflow: Workflow, _: Mapping[str, Any], trigger: Trigger) -> bool:
    return trigger.path in ("", workflow.path)


def _schedule(workflow: Workflow, _: Mapping[str, Any], trigger: Trigger) -> bool:
    return trigger.path in ("", workflow.path) and trigger.cron in workflow.crons


_DECIDE: dict[str, Callable[[Workflow, Mapping[str, Any], Trigger], bool]] = {
    "push": _push,
    "pull_request": _pull,
    "pull_request_review": _review,
    "workflow_run": _run,
    "merge_group": _group,
    "workflow_dispatch": _dispatch,
    "schedule": _schedule,
}


def _has(filters: Mapping[str, Any], name: str) -> bool:
    return name in filters or f"{name}-ignore" in filters


def _named(filters: Mapping[str, Any], what: str, name: str) -> bool:
    if what in filters and not patterns.matches(name, _list(filters[what])):
        return False
    ignored = _list(filters.get(f"{what}-ignore"))
    return not (ignored and patterns.matches(name, ignored))


def _touched(filters: Mapping[str, Any], trigger: Trigger) -> bool:
    wanted, ignored = _list(filters.get("paths")), _list(filters.get("paths-ignore"))
    if not wanted and not ignored:
        return True
    changed = trigger.changed()
    if changed is None:
        return True
    if wanted and not any(patterns.matches(path, wanted) for path in changed):
        return False
    return not ignored or patterns.any_left(changed, ignored)


def _list(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
