"""A pull request that touches no model, through the workflows that `wardround init` writes, run by act: scanned, published, refused."""

from pathlib import Path

import pytest

from wardround.flows.project_files import InitRequest, content_of
from wardround.proc import Command, run
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Comment, Job, Run, Status, Variable
from wardround.sandbox.operations import NewPull, open_pull
from wardround.sandbox.runner import Runner
from wardround.sandbox.server import Sandbox

NAME = "acme/sepsis"
NUMBER = "485 777 3457"
WHO = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def git(where: Path, *args: str) -> str:
    done = run(Command([*WHO, *args], cwd=where, env={"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}))
    assert done.ok, done.err
    return done.out.strip()


def branch(checkout: Path, name: str, files: dict[str, str]) -> str:
    """A branch from `main` with one commit more; its SHA."""
    git(checkout, "switch", "-qc", name, "main")
    for path, text in files.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "Words")
    return git(checkout, "rev-parse", "HEAD")


@pytest.mark.slow
def test_a_number_in_a_page_is_refused_and_never_printed(tmp_path: Path) -> None:
    checkout = tmp_path / "sepsis"
    for name, text in content_of(InitRequest(checkout), checkout, checkout).texts.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    git(checkout, "init", "-qb", "main")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "First")
    heads = {
        "clean": branch(checkout, "clean", {"docs/words.md": "# Better words\n"}),
        "planted": branch(checkout, "planted", {"docs/words.md": f"# Words\n\nSeen: NHS number {NUMBER}.\n"}),
    }
    git(checkout, "switch", "-q", "main")
    with Sandbox(tmp_path / "sandbox") as sandbox:
        sandbox.create_repository("acme", "sepsis", from_path=checkout)
        sandbox.store.put(Variable(NAME, "WARDROUND_PREINSTALLED", "true"))
        pulls = {
            name: open_pull(sandbox.world, NewPull(NAME, name, NAME, name, "main"), Actor("acme")).number
            for name in heads
        }
        runner = Runner(sandbox)
        runner.start()
        try:
            runner.idle(300)
        finally:
            runner.stop()
        store = sandbox.store
        logs = "".join(path.read_text(encoding="utf-8") for path in sorted(sandbox.directory.glob("logs/**/*.log")))
        reviews = {one.head_branch: one for one in store.find(Run, NAME) if one.name == "review"}
        jobs = {
            name: {job.name: job.conclusion for job in store.find(Job, NAME, run_id=one.id)}
            for name, one in reviews.items()
        }
        statuses = {name: [one.state for one in store.find(Status, NAME, sha=sha)] for name, sha in heads.items()}
        comments = {name: [one.body for one in store.find(Comment, NAME, number=pulls[name])] for name in heads}
    assert jobs["clean"]["identifiers of patients"] == "success", logs[-4000:]
    assert jobs["planted"]["identifiers of patients"] == "failure", logs[-4000:]
    assert statuses == {"clean": ["success"], "planted": ["failure"]}
    assert comments["clean"] == []
    assert len(comments["planted"]) == 1
    assert "privacy.phi" in comments["planted"][0]
    assert "phi.nhs_number" in logs
    assert "docs/words.md:3" in logs
    assert NUMBER not in logs + "".join(comments["planted"])
