"""Workflows: the list of runs, and starting a workflow by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wardround.sandbox import events
from wardround.sandbox.events import Start
from wardround.sandbox.model import Run, Workflow
from wardround.sandbox.pages.answers import Go, Page, get, post
from wardround.sandbox.pages.pulls import REFRESH, goes_on
from wardround.sandbox.pages.visit import Visit
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.runner import planning
from wardround.sandbox.workflows import workflows_of

_ACTIONS = "/{owner}/{repo}/actions"
_RUNS = 100


@dataclass(frozen=True)
class Input:
    """One input of a workflow that is started by hand. ``kind``: string, boolean, choice, number or environment."""

    name: str
    kind: str
    description: str
    default: str
    required: bool
    options: tuple[str, ...]


@get(_ACTIONS)
def runs(visit: Visit) -> Page:
    """The runs, newest first, of one workflow or of all."""
    world, repository = visit.world, visit.repository
    workflows = workflows_of(world, repository)
    chosen = next((item for item in workflows if item.path == visit.query.get("workflow")), None)
    every = world.store.find(Run, repository.full_name)
    found = [run for run in reversed(every) if chosen is None or run.path == chosen.path][:_RUNS]
    values = {
        "workflows": workflows,
        "chosen": chosen,
        "runs": found,
        "inputs": inputs_of(visit, chosen) if chosen is not None else None,
        "branches": [name.removeprefix("refs/heads/") for name in visit.bare.refs("refs/heads/")],
    }
    refresh = REFRESH if goes_on(visit, tuple(found)) and values["inputs"] is None else 0
    return Page("actions.html", {"title": "Actions", "tab": "actions", **values}, refresh=refresh)


def inputs_of(visit: Visit, workflow: Workflow) -> tuple[Input, ...] | None:
    """What a workflow asks for when it is started by hand; None when it cannot be."""
    tip = visit.bare.branch(visit.repository.default_branch)
    source = planning.source(visit.world, visit.repository, tip or "", workflow.path)
    if source.workflow is None or "workflow_dispatch" not in source.workflow.triggers:
        return None
    given = source.workflow.triggers["workflow_dispatch"].get("inputs") or {}
    return tuple(_input(str(name), facts if isinstance(facts, dict) else {}) for name, facts in given.items())


def _input(name: str, facts: dict[str, Any]) -> Input:
    default = facts.get("default", "")
    told = str(default).lower() if isinstance(default, bool) else str("" if default is None else default)
    return Input(
        name=name,
        kind=str(facts.get("type", "string")),
        description=str(facts.get("description") or name),
        default=told,
        required=bool(facts.get("required")),
        options=tuple(map(str, facts.get("options") or ())),
    )


@post(_ACTIONS + "/dispatch")
def dispatch(visit: Visit) -> Go:
    """Starts a workflow by hand."""
    visit.need("write", "start workflows here")
    path = visit.form.get("workflow", "")
    workflow = next((item for item in workflows_of(visit.world, visit.repository) if item.path == path), None)
    if workflow is None:
        raise missing()
    wanted = inputs_of(visit, workflow)
    if wanted is None or workflow.state != "active":
        raise Refusal(422, "This workflow cannot be started by hand: it has no workflow_dispatch, or is switched off.")
    branch = visit.form.get("ref", "")
    if visit.bare.branch(branch) is None:
        raise Refusal(422, f"There is no branch {branch}.")
    inputs = {}
    for item in wanted:
        sent = visit.form.get(f"input-{item.name}", "false" if item.kind == "boolean" else "")
        if item.required and not sent:
            raise Refusal(422, f"The input {item.name} is required.")
        if item.options and sent not in item.options:
            raise Refusal(422, f"The input {item.name} is none of {', '.join(item.options)}.")
        inputs[item.name] = sent
    events.workflow_dispatch(
        visit.world, visit.repository, visit.actor, Start(workflow, f"refs/heads/{branch}", inputs)
    )
    return Go(f"/{visit.name}/actions")
