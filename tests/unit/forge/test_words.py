"""Words with an identifier of a patient do not reach the forge, whatever makes them, and by whatever way."""

import pytest
from loopback_github import GitHubServer

from wardround.errors import GovernanceFinding
from wardround.forge import Forge
from wardround.forge.released import DeploymentSpec, DeploymentStatus
from wardround.forge.values import CommentSpec, IssueSpec, PullSpec, Status

SHA = "a" * 40
BAD = "The drift began with the row of SSN 212-34-" + "5678."


def deploy(forge, text):
    made = forge.create_deployment(DeploymentSpec(SHA, "promote:x", "prod", {}, "fine"))
    forge.set_deployment_status(made.id, DeploymentStatus("success", text))


WAYS = {
    "body of a pull request": lambda forge: forge.open_or_update_pull(PullSpec("retrain/x", "main", "Retrain", BAD)),
    "title of a pull request": lambda forge: forge.open_or_update_pull(PullSpec("retrain/x", "main", BAD, "fine")),
    "issue": lambda forge: forge.open_or_update_issue(IssueSpec("<!-- m -->", "Data", f"<!-- m -->{BAD}", ("data",))),
    "comment": lambda forge: forge.create_comment(1, BAD),
    "edited comment": lambda forge: forge.edit_comment(1, BAD),
    "status": lambda forge: forge.set_status(SHA, Status("wardround/x", "failure", BAD)),
    "deployment": lambda forge: forge.create_deployment(DeploymentSpec(SHA, "promote:x", "prod", {}, BAD)),
    "state of a deployment": lambda forge: deploy(forge, BAD),
}


def written(server: GitHubServer) -> str:
    return repr(
        [vars(server).get(name) for name in ("pulls", "issues", "comments", "statuses", "deployments", "requests")]
    )


@pytest.mark.parametrize("send", WAYS.values(), ids=WAYS)
def test_no_way_lets_it_out(server: GitHubServer, forge: Forge, send) -> None:
    server.add_pull()
    other = {
        "number": 9,
        "title": "x",
        "body": "",
        "state": "open",
        "user": {"login": "ada"},
        "labels": [],
        "html_url": "",
    }
    server.fail("GET .*/issues$", status=200, body=[other])
    with pytest.raises(GovernanceFinding, match="looks like an identifier of a patient") as refused:
        send(forge)
    said = str(refused.value) + repr(refused.value.problems)
    assert "phi.ssn" in said
    assert "212-34" not in said + written(server)
    assert refused.value.exit_code == 13


def test_another_program_that_posts_is_not_started(server: GitHubServer, forge: Forge) -> None:
    number, started = server.add_pull(), []
    spec = CommentSpec(number, "<!-- m -->", lambda _: f"<!-- m -->{BAD}", post=lambda body: bool(started.append(body)))
    with pytest.raises(GovernanceFinding):
        forge.upsert_comment(spec)
    assert started == []
