"""Commit statuses and check runs as GitHub writes them."""

from __future__ import annotations

from typing import Any

from wardround.sandbox.api.shapes_repository import minimal_repository, simple_user
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.model import CheckRun, Repository, Status


def status_shape(view: View, status: Status) -> dict[str, Any]:
    """A commit status."""
    return {
        "url": view.api("repos", status.repository, "statuses", status.sha),
        "avatar_url": view.html("avatars", status.creator),
        "id": status.id,
        "node_id": node_id("Status", status.id),
        "state": status.state,
        "description": status.description or None,
        "target_url": status.target_url or None,
        "context": status.context,
        "created_at": status.created_at,
        "updated_at": status.created_at,
        "creator": simple_user(view, status.creator),
    }


def combined_status(view: View, repository: Repository, sha: str, latest: list[Status]) -> dict[str, Any]:
    """The newest status of each context and what they come to."""
    states = {status.state for status in latest}
    state = (
        "failure" if states & {"failure", "error"} else "pending" if "pending" in states or not states else "success"
    )
    own = view.api("repos", repository.full_name, "commits", sha)
    simple = [{key: value for key, value in status_shape(view, item).items() if key != "creator"} for item in latest]
    return {
        "state": state,
        "statuses": simple,
        "sha": sha,
        "total_count": len(latest),
        "repository": minimal_repository(view, repository),
        "commit_url": own,
        "url": f"{own}/status",
    }


def check_shape(view: View, check: CheckRun) -> dict[str, Any]:
    """A check run."""
    own = view.api("repos", check.repository, "check-runs", check.id)
    page = view.html(check.repository, "runs", check.id)
    return {
        "id": check.id,
        "node_id": node_id("CheckRun", check.id),
        "head_sha": check.sha,
        "external_id": check.external_id or None,
        "url": own,
        "html_url": page,
        "details_url": check.details_url or page,
        "status": check.status,
        "conclusion": check.conclusion or None,
        "started_at": check.started_at or None,
        "completed_at": check.completed_at or None,
        "output": {
            "title": check.title or None,
            "summary": check.summary or None,
            "text": check.text or None,
            "annotations_count": 0,
            "annotations_url": f"{own}/annotations",
        },
        "name": check.name,
        "check_suite": {"id": check.id},
        "app": None,
        "pull_requests": [],
    }
