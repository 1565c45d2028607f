"""Calls about workflows, runs, jobs and artifacts."""

from __future__ import annotations

import re

from wardround.sandbox import events
from wardround.sandbox.api.routing import Answer, Call, counted, route
from wardround.sandbox.api.shapes_run import artifact_shape, expired, job_shape, run_shape, workflow_shape
from wardround.sandbox.events import Start
from wardround.sandbox.model import Artifact, Job, Run, Workflow
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.workflows import change_state, workflows_of

_ACTIONS = "/repos/{owner}/{repo}/actions"


def _runs(call: Call, path: str | None = None) -> Answer:
    query = call.query
    wanted = {
        "event": query.get("event"),
        "head_branch": query.get("branch"),
        "head_sha": query.get("head_sha"),
        "actor": query.get("actor"),
        "path": path,
    }
    state = query.get("status")
    found = [
        run
        for run in reversed(call.world.store.find(Run, call.name))
        if all(value in {None, getattr(run, name)} for name, value in wanted.items())
        and state in {None, run.status, run.conclusion}
    ]
    return counted(call, "workflow_runs", found, lambda item: run_shape(call.view, item))


@route("GET", _ACTIONS + "/runs")
def runs(call: Call) -> Answer:
    """Runs, newest first."""
    return _runs(call)


def run_of(call: Call) -> Run:
    """The run of the path."""
    run = call.world.store.get(Run, call.name, call.number("run_id"))
    if run is None:
        raise missing()
    return run


@route("GET", _ACTIONS + "/runs/{run_id}")
def one_run(call: Call) -> Answer:
    """A run."""
    return Answer(200, run_shape(call.view, run_of(call)))


@route("GET", _ACTIONS + "/runs/{run_id}/jobs")
def jobs(call: Call) -> Answer:
    """The jobs of a run's latest attempt."""
    run = run_of(call)
    found = call.world.store.find(Job, call.name, run_id=run.id)
    if call.query.get("filter", "latest") == "latest":
        found = tuple(job for job in found if job.attempt == run.attempt)
    return counted(call, "jobs", found, lambda item: job_shape(call.view, item, run))


def _job_of(call: Call) -> tuple[Job, Run]:
    job = call.world.store.get(Job, call.name, call.number("job_id"))
    run = call.world.store.get(Run, call.name, job.run_id) if job is not None else None
    if job is None or run is None:
        raise missing()
    return job, run


@route("GET", _ACTIONS + "/jobs/{job_id}")
def one_job(call: Call) -> Answer:
    """A job."""
    return Answer(200, job_shape(call.view, *_job_of(call)))


@route("GET", _ACTIONS + "/jobs/{job_id}/logs")
def job_log(call: Call) -> Answer:
    """Where the log can be fetched, for a minute."""
    job, _ = _job_of(call)
    if not job.log:
        raise missing()
    return Answer(302, None, {"location": call.world.tickets.address(call.view.base, job.log)})


def _artifacts(call: Call, found: tuple[Artifact, ...]) -> Answer:
    name = call.query.get("name")
    newest = [item for item in reversed(found) if name in {None, item.name}]
    return counted(call, "artifacts", newest, lambda item: artifact_shape(call.view, item))


@route("GET", _ACTIONS + "/runs/{run_id}/artifacts")
def artifacts_of_run(call: Call) -> Answer:
    """The artifacts of a run."""
    return _artifacts(call, call.world.store.find(Artifact, call.name, run_id=run_of(call).id))


@route("GET", _ACTIONS + "/artifacts")
def artifacts(call: Call) -> Answer:
    """All artifacts, newest first."""
    return _artifacts(call, call.world.store.find(Artifact, call.name))


def artifact_of(call: Call) -> Artifact:
    """The artifact of the path."""
    artifact = call.world.store.get(Artifact, call.name, call.number("artifact_id"))
    if artifact is None:
        raise missing()
    return artifact


@route("GET", _ACTIONS + "/artifacts/{artifact_id}")
def one_artifact(call: Call) -> Answer:
    """An artifact."""
    return Answer(200, artifact_shape(call.view, artifact_of(call)))


@route("DELETE", _ACTIONS + "/artifacts/{artifact_id}")
def delete_artifact(call: Call) -> Answer:
    """Removes an artifact and its file."""
    artifact = artifact_of(call)
    (call.world.directory / artifact.path).unlink(missing_ok=True)
    call.world.store.remove(artifact)
    return Answer(204)


@route("GET", _ACTIONS + "/artifacts/{artifact_id}/{archive_format}")
def download(call: Call) -> Answer:
    """Where the zip can be fetched without a token, for a minute; 410 when it is past its time."""
    artifact = artifact_of(call)
    if call.params["archive_format"] != "zip":
        raise missing()
    if expired(call.view, artifact):
        raise Refusal(410, "Artifact has expired")
    return Answer(302, None, {"location": call.world.tickets.address(call.view.base, artifact.path)})


def workflow_of(call: Call) -> Workflow:
    """The workflow of the path, by its number or its file's name."""
    asked = call.params["workflow_id"]
    for workflow in workflows_of(call.world, call.repository):
        if asked in {str(workflow.id), workflow.path, workflow.path.rsplit("/", maxsplit=1)[-1]}:
            return workflow
    raise missing()


@route("GET", _ACTIONS + "/workflows")
def workflows(call: Call) -> Answer:
    """The workflows of the default branch."""
    return counted(
        call, "workflows", workflows_of(call.world, call.repository), lambda item: workflow_shape(call.view, item)
    )


@route("GET", _ACTIONS + "/workflows/{workflow_id}")
def one_workflow(call: Call) -> Answer:
    """A workflow."""
    return Answer(200, workflow_shape(call.view, workflow_of(call)))


@route("GET", _ACTIONS + "/workflows/{workflow_id}/runs")
def runs_of_workflow(call: Call) -> Answer:
    """The runs of a workflow, newest first."""
    return _runs(call, workflow_of(call).path)


@route("POST", _ACTIONS + "/workflows/{workflow_id}/dispatches")
def dispatch(call: Call) -> Answer:
    """Starts a workflow by hand on a branch or tag."""
    workflow, asked, bare = workflow_of(call), str(call.body["ref"]), call.bare
    names = [asked] if asked.startswith("refs/") else [f"refs/heads/{asked}", f"refs/tags/{asked}"]
    ref = next((name for name in names if bare.refs(name).get(name)), None)
    if ref is None:
        raise Refusal(422, f"No ref found for: {asked}")
    if workflow.state != "active":
        raise Refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    text = (bare.file(ref, workflow.path) or b"").decode("utf-8", "replace")
    if not re.search(r"\bworkflow_dispatch\b", text):
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    inputs = {name: str(value) for name, value in (call.body.get("inputs") or {}).items()}
    events.workflow_dispatch(call.world, call.repository, call.actor, Start(workflow, ref, inputs))
    return Answer(204)


@route("PUT", _ACTIONS + "/workflows/{workflow_id}/enable")
def enable(call: Call) -> Answer:
    """Switches a workflow on."""
    change_state(call.world, workflow_of(call), "active")
    return Answer(204)


@route("PUT", _ACTIONS + "/workflows/{workflow_id}/disable")
def disable(call: Call) -> Answer:
    """Switches a workflow off."""
    change_state(call.world, workflow_of(call), "disabled_manually")
    return Answer(204)
