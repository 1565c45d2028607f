"""Calls about deployments and how they go."""

from __future__ import annotations

import json
from typing import Any

from wardround.sandbox.api.routing import Answer, Call, listed, route
from wardround.sandbox.api.shapes_settings import deployment_shape, deployment_status_shape
from wardround.sandbox.model import Deployment, DeploymentStatus, Environment
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.rules import latest_statuses

_REPO = "/repos/{owner}/{repo}"


@route("GET", _REPO + "/deployments")
def deployments(call: Call) -> Answer:
    """Deployments, newest first."""
    names = ("sha", "ref", "task", "environment")
    found = [
        item
        for item in reversed(call.world.store.find(Deployment, call.name))
        if all(call.query.get(name) in {None, getattr(item, name)} for name in names)
    ]
    return listed(call, found, lambda item: deployment_shape(call.view, item))


def _payload(sent: Any) -> dict[str, Any]:
    if isinstance(sent, dict):
        return sent
    try:
        read = json.loads(sent) if sent else {}
    except ValueError as error:
        raise Refusal(422, "payload is not valid JSON") from error
    return read if isinstance(read, dict) else {"payload": read}


@route("POST", _REPO + "/deployments")
def create_deployment(call: Call) -> Answer:
    """A new deployment; 409 when a status that is wanted is not success."""
    body, store = call.body, call.world.store
    sha = call.bare.resolve(body["ref"])
    if sha is None:
        raise Refusal(422, f"No ref found for: {body['ref']}")
    statuses = latest_statuses(call.world, call.name, sha)
    wanted = body.get("required_contexts")
    names = list(statuses) if wanted is None else wanted
    bad = [name for name in names if name not in statuses or statuses[name].state != "success"]
    if bad:
        raise Refusal(409, f"Conflict: Commit status checks failed for {body['ref']}.")
    environment = body.get("environment") or "production"
    with store.transaction():
        if store.get(Environment, call.name, environment) is None:
            store.put(Environment(store.next_id(), call.name, environment, call.now))
        made = Deployment(
            id=store.next_id(),
            repository=call.name,
            sha=sha,
            ref=body["ref"],
            environment=environment,
            task=body.get("task") or "deploy",
            payload=_payload(body.get("payload")),
            description=body.get("description") or "",
            creator=call.login,
            created_at=call.now,
            updated_at=call.now,
        )
        store.put(made)
    return Answer(201, deployment_shape(call.view, made))


def deployment_of(call: Call) -> Deployment:
    """The deployment of the path."""
    deployment = call.world.store.get(Deployment, call.name, call.number("deployment_id"))
    if deployment is None:
        raise missing()
    return deployment


@route("GET", _REPO + "/deployments/{deployment_id}")
def one_deployment(call: Call) -> Answer:
    """A deployment."""
    return Answer(200, deployment_shape(call.view, deployment_of(call)))


@route("GET", _REPO + "/deployments/{deployment_id}/statuses")
def statuses(call: Call) -> Answer:
    """How it went, newest first."""
    found = call.world.store.find(DeploymentStatus, call.name, deployment_id=deployment_of(call).id)[::-1]
    return listed(call, found, lambda item: deployment_status_shape(call.view, item))


@route("POST", _REPO + "/deployments/{deployment_id}/statuses")
def create_status(call: Call) -> Answer:
    """How it goes now. Success makes older deployments of the environment inactive."""
    deployment, body, store = deployment_of(call), call.body, call.world.store
    with store.transaction():
        made = DeploymentStatus(
            id=store.next_id(),
            repository=call.name,
            deployment_id=deployment.id,
            state=body["state"],
            environment=body.get("environment") or deployment.environment,
            description=body.get("description") or "",
            log_url=body.get("log_url") or body.get("target_url") or "",
            environment_url=body.get("environment_url") or "",
            creator=call.login,
            created_at=call.now,
        )
        store.put(made)
        if made.state == "success" and body.get("auto_inactive", True):
            _retire(call, deployment, made)
    return Answer(201, deployment_status_shape(call.view, made))


def _retire(call: Call, newest: Deployment, made: DeploymentStatus) -> None:
    store = call.world.store
    for other in store.find(Deployment, call.name, environment=newest.environment):
        states = store.find(DeploymentStatus, call.name, deployment_id=other.id)
        if other.id < newest.id and states and states[-1].state == "success":
            store.put(
                DeploymentStatus(
                    id=store.next_id(),
                    repository=call.name,
                    deployment_id=other.id,
                    state="inactive",
                    environment=other.environment,
                    creator=made.creator,
                    created_at=made.created_at,
                )
            )
