"""The repository ``hospital/readmission`` on a sandbox, its pull requests and review runs, and publishing in this process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import evidence
import pytest

from wardround.flows.publish.comment import MARKER
from wardround.flows.publish.lock import LockResult, commit_locks
from wardround.flows.publish.request import PublishRequest, PublishResult
from wardround.flows.publish.run import publish
from wardround.forge import Credentials, connect
from wardround.forge.connection import Limits
from wardround.proc import Command, Finished
from wardround.sandbox import gitread, operations
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.model import Artifact, Comment, Pull, Run, Status
from wardround.sandbox.server import Sandbox
from wardround.sandbox.tokens import ACTIONS_BOT

REPO, FORK = "hospital/readmission", "eve/readmission"
CONTEXT = "wardround/readmission"
PAGE = "https://forge.example/hospital/readmission/actions/runs/9"
#: What the jobs of publish.yml are given.
PUBLISH = {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"}
LOCK = {"actions": "read", "contents": "write", "pull-requests": "read", "statuses": "write"}
#: One try, so that a fault ends the run; and several without a pause, so that it does not.
ONCE = Limits(attempts=1, total=20.0, timeout=10.0, wait=0.001, wait_max=0.002, pause=0.001)
PATIENT = replace(ONCE, attempts=4)

WHOLE = Path(__file__).resolve().parents[2] / "projects" / "whole"
STAGES = """stages:
  train:
    cmd: wardround stage train
    deps: [pipelines/model.py]
    params: [model]
    outs: [models/model]
"""
GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", "-c", "commit.gpgsign=false")


def git(place: Path, *args: str) -> str:
    return subprocess.run([*GIT, *args], cwd=place, check=True, capture_output=True, text=True, timeout=60).stdout


def lock(model: bytes) -> str:
    """A ``dvc.lock`` whose train stage made ``models/model`` with that content from the whole project's own files."""
    code = hashlib.md5((WHOLE / "pipelines" / "model.py").read_bytes(), usedforsecurity=False).hexdigest()
    out = hashlib.md5(model, usedforsecurity=False).hexdigest()
    return (
        "schema: '2.0'\nstages:\n  train:\n    cmd: wardround stage train\n"
        f"    deps:\n    - path: pipelines/model.py\n      hash: md5\n      md5: {code}\n      size: 1\n"
        "    params:\n      params.yaml:\n        model:\n          kind: hist_gradient_boosting\n"
        "          settings:\n            max_iter: 10\n            min_samples_leaf: 10\n"
        f"    outs:\n    - path: models/model\n      hash: md5\n      md5: {out}\n      size: {len(model)}\n"
    )


def _project(root: Path, name: str, who: str = "verify") -> None:
    (root / "pipelines").mkdir(parents=True, exist_ok=True)
    for file in (WHOLE / "pipelines").glob("*.py"):
        shutil.copy(file, root / "pipelines" / file.name)
    text = (WHOLE / "params.yaml").read_text(encoding="utf-8").replace("name: tiny", f"name: {name}")
    text += f"forge: {{lock: {who}}}\n"
    (root / "params.yaml").write_text(text, encoding="utf-8")
    (root / "dvc.yaml").write_text(STAGES, encoding="utf-8")
    (root / "dvc.lock").write_text(lock(b"the first model"), encoding="utf-8")


def _tree(place: Path, projects: tuple[str, ...], who: str) -> Path:
    """The default branch: what the forge holds, and the trusted checkout."""
    place.mkdir()
    git(place, "init", "-qb", "main")
    _project(place, "readmission", who)
    for project in projects:
        _project(place / project, project.rpartition("/")[2])
    (place / ".github" / "workflows").mkdir(parents=True)
    (place / ".github" / "workflows" / "review.yml").write_text("name: review\non: [pull_request]\njobs: {}\n")
    (place / "docs").mkdir()
    (place / "docs" / "index.md").write_text("# Readmission\n")
    (place / ".dvc").mkdir()
    (place / ".dvc" / "config").write_text(
        f"[core]\n    no_scm = true\n['remote \"storage\"']\n    url = {place.parent / 'storage'}\n"
        f"['remote \"quarantine\"']\n    url = {place.parent / 'quarantine'}\n"
    )
    git(place, "add", "-A")
    git(place, "commit", "-qm", "The hospital's model")
    return place


