"""What a run is told about itself: the `github` context of expressions, and the environment of its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardround.sandbox.model import Run
from wardround.sandbox.model_more import Event, Variable
from wardround.sandbox.runner.triggers import OF_PULLS
from wardround.sandbox.world import World


def variables(world: World, repository: str) -> dict[str, str]:
    """`vars`."""
    return {found.name: found.value for found in world.store.find(Variable, repository)}


def expressions(world: World, run: Run, event: Event) -> dict[str, Any]:
    """The contexts that concurrency groups and names may use."""
    github = {
        "event_name": event.name,
        "event": event.payload,
        "ref": event.ref,
        "ref_name": _short(event.ref),
        "sha": event.sha,
        "repository": run.repository,
        "repository_owner": run.repository.split("/")[0],
        "actor": run.actor,
        "triggering_actor": run.actor,
        "run_id": run.id,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "workflow": run.name,
        **_pull_refs(event),
    }
    inputs = event.payload.get("inputs") or {}
    return {"github": github, "vars": variables(world, run.repository), "inputs": inputs}


def environment(world: World, run: Run, event: Event, commit: str) -> dict[str, str]:
    """GITHUB_* as a step sees it, but for what act sets by itself; ``commit`` is where the workflow file is from."""
    refs = _pull_refs(event)
    return {
        "GITHUB_ACTOR": run.actor,
        "GITHUB_TRIGGERING_ACTOR": run.actor,
        "GITHUB_API_URL": f"{world.url}/api/v3",
        "GITHUB_GRAPHQL_URL": f"{world.url}/api/graphql",
        "GITHUB_SERVER_URL": world.url,
        "GITHUB_REPOSITORY": run.repository,
        "GITHUB_REPOSITORY_OWNER": run.repository.split("/")[0],
        "GITHUB_REF": event.ref,
        "GITHUB_REF_NAME": _short(event.ref),
        "GITHUB_REF_TYPE": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "GITHUB_HEAD_REF": refs["head_ref"],
        "GITHUB_BASE_REF": refs["base_ref"],
        "GITHUB_RUN_ID": str(run.id),
        "GITHUB_RUN_NUMBER": str(run.number),
        "GITHUB_RUN_ATTEMPT": str(run.attempt),
        "GITHUB_WORKFLOW_REF": f"{run.repository}/{run.path}@{event.ref}",
        "GITHUB_WORKFLOW_SHA": commit,
        "GITHUB_RETENTION_DAYS": "90",
        "RUNNER_ENVIRONMENT": "self-hosted",
        "RUNNER_NAME": "wardround-sandbox",
    }


def is_fork(event: Event) -> bool:
    """Whether the event is a pull request from another repository (or from one that is gone)."""
    if event.name not in OF_PULLS:
        return False
    head: Mapping[str, Any] = event.payload.get("pull_request", {}).get("head", {}).get("repo") or {}
    return head.get("full_name") != event.repository


def _pull_refs(event: Event) -> dict[str, str]:
    pull = event.payload.get("pull_request") if event.name in OF_PULLS else None
    if not pull:
        return {"head_ref": "", "base_ref": ""}
    return {"head_ref": str(pull["head"]["ref"]), "base_ref": str(pull["base"]["ref"])}


def _short(ref: str) -> str:
    for prefix in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ref
