"""Calls about commit statuses and check runs."""

from __future__ import annotations

from dataclasses import replace

from wardround.sandbox.api.routing import Answer, Call, counted, listed, route
from wardround.sandbox.api.shapes_status import check_shape, combined_status, status_shape
from wardround.sandbox.merging import advance_queue
from wardround.sandbox.model import CheckRun, Status
from wardround.sandbox.refusal import Refusal, invalid, missing
from wardround.sandbox.rules import latest_statuses

_REPO = "/repos/{owner}/{repo}"
#: The longest description of a status, in characters.
LONGEST = 140
#: How many statuses a commit may have of one context.
MOST = 1000


@route("POST", _REPO + "/statuses/{sha}")
def create_status(call: Call) -> Answer:
    """A new status on a commit."""
    sha, body, store = call.params["sha"], call.body, call.world.store
    if call.bare.kind(sha) != "commit":
        raise Refusal(422, f"No commit found for SHA: {sha}")
    description = body.get("description") or ""
    if len(description) > LONGEST:
        raise invalid("Status", "description", "custom", f"description is too long (maximum is {LONGEST} characters)")
    context = body.get("context") or "default"
    with store.transaction():
        if len(store.find(Status, call.name, sha=sha, context=context)) >= MOST:
            raise invalid(
                "Status", "context", "custom", "This SHA and context has reached the maximum number of statuses."
            )
        target = body.get("target_url") or ""
        made = Status(
            store.next_id(), call.name, sha, context, body["state"], description, target, call.login, call.now
        )
        store.put(made)
    advance_queue(call.world, call.name, sha, call.actor)
    return Answer(201, status_shape(call.view, made))


@route("GET", _REPO + "/commits/{ref}/statuses")
def statuses(call: Call) -> Answer:
    """All statuses of a commit, newest first."""
    found = call.world.store.find(Status, call.name, sha=call.commit("ref"))[::-1]
    return listed(call, found, lambda item: status_shape(call.view, item))


@route("GET", _REPO + "/commits/{ref}/status")
def combined(call: Call) -> Answer:
    """The newest status of each context."""
    sha = call.commit("ref")
    latest = list(latest_statuses(call.world, call.name, sha).values())
    return Answer(200, combined_status(call.view, call.repository, sha, latest))


def _with_body(check: CheckRun, call: Call) -> CheckRun:
    body = call.body
    output = body.get("output") or {}
    conclusion = body.get("conclusion") or check.conclusion
    status = "completed" if conclusion else body.get("status") or check.status
    if status == "completed" and not conclusion:
        raise invalid("CheckRun", "conclusion", "missing_field")
    return replace(
        check,
        name=body.get("name", check.name),
        status=status,
        conclusion=conclusion,
        title=output.get("title", check.title),
        summary=output.get("summary", check.summary),
        text=output.get("text", check.text),
        details_url=body.get("details_url", check.details_url),
        external_id=body.get("external_id", check.external_id),
        started_at=body.get("started_at", check.started_at or call.now),
        completed_at=body.get("completed_at", call.now) if conclusion else "",
    )


@route("POST", _REPO + "/check-runs")
def create_check(call: Call) -> Answer:
    """A new check run. GitHub takes them from Apps and runs only."""
    if call.token.kind == "user":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    sha, store = call.body["head_sha"], call.world.store
    if call.bare.kind(sha) != "commit":
        raise Refusal(422, f"No commit found for SHA: {sha}")
    empty = CheckRun(store.next_id(), call.name, sha, call.body["name"], "queued", creator=call.login)
    check = store.put(_with_body(empty, call))
    advance_queue(call.world, call.name, sha, call.actor)
    return Answer(201, check_shape(call.view, check))


def check_of(call: Call) -> CheckRun:
    """The check run of the path."""
    check = call.world.store.get(CheckRun, call.name, call.number("check_run_id"))
    if check is None:
        raise missing()
    return check


@route("GET", _REPO + "/check-runs/{check_run_id}")
def one_check(call: Call) -> Answer:
    """A check run."""
    return Answer(200, check_shape(call.view, check_of(call)))


@route("PATCH", _REPO + "/check-runs/{check_run_id}")
def edit_check(call: Call) -> Answer:
    """A check run goes on or ends."""
    if call.token.kind == "user":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    check = call.world.store.put(_with_body(check_of(call), call))
    advance_queue(call.world, call.name, check.sha, call.actor)
    return Answer(200, check_shape(call.view, check))


@route("GET", _REPO + "/commits/{ref}/check-runs")
def checks(call: Call) -> Answer:
    """The check runs of a commit, the newest of each name."""
    newest = {item.name: item for item in call.world.store.find(CheckRun, call.name, sha=call.commit("ref"))}
    return counted(call, "check_runs", list(newest.values()), lambda item: check_shape(call.view, item))
