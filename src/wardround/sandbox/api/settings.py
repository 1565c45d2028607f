"""Calls about what a repository allows: Actions' settings, variables, environments and rulesets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wardround.sandbox.api.routing import Answer, Call, counted, listed, route
from wardround.sandbox.api.shapes_settings import environment_shape, ruleset_shape, variable_shape
from wardround.sandbox.model import ActionsSettings, Environment, Ruleset, Variable
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.rules import rules_of

_REPO = "/repos/{owner}/{repo}"
_ACTIONS = _REPO + "/actions"


def settings_of(call: Call) -> ActionsSettings:
    """What workflows may do here."""
    return call.world.store.get(ActionsSettings, call.name, "settings") or ActionsSettings(call.name)


@route("GET", _ACTIONS + "/permissions")
def permissions(call: Call) -> Answer:
    """Whether Actions are on."""
    kept = settings_of(call)
    return Answer(200, {"enabled": kept.enabled, "allowed_actions": "all"} if kept.enabled else {"enabled": False})


@route("PUT", _ACTIONS + "/permissions")
def set_permissions(call: Call) -> Answer:
    """Switches Actions on or off."""
    call.world.store.put(replace(settings_of(call), enabled=bool(call.body["enabled"])))
    return Answer(204)


@route("GET", _ACTIONS + "/permissions/workflow")
def workflow_permissions(call: Call) -> Answer:
    """What a job's token carries by default, and whether Actions may open and approve pull requests."""
    kept = settings_of(call)
    return Answer(
        200,
        {
            "default_workflow_permissions": kept.default_permissions,
            "can_approve_pull_request_reviews": kept.can_approve,
        },
    )


@route("PUT", _ACTIONS + "/permissions/workflow")
def set_workflow_permissions(call: Call) -> Answer:
    """Changes them."""
    kept, body = settings_of(call), call.body or {}
    changed = replace(
        kept,
        default_permissions=body.get("default_workflow_permissions", kept.default_permissions),
        can_approve=body.get("can_approve_pull_request_reviews", kept.can_approve),
    )
    call.world.store.put(changed)
    return Answer(204)


def variable_of(call: Call) -> Variable:
    """The variable of the path."""
    variable = call.world.store.get(Variable, call.name, call.params["name"].upper())
    if variable is None:
        raise missing()
    return variable


@route("GET", _ACTIONS + "/variables")
def variables(call: Call) -> Answer:
    """All variables."""
    return counted(call, "variables", call.world.store.find(Variable, call.name), variable_shape)


@route("POST", _ACTIONS + "/variables")
def create_variable(call: Call) -> Answer:
    """A new variable."""
    name = str(call.body["name"]).upper()
    with call.world.store.transaction():
        if call.world.store.get(Variable, call.name, name) is not None:
            raise Refusal(409, "Already exists - Variable already exists")
        call.world.store.put(Variable(call.name, name, str(call.body["value"]), call.now, call.now))
    return Answer(201, {})


@route("GET", _ACTIONS + "/variables/{name}")
def one_variable(call: Call) -> Answer:
    """A variable."""
    return Answer(200, variable_shape(variable_of(call)))


@route("PATCH", _ACTIONS + "/variables/{name}")
def edit_variable(call: Call) -> Answer:
    """Another value."""
    kept = variable_of(call)
    call.world.store.put(replace(kept, value=str(call.body.get("value", kept.value)), updated_at=call.now))
    return Answer(204)


@route("DELETE", _ACTIONS + "/variables/{name}")
def delete_variable(call: Call) -> Answer:
    """Removes a variable."""
    call.world.store.remove(variable_of(call))
    return Answer(204)


@route("GET", _REPO + "/environments")
def environments(call: Call) -> Answer:
    """All named environments."""
    found = call.world.store.find(Environment, call.name)
    return counted(call, "environments", found, lambda item: environment_shape(call.view, item))


def ruleset_of(call: Call) -> Ruleset:
    """The ruleset of the path."""
    ruleset = call.world.store.get(Ruleset, call.name, call.number("ruleset_id"))
    if ruleset is None:
        raise missing()
    return ruleset


@route("GET", _REPO + "/rulesets")
def rulesets(call: Call) -> Answer:
    """All rulesets, without their rules."""
    found = call.world.store.find(Ruleset, call.name)
    return listed(call, found, lambda item: ruleset_shape(call.view, item, full=False))


def _with_body(ruleset: Ruleset, body: dict[str, Any], now: str) -> Ruleset:
    return replace(
        ruleset,
        name=body.get("name", ruleset.name),
        target=body.get("target", ruleset.target),
        enforcement=body.get("enforcement", ruleset.enforcement),
        conditions=body.get("conditions", ruleset.conditions) or {},
        rules=tuple(body.get("rules", ruleset.rules)),
        bypass_actors=tuple(body.get("bypass_actors", ruleset.bypass_actors)),
        updated_at=now,
    )


@route("POST", _REPO + "/rulesets")
def create_ruleset(call: Call) -> Answer:
    """A new ruleset."""
    empty = Ruleset(call.world.store.next_id(), call.name, "", "active", created_at=call.now)
    return Answer(201, ruleset_shape(call.view, call.world.store.put(_with_body(empty, call.body, call.now))))


@route("GET", _REPO + "/rulesets/{ruleset_id}")
def one_ruleset(call: Call) -> Answer:
    """A ruleset with its rules."""
    return Answer(200, ruleset_shape(call.view, ruleset_of(call)))


@route("PUT", _REPO + "/rulesets/{ruleset_id}")
def edit_ruleset(call: Call) -> Answer:
    """Changes a ruleset."""
    changed = _with_body(ruleset_of(call), call.body or {}, call.now)
    return Answer(200, ruleset_shape(call.view, call.world.store.put(changed)))


@route("DELETE", _REPO + "/rulesets/{ruleset_id}")
def delete_ruleset(call: Call) -> Answer:
    """Removes a ruleset."""
    call.world.store.remove(ruleset_of(call))
    return Answer(204)


@route("GET", _REPO + "/rules/branches/{branch}")
def rules_for_branch(call: Call) -> Answer:
    """Each active rule that applies to a branch, and the ruleset that it is from."""
    ref = f"refs/heads/{call.params['branch']}"
    found = [
        {
            **rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": ruleset.repository,
            "ruleset_id": ruleset.id,
        }
        for ruleset, rule in rules_of(call.world, call.repository, ref)
    ]
    return listed(call, found, lambda item: item)
