"""The forge against the sandbox's API, which another hand wrote from GitHub's description: both must mean the same."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wardround.forge import CouldNotCheck, Credentials, Forge, NotThere, Refused, connect
from wardround.forge.released import DeploymentSpec, DeploymentStatus, TagSpec
from wardround.forge.values import ChangedFile, CommentSpec, FileCommit, IssueSpec, PullSpec, Status
from wardround.sandbox.server import Sandbox

REPO = "acme/ml"
NOBODY = "c" * 40
MARKER = "<!-- wardround:review -->"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    place = tmp_path_factory.mktemp("forge")
    source = place / "source"
    source.mkdir()
    (source / "dvc.lock").write_text("old\n")
    for args in (("init", "-qb", "main"), ("add", "-A"), ("commit", "-qm", "first")):
        identity = ("-c", "user.name=Acme", "-c", "user.email=acme@example.org")
        subprocess.run(["git", *identity, *args], cwd=source, check=True, capture_output=True)
    with Sandbox(place / "sandbox") as running:
        running.create_repository("acme", "ml", from_path=source)
        yield running


@pytest.fixture(scope="module")
def forge(sandbox: Sandbox) -> Iterator[Forge]:
    made = connect(Credentials(REPO, sandbox.create_user("acme"), sandbox.api_url))
    yield made
    made.close()


@pytest.fixture(scope="module")
def main(forge: Forge) -> str:
    found = forge.branch("main")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def head(forge: Forge, main: str) -> str:
    forge.create_branch("topic/one", main)
    forge.create_branch("topic/one", main)
    return forge.commit_files(FileCommit("topic/one", main, {"dvc.lock": b"new\n", "raw": b"\xff\0"}, "Lock"))


@pytest.fixture(scope="module")
def number(forge: Forge, head: str) -> int:
    return forge.open_or_update_pull(PullSpec("topic/one", "main", "Title", "Body", ("retrain",))).number


def test_we_are_who_the_token_says(forge: Forge) -> None:
    assert forge.author() == "acme"
    assert forge.repository_facts().default_branch == "main"


def test_a_commit_is_found_again_and_not_forced(forge: Forge, main: str, head: str) -> None:
    spec = FileCommit("topic/one", main, {"dvc.lock": b"new\n", "raw": b"\xff\0"}, "Lock")
    assert forge.commit_files(spec) == head
    with pytest.raises(Refused, match="moved"):
        forge.commit_files(FileCommit("topic/one", main, {"dvc.lock": b"newer\n"}, "Lock"))
    assert forge.read_file("raw", head) == b"\xff\0"
    assert forge.read_file("nowhere", head) is None
    found = forge.commit(head)
    assert found is not None
    assert (found.parents, found.message.strip()) == ((main,), "Lock")
    assert forge.commit(NOBODY) is None


def test_a_comparison(forge: Forge, main: str, head: str) -> None:
    found = forge.compare(main, head)
    assert found is not None
    assert (found.merge_base, found.ahead, found.behind, found.complete) == (main, 1, 0, True)
    assert found.files == (ChangedFile("dvc.lock", "modified"), ChangedFile("raw", "added"))
    assert forge.compare(main, NOBODY) is None


def test_a_pull_request_is_found_each_way(forge: Forge, number: int, head: str) -> None:
    found = forge.pull(number)
    assert found is not None
    assert (found.head_sha, found.head_repository, found.labels) == (head, REPO, ("retrain",))
    assert forge.pulls_of_branch(REPO, "topic/one") == (found,)
    assert [pull.number for pull in forge.pulls_of_commit(head)] == [number]
    assert {file.path for file in forge.files_of_pull(number)} == {"dvc.lock", "raw"}
    again = forge.open_or_update_pull(PullSpec("topic/one", "main", "Other", "Body", ("retrain",)))
    assert (again.number, again.title) == (number, "Other")
    assert forge.pull(9999) is None
    assert forge.pulls_of_commit(NOBODY) == ()
    assert forge.pulls_of_branch("eve/ml", "topic/one") == ()


def test_one_comment_among_many(sandbox: Sandbox, forge: Forge, number: int) -> None:
    for index in range(101):
        forge.create_comment(number, f"talk {index}")
    eve = connect(Credentials(REPO, sandbox.create_user("eve"), sandbox.api_url))
    foreign = eve.create_comment(number, f"{MARKER}\nverdict: pass")
    before = forge.calls
    made = forge.upsert_comment(CommentSpec(number, MARKER, lambda _: f"{MARKER}\none"))
    assert forge.calls - before == 5  # two pages, twice, and the comment
    again = forge.upsert_comment(CommentSpec(number, MARKER, lambda _: f"{MARKER}\ntwo"))
    assert again.id == made.id != foreign.id
    assert [comment.body for comment in forge.find_comments(number, MARKER)] == [f"{MARKER}\ntwo"]
    assert [comment.id for comment in eve.find_comments(number, MARKER)] == [foreign.id]
    eve.close()
    with pytest.raises(NotThere):
        forge.upsert_comment(CommentSpec(9999, MARKER, lambda _: MARKER))


def test_a_status_is_set_once(forge: Forge, head: str) -> None:
    status = Status("wardround/readmission", "failure", "x" * 200, "https://example.org/run")
    forge.set_status(head, status)
    before = forge.calls
    forge.set_status(head, status)
    assert forge.calls - before == 1
    (found,) = forge.statuses(head)
    assert (found.state, found.url, found.creator, len(found.description)) == ("failure", status.url, "acme", 140)
    with pytest.raises(Refused):
        forge.set_status(NOBODY, status, known=())


def test_labels_tags_and_deployments_are_made_once(forge: Forge, main: str, head: str) -> None:
    forge.ensure_label("retrain: hold", "ff0000", "no proposal")
    forge.ensure_label("retrain: hold")
    spec = TagSpec("readmission#prod#7", head, "approved")
    assert forge.annotated_tag(spec).object == forge.annotated_tag(spec).object
    with pytest.raises(Refused, match="never move"):
        forge.annotated_tag(TagSpec(spec.name, main, "approved"))
    wanted = DeploymentSpec("main", "promote", "prod", {"version": "v1"})
    made = forge.create_deployment(wanted)
    assert forge.create_deployment(wanted) == made
    for _ in range(2):
        forge.set_deployment_status(made.id, DeploymentStatus("success", "live", "https://example.org/run"))


def test_what_never_ran(forge: Forge, tmp_path: Path) -> None:
    assert forge.run(1) is None
    assert forge.workflow("review.yml") is None
    assert forge.runs_of_workflow("review.yml") == ()
    assert forge.rulesets() == ()
    with pytest.raises(NotThere):
        forge.download_artifact(1, tmp_path, 100)


def test_an_app_over_tls(
    sandbox: Sandbox, number: int, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, private = sandbox.world.create_app(
        "wardround-app", (REPO,), {"contents": "read", "issues": "write", "pull_requests": "write", "statuses": "write"}
    )
    key = tmp_path / "key.pem"
    key.write_text(private)
    api = sandbox.api_url.replace(sandbox.url, sandbox.tls_url)
    given = Credentials(REPO, api_url=api, app_id=str(app.id), app_key=key)
    with pytest.raises(CouldNotCheck, match="certificate is not trusted"):
        connect(given).branch("main")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca_file))
    forge = connect(given)
    made = forge.upsert_comment(CommentSpec(number, "<!-- app -->", lambda _: "<!-- app -->"))
    forge.set_status(head, Status("wardround/app", "success"))
    assert made.author == forge.author() == "wardround-app[bot]"
    assert {status.creator for status in forge.statuses(head) if status.context == "wardround/app"} == {made.author}
    with pytest.raises(CouldNotCheck, match="may not do this"):
        forge.create_branch("app", head)
    forge.close()


def test_one_issue_of_ours_is_opened_updated_and_found_again(sandbox: Sandbox, forge: Forge) -> None:
    marker = "<!-- wardround:data test -->"
    spec = IssueSpec(marker, "Units are mixed up", f"Look.\n{marker}", ("data", "upstream"))
    assert forge.issues("data") == ()
    made = forge.open_or_update_issue(spec)
    assert (made.state, made.labels, made.is_pull) == ("open", ("data", "upstream"), False)
    calls = forge.calls
    assert forge.open_or_update_issue(spec) == made
    assert forge.calls - calls <= 2  # who we are, and what is there
    changed = forge.open_or_update_issue(replace(spec, title="Units are still mixed up"))
    assert (changed.number, changed.title) == (made.number, "Units are still mixed up")
    stranger = connect(Credentials(REPO, sandbox.create_user("mallory"), sandbox.api_url))
    with pytest.raises(NotThere):  # who may not write opens an issue, and labels nothing
        stranger.open_or_update_issue(replace(spec, body=f"Mine.\n{marker}"))
    stranger.close()
    assert [item.number for item in forge.issues("data")] == [made.number]
    assert forge.open_or_update_issue(spec).number == made.number
    assert forge.issues("nothing", "all") == ()
