"""Pull requests, labels, statuses and deployments: found exactly, made once."""

import pytest
from loopback_github import REPO, GitHubServer

from wardround.forge import CouldNotCheck, Forge, NotThere, Refused
from wardround.forge.released import DeploymentSpec, DeploymentStatus
from wardround.forge.values import ChangedFile, PullSpec, Status

SHA = "a" * 40


def test_a_pull_request_and_none(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull(labels=[{"name": "retrain"}], merged_at="2026-01-01", state="closed")
    found = forge.pull(number)
    assert found is not None
    assert (found.head_repository, found.labels, found.merged, found.body) == (REPO, ("retrain",), True, "")
    assert forge.pull(99) is None


def test_a_fork_that_is_gone_and_an_author_that_is_gone(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull(repository=None, user=None)
    found = forge.pull(number)
    assert found is not None
    assert (found.head_repository, found.author) == ("", "")


def test_pulls_of_a_branch_are_of_exactly_that_repository(server: GitHubServer, forge: Forge) -> None:
    own = server.add_pull("topic")
    server.add_pull("topic", repository="acme/ward-copy")  # same owner, another repository
    fork = server.add_pull("topic", repository="Mallory/Ward")
    server.add_pull("topic", state="closed")
    assert [pull.number for pull in forge.pulls_of_branch(REPO, "topic")] == [own]
    assert [pull.number for pull in forge.pulls_of_branch("Mallory/ward", "topic")] == [fork]
    assert len(forge.pulls_of_branch(REPO, "topic", "all")) == 2
    assert forge.pulls_of_branch(REPO, "other") == ()


def test_a_filter_that_the_forge_ignores_is_applied_all_the_same(server: GitHubServer, forge: Forge) -> None:
    server.add_pull("other")
    server.fail("GET .*/pulls", status=200, body=list(server.pulls.values()))
    assert forge.pulls_of_branch(REPO, "topic") == ()


def test_pulls_of_a_commit(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull(head=SHA)
    assert [pull.number for pull in forge.pulls_of_commit(SHA)] == [number]
    assert forge.pulls_of_commit("b" * 40) == ()
    assert forge.pulls_of_commit("0" * 40) == ()


def test_a_repository_that_is_not_seen_is_no_empty_list(server: GitHubServer, forge: Forge) -> None:
    server.fail("GET", status=404)
    with pytest.raises(CouldNotCheck, match="repository is not there"):
        forge.pulls_of_branch(REPO, "topic")


def test_all_files_of_a_pull_request(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    server.files[number] = [{"filename": f"f{i}", "status": "added"} for i in range(250)]
    found = forge.files_of_pull(number)
    assert len(found) == 250
    assert found[249] == ChangedFile("f249", "added")
    assert forge.calls == 3


def test_a_list_of_files_that_may_be_cut_is_no_list(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    server.files[number] = [{"filename": f"f{i}", "status": "added"} for i in range(3000)]
    with pytest.raises(CouldNotCheck, match="all files"):
        forge.files_of_pull(number)


SPEC = PullSpec("retrain/readmission", "main", "Retrain", "because", ("retrain",), draft=True)


def test_a_proposal_is_opened_then_updated(server: GitHubServer, forge: Forge) -> None:
    made = forge.open_or_update_pull(SPEC)
    assert (made.title, made.draft, made.labels) == ("Retrain", True, ("retrain",))
    again = forge.open_or_update_pull(SPEC)
    assert again == made
    changed = forge.open_or_update_pull(PullSpec(SPEC.branch, "main", "Retrain", "because of more", ("retrain",)))
    assert (changed.number, changed.body) == (made.number, "because of more")
    assert server.count("POST .*/pulls$") == 1
    assert server.count("POST .*/labels$") == 1
    assert len(server.pulls) == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("match", ["POST .*/pulls$", "POST .*/labels$"])
def test_a_break_ends_in_one_proposal(server: GitHubServer, forge: Forge, match: str, after: bool) -> None:
    server.fail(match, "reset", after=after)
    forge.open_or_update_pull(SPEC)
    assert len(server.pulls) == 1
    assert server.pulls[1]["labels"] == [{"name": "retrain"}]


def test_somebody_faster_opened_it(server: GitHubServer, forge: Forge) -> None:
    original = server.create_pull

    def racing() -> object:
        server.add_pull(SPEC.branch, title="Retrain", body="older")
        return original()

    server.create_pull = racing  # type: ignore[method-assign]
    found = forge.open_or_update_pull(SPEC)
    assert (found.number, found.body) == (1, "because")
    assert len(server.pulls) == 1


def test_a_proposal_that_is_refused(server: GitHubServer, forge: Forge) -> None:
    server.fail("POST .*/pulls$", status=422, body={"message": "Validation Failed", "errors": ["No commits between"]})
    with pytest.raises(Refused, match="No commits between"):
        forge.open_or_update_pull(SPEC)


@pytest.mark.parametrize("after", [False, True])
def test_a_label_is_made_once(server: GitHubServer, forge: Forge, after: bool) -> None:
    server.fail("POST .*/labels$", status=500, after=after)
    forge.ensure_label("retrain: hold", "ff0000", "no proposal")
    forge.ensure_label("retrain: hold")
    assert server.labels["retrain: hold"]["color"] == "ff0000"
    assert server.count("POST") == (1 if after else 2)


def test_a_label_that_may_not_be_made(server: GitHubServer, forge: Forge) -> None:
    server.fail("POST .*/labels$", status=422, body={"message": "color is invalid"})
    with pytest.raises(Refused, match="color"):
        forge.ensure_label("x", "nonsense")


def test_the_latest_status_of_each_context(server: GitHubServer, forge: Forge) -> None:
    for state in ("pending", "failure", "success"):
        forge.set_status(SHA, Status("wardround/a", state))
    forge.set_status(SHA, Status("wardround/b", "error", "why", "https://example.org/run"))
    found = forge.statuses(SHA)
    assert found == (
        Status("wardround/a", "success"),
        Status("wardround/b", "error", "why", "https://example.org/run"),
    )
    assert {status.creator for status in found} == {"robot"}


def test_the_same_status_costs_one_look_or_none(server: GitHubServer, forge: Forge) -> None:
    status = Status("wardround/a", "failure", "x" * 200)
    forge.set_status(SHA, status)
    forge.set_status(SHA, status)
    assert (server.count("POST"), forge.calls) == (1, 3)
    known = forge.statuses(SHA)
    before = forge.calls
    forge.set_status(SHA, status, known=known)
    assert forge.calls == before
    assert len(known[0].description) == 140


def test_the_same_status_by_somebody_else_is_not_ours(server: GitHubServer, forge: Forge) -> None:
    forged = {"context": "wardround/a", "state": "success", "description": "", "creator": {"login": "mallory"}}
    server.statuses[SHA] = [forged]
    forge.set_status(SHA, Status("wardround/a", "success"))
    assert [status["creator"]["login"] for status in server.statuses[SHA]] == ["mallory", "robot"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["reset", "status"])
def test_a_status_is_set_once(server: GitHubServer, forge: Forge, kind: str, after: bool) -> None:
    server.fail("POST .*/statuses", kind, after=after)
    forge.set_status(SHA, Status("wardround/a", "success", "fine"))
    assert len(server.statuses[SHA]) == 1


def test_a_status_of_a_commit_that_is_not_there(server: GitHubServer, forge: Forge) -> None:
    server.fail("POST .*/statuses", status=422, body={"message": f"No commit found for SHA: {SHA}"})
    with pytest.raises(Refused, match="No commit found"):
        forge.set_status(SHA, Status("a", "success"))


DEPLOY = DeploymentSpec("readmission@v1.4.0", "promote", "prod", {"version": "v1.4.0"}, "approved")


@pytest.mark.parametrize("after", [False, True])
def test_a_deployment_is_made_once(server: GitHubServer, forge: Forge, after: bool) -> None:
    server.fail("POST .*/deployments$", "reset", after=after)
    made = forge.create_deployment(DEPLOY)
    assert forge.create_deployment(DEPLOY) == made
    other = forge.create_deployment(DeploymentSpec(DEPLOY.ref, "promote", "prod", {"version": "v1.5.0"}))
    assert other.id != made.id
    assert len(server.deployments) == 2
    assert server.deployments[0]["required_contexts"] == []


def test_a_payload_may_come_as_text(server: GitHubServer, forge: Forge) -> None:
    forge.create_deployment(DEPLOY)
    server.deployments[0]["payload"] = '{"version": "v1.4.0"}'
    assert forge.create_deployment(DEPLOY).id == server.deployments[0]["id"]
    assert len(server.deployments) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_deployment_status_is_set_once(server: GitHubServer, forge: Forge, after: bool) -> None:
    made = forge.create_deployment(DEPLOY)
    server.fail("POST .*/statuses$", "reset", after=after)
    for state in ("in_progress", "success", "success"):
        forge.set_deployment_status(made.id, DeploymentStatus(state, "d" * 200))
    assert [status["state"] for status in server.deployment_statuses[made.id]] == ["in_progress", "success"]
    server.fail("POST .*/statuses$", status=404)
    with pytest.raises(NotThere):
        forge.set_deployment_status(made.id, DeploymentStatus("inactive"))


def test_reviews_in_their_order_without_what_was_not_submitted(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull()
    said = [("APPROVED", "ada", 9), ("PENDING", "eve", 8), ("CHANGES_REQUESTED", None, 7)]
    server.reviews[number] = [
        {"id": key, "state": state, "user": who and {"login": who}, "commit_id": SHA, "submitted_at": "2026-01-01"}
        for state, who, key in said
    ] + [{"id": 100 + key, "state": "COMMENTED", "user": {"login": "bob"}, "commit_id": None} for key in range(150)]
    found = forge.reviews(number)
    assert [(one.state, one.author) for one in found[:2]] == [("CHANGES_REQUESTED", ""), ("APPROVED", "ada")]
    assert (len(found), found[1].sha, found[-1].sha) == (152, SHA, "")


def test_who_had_a_hand_in_a_pull_request(server: GitHubServer, forge: Forge) -> None:
    number = server.add_pull(user={"login": "bob"})
    server.wrote[number] = [{"author": {"login": "ada"}}, {"author": None}, {"author": {"login": "bob"}}]
    assert forge.authors_of_pull(number) == ("ada", "bob")
    with pytest.raises(NotThere):
        forge.authors_of_pull(99)
