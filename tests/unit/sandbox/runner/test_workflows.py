"""What starts a workflow."""

import pytest

from wardround.errors import UsageError
from wardround.sandbox.runner import workflows
from wardround.sandbox.runner.triggers import Trigger, starts

JOBS = "jobs: {a: {runs-on: x, steps: [{run: 'true'}]}}\n"


def workflow(on, name="w"):
    return workflows.read(".github/workflows/w.yml", f"name: {name}\non: {on}\n{JOBS}")


def test_the_forms_of_on():
    assert workflow("push").triggers == {"push": {}}
    assert set(workflow("[push, pull_request]").triggers) == {"push", "pull_request"}
    assert workflow("{push: , schedule: [{cron: '1 2 * * *'}]}").crons == ("1 2 * * *",)
    # what a YAML 1.1 reader makes of a bare `on`
    assert workflows.read("w.yml", f"true: push\n{JOBS}").triggers == {"push": {}}


@pytest.mark.parametrize(
    "text", ["", "a: [", "on: push\n", "on: push\njobs: {}\n", f"name: x\n{JOBS}", "on: 3\n" + JOBS]
)
def test_what_is_no_workflow(text):
    with pytest.raises(UsageError):
        workflows.read("w.yml", text)


@pytest.mark.parametrize(
    ("on", "trigger", "expected"),
    [
        ("push", Trigger("push", branch="x"), True),
        ("push", Trigger("push", tag="v1"), True),
        ("push", Trigger("pull_request", "opened"), False),
        ("{push: {branches: [main]}}", Trigger("push", branch="main"), True),
        ("{push: {branches: [main]}}", Trigger("push", branch="other"), False),
        ("{push: {branches: [main]}}", Trigger("push", tag="main"), False),
        ("{push: {tags: ['v*']}}", Trigger("push", tag="v1"), True),
        ("{push: {tags: ['v*']}}", Trigger("push", branch="v1"), False),
        ("{push: {branches-ignore: [wip/**]}}", Trigger("push", branch="wip/a"), False),
        ("{push: {paths: ['docs/**']}}", Trigger("push", branch="m", changed=lambda: ["src/a"]), False),
        ("{push: {paths: ['docs/**']}}", Trigger("push", branch="m", changed=lambda: ["src/a", "docs/b"]), True),
        ("{push: {paths: ['docs/**']}}", Trigger("push", branch="m", changed=lambda: None), True),
        ("{push: {paths-ignore: ['docs/**']}}", Trigger("push", branch="m", changed=lambda: ["docs/b"]), False),
        ("pull_request", Trigger("pull_request", "opened"), True),
        ("pull_request", Trigger("pull_request", "edited"), False),
        ("{pull_request: {types: [edited]}}", Trigger("pull_request", "edited"), True),
        ("{pull_request: {types: [edited]}}", Trigger("pull_request", "opened"), False),
        ("{pull_request: {branches: [main]}}", Trigger("pull_request", "opened", "develop"), False),
        ("{workflow_run: {workflows: [review]}}", Trigger("workflow_run", "completed", workflow="review"), True),
        ("{workflow_run: {workflows: [review]}}", Trigger("workflow_run", "completed", workflow="other"), False),
        (
            "{workflow_run: {workflows: [review], types: [requested]}}",
            Trigger("workflow_run", "completed", workflow="review"),
            False,
        ),
        (
            "{workflow_run: {workflows: [review], branches: [main]}}",
            Trigger("workflow_run", "completed", "x", workflow="review"),
            False,
        ),
        ("merge_group", Trigger("merge_group", "checks_requested"), True),
        ("workflow_dispatch", Trigger("workflow_dispatch", path=".github/workflows/w.yml"), True),
        ("workflow_dispatch", Trigger("workflow_dispatch", path=".github/workflows/v.yml"), False),
        ("{schedule: [{cron: '1 2 * * *'}]}", Trigger("schedule", cron="1 2 * * *"), True),
        ("{schedule: [{cron: '1 2 * * *'}]}", Trigger("schedule", cron="2 2 * * *"), False),
        ("pull_request_target", Trigger("pull_request_target", "opened"), False),
    ],
)
def test_starts(on, trigger, expected):
    assert starts(workflow(on), trigger) is expected
