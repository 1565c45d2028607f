"""A running sandbox with a small repository in it, and clients that speak git and HTTP to it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from wardround.sandbox.server import Sandbox

WORKFLOW = """name: review  # what runs on a pull request
on:
  pull_request:
  workflow_dispatch:
jobs: {}
"""
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "ada",
    "GIT_AUTHOR_EMAIL": "ada@hospital.example",
    "GIT_COMMITTER_NAME": "ada",
    "GIT_COMMITTER_EMAIL": "ada@hospital.example",
    "PATH": os.environ["PATH"],
    "LC_ALL": "C",
}


def git(*args: str, cwd: Path, env: Mapping[str, str] | None = None, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        ["git", *args], check=False, cwd=cwd, capture_output=True, text=True, env={**GIT, **(env or {})}, timeout=60
    )
    assert done.returncode == 0 or not check, done.stderr
    return done


def commit(folder: Path, name: str, text: str, message: str = "change") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    git("add", "--", name, cwd=folder)
    git("commit", "-q", "-m", message, cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).stdout.strip()


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


@dataclass(frozen=True)
class Client:
    """Speaks HTTP to the sandbox, follows nothing, and gives every answer back."""

    base: str
    token: str | None = None
    context: ssl.SSLContext | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Answered:
        url = path if path.startswith("http") else self.base + path
        url += f"?{urlencode(query)}" if query else ""
        headers = {"Accept": "application/vnd.github+json", **self.headers}
        if self.token is not None:
            headers["Authorization"] = f"token {self.token}"
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, headers, method=method)
        handlers = [_Stay(), urllib.request.ProxyHandler({})]
        if self.context is not None:
            handlers.append(urllib.request.HTTPSHandler(context=self.context))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=30) as answer:
                return Answered(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answered(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@dataclass(frozen=True)
class Place:
    """A sandbox with acme/ml (owner acme), a fork of eve, and clients for each."""

    sandbox: Sandbox
    source: Path
    tokens: Mapping[str, str]

    def client(self, login: str) -> Client:
        return Client(self.sandbox.api_url, self.tokens[login])

    def run(self, repository: str = "acme/ml", *, fork: bool = False, **permissions: str) -> Client:
        given = {scope.replace("_", "-"): level for scope, level in permissions.items()}
        return Client(self.sandbox.api_url, self.sandbox.world.tokens.run(repository, given, 7, fork=fork))

    def clone(self, login: str, repository: str, into: Path) -> Path:
        url = self.sandbox.url.replace("http://", f"http://{login}:{self.tokens[login]}@")
        git("clone", "-q", f"{url}/{repository}.git", str(into), cwd=into.parent)
        return into

    def branch(self, name: str, file: str, text: str, repository: str = "acme/ml") -> str:
        """A branch with one more file on top of main, made without HTTP."""
        bare = self.sandbox.repositories.open(repository)
        tip = bare.branch("main")
        assert tip is not None
        head = bare.commit(tip)
        assert head is not None
        tree = bare.write_tree([("100644", bare.write_blob(text.encode()), file)], tip)
        assert tree is not None
        sha = bare.write_commit(tree, (tip,), f"Add {file}", head.author, head.committer)
        assert bare.move(f"refs/heads/{name}", sha, None)
        return sha


def make_source(folder: Path) -> Path:
    folder.mkdir()
    git("init", "-q", "-b", "main", cwd=folder)
    commit(folder, ".github/workflows/review.yml", WORKFLOW, "The workflow")
    commit(folder, "src/model.py", "x = 1\n", "The model")
    commit(folder, "README.md", "# ML\n", "A page")
    return folder


def make_place(directory: Path) -> Iterator[Place]:
    source = make_source(directory / "source")
    with Sandbox(directory / "sandbox") as sandbox:
        sandbox.create_repository("acme", "ml", from_path=source)
        tokens = {login: sandbox.create_user(login) for login in ("acme", "eve", "ada")}
        sandbox.fork("acme/ml", "eve")
        yield Place(sandbox, source, tokens)
