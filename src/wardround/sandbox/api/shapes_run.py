"""Workflows, runs, jobs and artifacts as GitHub writes them."""

from __future__ import annotations

from typing import Any

from wardround.sandbox.api.shapes_repository import minimal_repository, simple_user
from wardround.sandbox.api.view import View, node_id
from wardround.sandbox.model import Artifact, Job, Pull, Repository, Run, Workflow


def workflow_shape(view: View, workflow: Workflow) -> dict[str, Any]:
    """A workflow."""
    own = view.api("repos", workflow.repository, "actions/workflows", workflow.id)
    return {
        "id": workflow.id,
        "node_id": node_id("Workflow", workflow.id),
        "name": workflow.name,
        "path": workflow.path,
        "state": workflow.state,
        "created_at": workflow.created_at,
        "updated_at": workflow.updated_at,
        "url": own,
        "html_url": view.html(workflow.repository, "blob/HEAD", workflow.path),
        "badge_url": view.html(workflow.repository, "workflows", workflow.name, "badge.svg"),
    }


def run_shape(view: View, run: Run) -> dict[str, Any]:
    """A run of a workflow."""
    own = view.api("repos", run.repository, "actions/runs", run.id)
    repository = view.world.repository(run.repository)
    head = view.world.repository(run.head_repository)
    assert repository is not None
    workflow = view.world.store.get(Workflow, run.repository, run.path)
    commit = view.world.bare(repository).commit(run.head_sha)
    pulls = (view.world.store.get(Pull, run.repository, number) for number in run.pulls)
    number = workflow.id if workflow is not None else 0
    return {
        "id": run.id,
        "node_id": node_id("WorkflowRun", run.id),
        "name": run.name,
        "display_title": run.title or run.name,
        "path": run.path,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion or None,
        "workflow_id": number,
        "check_suite_id": run.id,
        "check_suite_node_id": node_id("CheckSuite", run.id),
        "head_branch": run.head_branch or None,
        "head_sha": run.head_sha,
        "pull_requests": [_minimal_pull(view, pull) for pull in pulls if pull is not None],
        "actor": simple_user(view, run.actor),
        "triggering_actor": simple_user(view, run.actor),
        "created_at": run.created_at,
        "updated_at": run.updated_at or run.created_at,
        "run_started_at": run.started_at or run.created_at,
        "url": own,
        "html_url": view.html(run.repository, "actions/runs", run.id),
        "jobs_url": f"{own}/jobs",
        "logs_url": f"{own}/logs",
        "check_suite_url": view.api("repos", run.repository, "check-suites", run.id),
        "artifacts_url": f"{own}/artifacts",
        "cancel_url": f"{own}/cancel",
        "rerun_url": f"{own}/rerun",
        "previous_attempt_url": None,
        "workflow_url": view.api("repos", run.repository, "actions/workflows", number),
        "head_commit": None
        if commit is None
        else {
            "id": commit.sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.author.date,
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": commit.committer.name, "email": commit.committer.email},
        },
        "repository": minimal_repository(view, repository),
        "head_repository": minimal_repository(view, head) if head is not None else None,
    }


def _minimal_pull(view: View, pull: Pull) -> dict[str, Any]:
    return {
        "id": pull.id,
        "number": pull.number,
        "url": view.api("repos", pull.repository, "pulls", pull.number),
        "head": _minimal_end(view, pull.head_repository, pull.head_branch, pull.head_sha),
        "base": _minimal_end(view, pull.repository, pull.base_branch, pull.base_sha),
    }


def _minimal_end(view: View, full_name: str, branch: str, sha: str) -> dict[str, Any]:
    repository = view.world.repository(full_name) or Repository(0, full_name)
    named = {"id": repository.id, "url": view.api("repos", full_name), "name": repository.name}
    return {"ref": branch, "sha": sha, "repo": named}


def job_shape(view: View, job: Job, run: Run) -> dict[str, Any]:
    """A job with its steps."""
    return {
        "id": job.id,
        "run_id": job.run_id,
        "run_url": view.api("repos", job.repository, "actions/runs", job.run_id),
        "run_attempt": job.attempt,
        "node_id": node_id("Job", job.id),
        "head_sha": job.head_sha,
        "head_branch": run.head_branch or None,
        "workflow_name": run.name,
        "url": view.api("repos", job.repository, "actions/jobs", job.id),
        "html_url": view.html(job.repository, "actions/runs", job.run_id) + f"#job-{job.id}",
        "status": job.status,
        "conclusion": job.conclusion or None,
        "created_at": job.created_at or run.created_at,
        "started_at": job.started_at or job.created_at or run.created_at,
        "completed_at": job.completed_at or None,
        "name": job.name,
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "status": step.status,
                "conclusion": step.conclusion or None,
                "started_at": step.started_at or None,
                "completed_at": step.completed_at or None,
            }
            for step in job.steps
        ],
        "check_run_url": view.api("repos", job.repository, "check-runs", job.id),
        "labels": list(job.labels),
        "runner_id": None,
        "runner_name": None,
        "runner_group_id": None,
        "runner_group_name": None,
    }


def artifact_shape(view: View, artifact: Artifact) -> dict[str, Any]:
    """An artifact."""
    own = view.api("repos", artifact.repository, "actions/artifacts", artifact.id)
    run = view.world.store.get(Run, artifact.repository, artifact.run_id)
    return {
        "id": artifact.id,
        "node_id": node_id("Artifact", artifact.id),
        "name": artifact.name,
        "size_in_bytes": artifact.size,
        "url": own,
        "archive_download_url": f"{own}/zip",
        "expired": expired(view, artifact),
        "digest": f"sha256:{artifact.sha256}",
        "created_at": artifact.created_at or None,
        "updated_at": artifact.created_at or None,
        "expires_at": artifact.expires_at or None,
        "workflow_run": None
        if run is None
        else {
            "id": run.id,
            "repository_id": (view.world.repository(run.repository) or Repository(0, "")).id,
            "head_repository_id": (view.world.repository(run.head_repository) or Repository(0, "")).id,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
        },
    }


def expired(view: View, artifact: Artifact) -> bool:
    """Whether an artifact is past its time, by the sandbox's clock."""
    return bool(artifact.expires_at) and artifact.expires_at <= view.world.clock.stamp()
