"""Where the history is kept: on a branch of the clone, of its origin, or on the forge. It only grows, and is never forced."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardround.errors import EnvironmentFailure
from wardround.monitoring.history import BRANCH, DIRECTORY
from wardround.proc import Command, Finished, run
from wardround.revision.branch import files_at, names_at, tip_of

if TYPE_CHECKING:
    from wardround.revision.git import Git

_REF, _THERE = f"refs/heads/{BRANCH}", f"refs/remotes/origin/{BRANCH}"
_TOKENS = ("WARDROUND_TOKEN", "GITHUB_TOKEN", "WARDROUND_APP_ID")
_FILE = "100644"


class Moved(Exception):
    """Another run was faster: look again."""


@dataclass(frozen=True)
class Kept:
    """The branch as it is now: its last commit (empty: there is none) and all files of the history."""

    tip: str
    files: Mapping[str, bytes]


class Keeping(Protocol):
    """A branch of records."""

    def now(self) -> Kept:
        """What is there."""
        ...

    def add(self, path: str, content: bytes, tip: str) -> None:
        """One more file on top of ``tip``. Raises :class:`Moved` when that is not the tip any more."""
        ...


@dataclass(frozen=True)
class CloneKeeping:
    """In this clone, and at its origin where it has one: then only what is there counts."""

    git: Git
    origin: bool

    def now(self) -> Kept:
        """The branch after a fetch."""
        if self.origin:
            self._fetch()
        tip = self._ask("rev-parse", "--verify", "--quiet", self._reference, fails=True)
        return Kept(tip, files_at(self.git, tip, DIRECTORY) if tip else {})

    @property
    def _reference(self) -> str:
        return _THERE if self.origin else _REF

    def add(self, path: str, content: bytes, tip: str) -> None:
        """A commit with that file, pushed or put on the branch in one step."""
        commit = self._commit(path, content, tip)
        if not self.origin:
            moved = self._git("update-ref", "-m", "wardround monitor", _REF, commit, tip or "0" * len(commit))
            if not moved.ok:
                raise Moved
            return
        pushed = self._git("push", "--quiet", "origin", f"{commit}:{_REF}")
        self._fetch()  # the answer may have been lost, or be another's
        if self._ask("rev-parse", "--verify", "--quiet", _THERE, fails=True) == commit:
            return
        if any(
            word in pushed.err
            for word in ("non-fast-forward", "fetch first", "failed to update ref", "cannot lock ref")
        ):
            raise Moved
        raise EnvironmentFailure(
            "git could not push the history",
            where=f"origin: {BRANCH}",
            found=_last(pushed.err),
            next="make sure that you may push that branch, then run the same command again",
        )

    def _fetch(self) -> None:
        there = self._git("ls-remote", "--quiet", "--heads", "origin", _REF)
        if not there.ok:
            raise EnvironmentFailure(
                "origin does not answer",
                where="git remote origin",
                found=_last(there.err),
                next="check the network and your credentials, then run the same command again",
            )
        if there.out.strip():
            self._ask("fetch", "--quiet", "--no-tags", "origin", f"+{_REF}:{_THERE}")

    def _commit(self, path: str, content: bytes, tip: str) -> str:
        with tempfile.TemporaryDirectory(prefix="wardround-index-") as scratch:
            env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            if tip:
                self._ask("read-tree", tip, env=env)
            blob = self._ask("hash-object", "-w", "--stdin", "--no-filters", stdin=content.decode("utf-8"))
            self._ask("update-index", "--add", "--cacheinfo", f"{_FILE},{blob},{path}", env=env)
            tree = self._ask("write-tree", env=env)
        parents = ("-p", tip) if tip else ()
        return self._ask("commit-tree", tree, *parents, stdin=f"{path.rpartition('/')[2]}\n")

    def _git(self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None) -> Finished:
        quiet = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        return run(Command(["git", *words], cwd=self.git.root, env={**quiet, **(env or {})}, stdin=stdin, timeout=600))

    def _ask(
        self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None, fails: bool = False
    ) -> str:
        done = self._git(*words, stdin=stdin, env=env)
        if done.ok:
            return done.out.strip()
        if fails:
            return ""
        raise EnvironmentFailure(
            f"git {words[0]} failed",
            where=os.fspath(self.git.root),
            found=_last(done.err),
            next="repair what git says, then run the same command again",
        )


def keeping(git: Git, env: Mapping[str, str]) -> Keeping:
    """The forge where a token for it is given; else origin where the clone has one; else this clone alone."""
    if env.get("GITHUB_REPOSITORY") and any(env.get(token) for token in _TOKENS):
        from wardround.flows.monitor.keeping_forge import ForgeKeeping
        from wardround.forge import connect, from_environment

        return ForgeKeeping(connect(from_environment(env)), git)
    origin = run(Command(["git", "remote", "get-url", "origin"], cwd=git.root, timeout=60)).ok
    return CloneKeeping(git, origin)


def known(git: Git) -> dict[str, bytes]:
    """The history as far as this clone has it, without asking anybody."""
    tip = tip_of(git, BRANCH)
    return files_at(git, tip, DIRECTORY) if tip else {}


def last_known(git: Git, project: str, stage: str) -> dict[str, bytes]:
    """The files of the newest day of a project's stage, as far as this clone has them; the others are not read."""
    tip = tip_of(git, BRANCH)
    if tip is None:
        return {}
    start = f"{DIRECTORY}/{project}/{stage}/"
    names = names_at(git, tip, start)
    newest = [name for name in names if name.removeprefix(start)[:10] == names[-1].removeprefix(start)[:10]]
    return files_at(git, tip, *newest) if newest else {}


def _last(text: str) -> str:
    return " | ".join(line.strip() for line in text.strip().splitlines()[-3:])[-300:]
