"""Deployments, rulesets, environments and variables as GitHub writes them."""

from __future__ import annotations

from typing import Any

from wardround.sandbox.api.shapes_repository import simple_user
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.model import Deployment, DeploymentStatus, Environment, Ruleset, Variable


def deployment_shape(view: View, deployment: Deployment) -> dict[str, Any]:
    """A deployment."""
    own = view.api("repos", deployment.repository, "deployments", deployment.id)
    return {
        "url": own,
        "id": deployment.id,
        "node_id": node_id("Deployment", deployment.id),
        "sha": deployment.sha,
        "ref": deployment.ref,
        "task": deployment.task,
        "payload": dict(deployment.payload),
        "environment": deployment.environment,
        "original_environment": deployment.environment,
        "description": deployment.description or None,
        "creator": simple_user(view, deployment.creator),
        "created_at": deployment.created_at,
        "updated_at": deployment.updated_at or deployment.created_at,
        "statuses_url": f"{own}/statuses",
        "repository_url": view.api("repos", deployment.repository),
        "transient_environment": False,
        "production_environment": False,
    }


def deployment_status_shape(view: View, status: DeploymentStatus) -> dict[str, Any]:
    """A deployment's status."""
    parent = view.api("repos", status.repository, "deployments", status.deployment_id)
    return {
        "url": f"{parent}/statuses/{status.id}",
        "id": status.id,
        "node_id": node_id("DeploymentStatus", status.id),
        "state": status.state,
        "creator": simple_user(view, status.creator),
        "description": status.description,
        "environment": status.environment,
        "target_url": status.log_url,
        "log_url": status.log_url,
        "environment_url": status.environment_url,
        "created_at": status.created_at,
        "updated_at": status.created_at,
        "deployment_url": parent,
        "repository_url": view.api("repos", status.repository),
    }


def ruleset_shape(view: View, ruleset: Ruleset, *, full: bool = True) -> dict[str, Any]:
    """A ruleset; lists leave the rules out, as GitHub's do."""
    shape = {
        "id": ruleset.id,
        "node_id": node_id("Ruleset", ruleset.id),
        "name": ruleset.name,
        "target": ruleset.target,
        "source_type": "Repository",
        "source": ruleset.repository,
        "enforcement": ruleset.enforcement,
        "created_at": ruleset.created_at,
        "updated_at": ruleset.updated_at,
        "_links": {
            "self": {"href": view.api("repos", ruleset.repository, "rulesets", ruleset.id)},
            "html": {"href": view.html(ruleset.repository, "rules", ruleset.id)},
        },
    }
    if full:
        shape["conditions"] = dict(ruleset.conditions)
        shape["rules"] = [dict(rule) for rule in ruleset.rules]
        shape["bypass_actors"] = [dict(actor) for actor in ruleset.bypass_actors]
    return shape


def environment_shape(view: View, environment: Environment) -> dict[str, Any]:
    """A named environment."""
    return {
        "id": environment.id,
        "node_id": node_id("Environment", environment.id),
        "name": environment.name,
        "url": view.api("repos", environment.repository, "environments", environment.name),
        "html_url": view.html(environment.repository, "deployments/activity_log"),
        "created_at": environment.created_at,
        "updated_at": environment.created_at,
        "protection_rules": [],
        "deployment_branch_policy": None,
    }


def variable_shape(variable: Variable) -> dict[str, Any]:
    """A repository variable."""
    times = {"created_at": variable.created_at, "updated_at": variable.updated_at or variable.created_at}
    return {"name": variable.name, "value": variable.value, **times}
