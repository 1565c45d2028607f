"""The real CML against the sandbox. It is used where it is found: ``cml`` on PATH, or WARDROUND_CML names its bin/cml.js."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wardround.forge import Credentials, Forge, cml, connect
from wardround.forge.values import CommentSpec, FileCommit, PullSpec
from wardround.sandbox.runner import Runner
from wardround.sandbox.server import Sandbox

REPO = "hospital/readmission"
MARKER = "<!-- wardround:review -->"
BODY = f"{MARKER}\n# Prüfung\n\n| a | b |\n|---|---|\n| é | 1 |\n\n![](roc.png)\n\n```\nx\n```\n"

#: A step that posts as ``wardround ci publish`` does: with what the runner tells it, and nothing else.
WORKFLOW = """
name: post
on: workflow_dispatch
permissions: {}
jobs:
  post:
    runs-on: ubuntu-24.04
    permissions: {pull-requests: write}
    steps:
      - env:
          GITHUB_TOKEN: ${{ github.token }}
        shell: python
        run: |
          from wardround.forge import connect, from_environment
          assert connect(from_environment()).poster(NUMBER)("<!-- step -->")
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """CML as :func:`wardround.forge.cml.installed` finds it."""
    named = os.environ.get("WARDROUND_CML")
    if named:
        assert os.access(named, os.X_OK), f"WARDROUND_CML names no program: {named}"
        launcher = tmp_path / "bin" / "cml"
        launcher.parent.mkdir()
        launcher.symlink_to(named)
        monkeypatch.setenv("PATH", f"{launcher.parent}{os.pathsep}{os.environ['PATH']}")
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    found = cml.installed()
    if found is None:
        pytest.skip("CML is not installed: npm install -g @dvcorg/cml, or set WARDROUND_CML to its bin/cml.js")
    return found


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    source = tmp_path / "source"
    source.mkdir()
    (source / "README").write_text("a\n")
    for args in (("init", "-qb", "main"), ("add", "-A"), ("commit", "-qm", "first")):
        identity = ("-c", "user.name=Acme", "-c", "user.email=acme@example.org")
        subprocess.run(["git", *identity, *args], cwd=source, check=True, capture_output=True)
    with Sandbox(tmp_path / "sandbox") as running:
        running.create_repository(*REPO.split("/"), from_path=source)
        yield running


@pytest.fixture
def forge(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    """As in a step of the sandbox's runner, which is told of plain HTTP and, for CML, of TLS."""
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(sandbox.ca_file))
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_SERVER_URL", sandbox.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", REPO)
    monkeypatch.setenv("GITHUB_ACTOR", "eve")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "workflow_run")
    monkeypatch.setenv("GITHUB_SHA", "c" * 40)
    token = sandbox.create_user(REPO.split("/", maxsplit=1)[0])
    made = connect(Credentials(REPO, token, sandbox.api_url, server_url=sandbox.tls_url))
    yield made
    made.close()


@pytest.fixture
def number(forge: Forge) -> int:
    main = forge.branch("main")
    assert main is not None
    forge.create_branch("topic", main)
    forge.commit_files(FileCommit("topic", main, {"README": b"b\n"}, "b"))
    return forge.open_or_update_pull(PullSpec("topic", "main", "T", "B")).number


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The proxy to everything but loopback: whoever looks for an outside host connects here."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{listening.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield listening


def test_one_call_makes_the_comment(
    program: tuple[str, ...],
    sandbox: Sandbox,
    forge: Forge,
    number: int,
    outside: socket.socket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    start = len(sandbox.calls.made)
    post = forge.poster(number)
    assert post is not None
    assert post(BODY)
    assert sandbox.calls.made[start:] == [("POST", f"/repos/{REPO}/issues/{number}/comments", 201)]
    with pytest.raises(BlockingIOError):  # nobody is waiting
        outside.accept()
    assert list(home.iterdir()) == []
    (comment,) = forge.find_comments(number, MARKER)
    kept, _, added = comment.body.partition("\n\n<!--\n")
    assert kept == BODY
    assert "CML watermark" in added
    assert "-->" not in added  # so its image is not shown


def test_the_comment_ends_as_it_should_be(
    program: tuple[str, ...], sandbox: Sandbox, forge: Forge, number: int
) -> None:
    start = len(sandbox.calls.made)
    made = forge.upsert_comment(CommentSpec(number, MARKER, lambda _: BODY, forge.poster(number)))
    (comment,) = forge.find_comments(number, MARKER)
    assert comment.id == made.id
    assert comment.body.strip() == BODY.strip()
    writes = [(method, status) for method, _, status in sandbox.calls.made[start:] if method != "GET"]
    assert writes == [("POST", 201), ("PATCH", 200)]  # CML's, and the edit that takes its mark away
    for name, turn in (("one", BODY + "two\n"), ("two", BODY + "three\n")):
        forge.upsert_comment(CommentSpec(number, MARKER, lambda _, turn=turn: turn, forge.poster(number)))
        (comment,) = forge.find_comments(number, MARKER)
        assert (comment.id, comment.body.strip()) == (made.id, turn.strip()), name


def test_without_the_certificate_nothing_arrives_and_it_says_no(
    program: tuple[str, ...], sandbox: Sandbox, forge: Forge, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS")
    start = len(sandbox.calls.made)
    post = forge.poster(number)
    assert post is not None
    assert not post(BODY)
    assert sandbox.calls.made[start:] == []
    forge.upsert_comment(CommentSpec(number, MARKER, lambda _: BODY, forge.poster(number)))
    assert [comment.body.strip() for comment in forge.find_comments(number, MARKER)] == [BODY.strip()]


def test_a_step_of_the_runner_posts_with_it(
    program: tuple[str, ...], sandbox: Sandbox, forge: Forge, number: int
) -> None:
    main = forge.branch("main")
    assert main is not None
    workflow = WORKFLOW.replace("NUMBER", str(number)).encode()
    forge.commit_files(FileCommit("main", main, {".github/workflows/post.yml": workflow}, "post"))
    start = len(sandbox.calls.made)
    runner = Runner(sandbox)
    runner.start()
    try:
        runner.dispatch(REPO, "post.yml")
        runner.idle()
    finally:
        runner.stop()
    (run,) = forge.runs_of_workflow("post.yml")
    assert run.conclusion == "success"
    assert ("POST", f"/repos/{REPO}/issues/{number}/comments", 201) in sandbox.calls.made[start:]
    app = connect(Credentials(REPO, sandbox.create_user("hospital"), sandbox.api_url, author="github-actions[bot]"))
    assert [comment.body.startswith("<!-- step -->") for comment in app.find_comments(number, "<!-- step -->")] == [
        True
    ]
    app.close()