@dataclass(frozen=True)
class Change:
    """A branch with its pull request (number 0: none)."""

    branch: str
    head: str
    base: str
    number: int = 0
    repository: str = REPO


@dataclass
class Hospital:
    """The running sandbox and the trusted checkout. ``reports`` of a publish are below ``place``."""

    sandbox: Sandbox
    place: Path
    tree: Path
    tokens: dict[str, str] = field(default_factory=dict)
    names: int = 0

    @property
    def store(self):
        return self.sandbox.store

    def bare(self, repository: str = REPO):
        return self.sandbox.repositories.open(repository)

    def commit(self, parent: str, files: Mapping[str, bytes | None], repository: str = REPO) -> str:
        """A commit on top of ``parent``; no branch moves."""
        bare = self.bare(repository)
        head = bare.commit(parent)
        entries = [("100644", bare.write_blob(text) if text is not None else "", name) for name, text in files.items()]
        tree = bare.write_tree(entries, parent)
        assert tree is not None
        return bare.write_commit(tree, (parent,), f"Change {', '.join(files)}", head.author, head.committer)

    def push(self, branch: str, sha: str, repository: str = REPO) -> None:
        """The branch goes to ``sha`` as a (forced) push moves it, with what follows for pull requests."""
        bare, world = self.bare(repository), self.sandbox.world
        before = bare.branch(branch) or ZERO
        if sha == ZERO:
            bare.delete(f"refs/heads/{branch}")
        else:
            bare.set(f"refs/heads/{branch}", sha)
        operations.moved(world, world.repository(repository), Actor("ada"), Move(f"refs/heads/{branch}", before, sha))

    def change(self, files: Mapping[str, bytes | None] | None = None, *, fork: bool = False, **how: str) -> Change:
        """A pull request that changes the model's params, or ``files``."""
        self.names += 1
        branch, base = how.get("branch", f"change-{self.names}"), how.get("into", "main")
        repository = FORK if fork else REPO
        tip = self.bare().branch(base)
        files = files if files is not None else {"pipelines/features.py": f"# {self.names}\n".encode()}
        head = self.commit(self.bare(repository).branch(base) if fork else tip, files, repository)
        self.push(branch, head, repository)
        wanted = operations.NewPull(REPO, "A change", repository, branch, base)
        pull = operations.open_pull(self.sandbox.world, wanted, Actor("eve" if fork else "ada"))
        return Change(branch, head, tip, pull.number, repository)

    def run(self, change: Change, **changed: Any) -> int:
        """A completed review run of the change; returns its id."""
        number = self.store.next_id()
        run = Run(
            number, REPO, number, ".github/workflows/review.yml", "review", "pull_request", change.head, change.branch,
            change.repository, "ada", status="completed", conclusion="success", created_at="2026-05-04T12:00:00Z",
        )  # fmt: skip
        self.store.put(replace(run, **changed))
        return number

    def upload(self, run: int, content: bytes, name: str = "wardround-evidence-root") -> int:
        """An artifact of the run."""
        number = self.store.next_id()
        place = self.sandbox.directory / "artifacts" / str(run) / f"{number}.zip"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        relative = place.relative_to(self.sandbox.directory).as_posix()
        digest = hashlib.sha256(content).hexdigest()
        self.store.put(
            Artifact(number, REPO, run, name, relative, len(content), digest, "2026-05-04T12:00:00Z", "2999-01-01T00:00:00Z")
        )  # fmt: skip
        return number

    def reviewed(self, change: Change, verdicts: Mapping[str, Any] | None = None, **changed: Any) -> int:
        """A run with honest evidence of the root project; returns its id."""
        run = self.run(change)
        self.upload(run, evidence.zipped(evidence.made(change.head, change.base, dict(verdicts or {}), **changed)))
        return run

    def keep_object(self, content: bytes) -> None:
        """An object in the quarantine remote, as DVC lays it."""
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        place = self.place / "quarantine" / "files" / "md5" / digest[:2] / digest[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    @contextlib.contextmanager
    def request(self, run: int, *, permissions: Mapping[str, str] = PUBLISH, **how: Any) -> Iterator[PublishRequest]:
        """What publishing that run is asked, with a job's own token."""
        token = how.pop("token", "") or self.sandbox.world.tokens.run(REPO, permissions)
        given = Credentials(
            REPO, token, self.sandbox.api_url, author=ACTIONS_BOT, server_url=how.pop("server_url", ""),
            limits=how.pop("limits", ONCE),
        )  # fmt: skip
        forge = connect(given)
        try:
            with tempfile.TemporaryDirectory(dir=self.place) as scratch:
                found = forge.run(run)
                assert found is not None
                yield PublishRequest(**{"forge": forge, "run": found, "tree": self.tree, "scratch": Path(scratch), "page": PAGE, **how})  # fmt: skip
        finally:
            forge.close()

    def publish(self, run: int, **how: Any) -> PublishResult:
        with self.request(run, **how) as request:
            return publish(request)

    def commit_locks(self, run: int, **how: Any) -> tuple[LockResult, ...]:
        with self.request(run, permissions=LOCK, **how) as request:
            return commit_locks(request)

    def comments(self, number: int) -> tuple[str, ...]:
        """The bodies of our own comments with the marker."""
        found = self.store.find(Comment, REPO, number=number)
        return tuple(one.body for one in found if one.author == ACTIONS_BOT and one.body.startswith(MARKER))

    def statuses(self, sha: str) -> dict[str, tuple[str, str]]:
        """The latest status of each context: state and description."""
        return {one.context: (one.state, one.description) for one in self.store.find(Status, REPO, sha=sha)}

    def pull(self, number: int) -> Pull:
        found = self.store.get(Pull, REPO, number)
        assert found is not None
        return found

    def forget(self, change: Change) -> None:
        """Takes back all that publishing did about a change."""
        for kind in (Comment, Status):
            for record in self.store.find(kind, REPO):
                self.store.remove(record)
        if self.bare(change.repository).branch(change.branch) != change.head:
            self.bare(change.repository).set(f"refs/heads/{change.branch}", change.head)
            self.bare().set(f"refs/pull/{change.number}/head", change.head)
            self.store.put(replace(self.pull(change.number), head_sha=change.head))


def lean(command: Command) -> Finished:
    """Like ``proc.run``, for the sandbox's git alone: without a hook before the program, starting it copies nothing of this large process."""
    done = subprocess.run(
        list(command.args), cwd=command.cwd, env={**os.environ, **command.env}, input=command.stdin, capture_output=True,
        text=True, encoding="utf-8", errors="replace", timeout=command.timeout, check=False,
    )  # fmt: skip
    return Finished(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def opened(place: Path, projects: tuple[str, ...] = (), *, lock: str = "verify") -> Iterator[Hospital]:
    tree = _tree(place / "tree", projects, lock)
    with pytest.MonkeyPatch.context() as patch, Sandbox(place / "sandbox") as sandbox:
        patch.setattr(gitread, "run", lean)
        sandbox.store._connection.execute("PRAGMA synchronous = OFF")
        sandbox.create_repository("hospital", "readmission", from_path=tree)
        made = Hospital(sandbox, place, tree)
        made.tokens = {login: sandbox.create_user(login) for login in ("hospital", "ada", "eve")}
        sandbox.fork(REPO, "eve")
        yield made
