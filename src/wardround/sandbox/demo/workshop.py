"""A person's own checkout in the demonstration: what they type there, with real git and real DVC."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.files import write_text
from wardround.proc import Command, run


@dataclass(frozen=True)
class Workshop:
    """A checkout at ``root`` of ``login``, whose pushes carry ``token``. The token reaches git by its environment only."""

    root: Path
    login: str
    token: str
    say: Callable[[str], None]
    forge: Mapping[str, str] = field(default_factory=dict)

    def git(self, *args: str) -> str:
        """A git command that must succeed."""
        done = run(Command(["git", *args], cwd=self.root, env=self._environment(), timeout=300))
        if not done.ok:
            raise EnvironmentFailure(f"git {args[0]} failed", where=str(self.root), found=done.err.strip()[-400:])
        return done.out.strip()

    def dvc(self, *args: str) -> None:
        """A DVC command that must succeed."""
        env = {"PATH": _with_scripts()}
        done = run(Command([sys.executable, "-m", "dvc", *args], cwd=self.root, env=env, timeout=1800))
        if not done.ok:
            raise EnvironmentFailure(f"dvc {args[0]} failed", where=str(self.root), found=done.err.strip()[-400:])

    def wardround(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """A command of Wardround that must succeed; what it printed. ``forge`` is the environment that names the forge; ``env`` adds to it."""
        given = {**self._environment(), **self.forge, **(env or {})}
        done = run(Command([sys.executable, "-m", "wardround", *args], cwd=self.root, env=given, timeout=1800))
        if not done.ok:
            raise EnvironmentFailure(
                f"wardround {args[0]} failed", where=str(self.root), found=(done.err or done.out).strip()[-600:]
            )
        return done.out

    def branch(self, name: str, start: str = "main") -> None:
        """Begins a branch."""
        self.git("switch", "--quiet", "--create", name, start)

    def edit(self, path: str, before: str, after: str) -> None:
        """Replaces the one place where ``before`` stands."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        changed, count = re.subn(re.escape(before), lambda _match: after, text)
        if count != 1:
            raise EnvironmentFailure("the demonstration's change does not fit its project", where=path, wanted=before)
        write_text(file, changed)

    def commit(self, message: str) -> str:
        """Commits everything; returns the SHA."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, branch: str) -> None:
        """Pushes a branch to ``origin``."""
        self.git("push", "--quiet", "origin", branch)

    def _environment(self) -> Mapping[str, str]:
        basic = base64.b64encode(f"{self.login}:{self.token}".encode()).decode()
        return {
            "GIT_AUTHOR_NAME": self.login,
            "GIT_AUTHOR_EMAIL": f"{self.login}@example.org",
            "GIT_COMMITTER_NAME": self.login,
            "GIT_COMMITTER_EMAIL": f"{self.login}@example.org",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }


def _with_scripts() -> str:
    import os

    return str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
