"""A branch of append-only records: in the clone, at its origin, or on the forge. It only grows, and is never forced."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wardround.errors import EnvironmentFailure
from wardround.forge.errors import Refused
from wardround.forge.values import FileCommit
from wardround.proc import Command, Finished, run
from wardround.revision.branch import files_at, tip_of

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.revision.git import Git

_FILE = "100644"
#: What git says when somebody else pushed first.
_FASTER = ("non-fast-forward", "fetch first", "failed to update ref", "cannot lock ref", "reference already exists")


class Moved(Exception):
    """Another writer was faster: look again."""


@dataclass(frozen=True)
class Records:
    """Which records: the name of their branch, their directory from its top, and what they are called in messages."""

    branch: str
    directory: str
    called: str


@dataclass(frozen=True)
class Held:
    """The branch as it is now: its last commit (empty: there is none) and its entries, by their path from the top."""

    tip: str
    files: Mapping[str, bytes]


class RecordBranch(Protocol):
    """A branch of records."""

    def now(self) -> Held:
        """What is there."""
        ...

    def add(self, files: Mapping[str, bytes], tip: str, title: str) -> None:
        """One commit with more files on top of ``tip``. Raises :class:`Moved` when that is not the tip any more."""
        ...


@dataclass(frozen=True)
class CloneBranch:
    """In this clone, and at its origin where it has one: then only what is there counts."""

    records: Records
    git: Git
    origin: bool

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.records.branch}"

    @property
    def _there(self) -> str:
        return f"refs/remotes/origin/{self.records.branch}"

    def now(self) -> Held:
        """The branch after a fetch."""
        if self.origin:
            self._fetch()
        tip = self._tip()
        return Held(tip, files_at(self.git, tip, self.records.directory) if tip else {})

    def add(self, files: Mapping[str, bytes], tip: str, title: str) -> None:
        """A commit, pushed or put on the branch in one step."""
        commit = self._commit(files, tip, title)
        if not self.origin:
            if not self._git("update-ref", "-m", self.records.branch, self._ref, commit, tip or "0" * len(commit)).ok:
                raise Moved
            return
        pushed = self._git("push", "--quiet", "origin", f"{commit}:{self._ref}")
        self._fetch()  # the answer may have been lost, or be another's
        if self._tip() == commit:
            return
        if self._tip() != tip or any(word in pushed.err for word in _FASTER):
            raise Moved
        raise EnvironmentFailure(
            f"git could not push the {self.records.called}",
            where=f"origin: {self.records.branch}",
            found=_last(pushed.err),
            next="make sure that you may push that branch, then run the same command again",
        )

    def _tip(self) -> str:
        return self._ask("rev-parse", "--verify", "--quiet", self._there if self.origin else self._ref, fails=True)

    def _fetch(self) -> None:
        there = self._git("ls-remote", "--quiet", "--heads", "origin", self._ref)
        if not there.ok:
            raise EnvironmentFailure(
                "origin does not answer",
                where="git remote origin",
                found=_last(there.err),
                next="check the network and your credentials, then run the same command again",
            )
        if there.out.strip():
            self._ask("fetch", "--quiet", "--no-tags", "origin", f"+{self._ref}:{self._there}")

    def _commit(self, files: Mapping[str, bytes], tip: str, title: str) -> str:
        with tempfile.TemporaryDirectory(prefix="wardround-index-") as scratch:
            env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            if tip:
                self._ask("read-tree", tip, env=env)
            for path, content in sorted(files.items()):
                blob = self._ask("hash-object", "-w", "--stdin", "--no-filters", stdin=content.decode("utf-8"))
                self._ask("update-index", "--add", "--cacheinfo", f"{_FILE},{blob},{path}", env=env)
            tree = self._ask("write-tree", env=env)
        return self._ask("commit-tree", tree, *(("-p", tip) if tip else ()), stdin=f"{title}\n")

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


@dataclass(frozen=True)
class ForgeBranch:
    """The branch of the forge's repository, of which ``git`` is a clone. What the clone has already is not asked for again: an entry's name is its content's."""

    records: Records
    git: Git
    forge: Forge

    def now(self) -> Held:
        """The branch's tip and files."""
        tip = self.forge.branch(self.records.branch)
        if tip is None:
            return Held("", {})
        known = tip_of(self.git, self.records.branch)
        here = files_at(self.git, known, self.records.directory) if known else {}
        files = {}
        for path in self.forge.listing(tip):
            if not path.startswith(f"{self.records.directory}/"):
                continue
            content = here.get(path)
            files[path] = self._read(path, tip) if content is None else content
        return Held(tip, files)

    def add(self, files: Mapping[str, bytes], tip: str, title: str) -> None:
        """A commit; a lost answer is looked up."""
        try:
            self.forge.commit_files(FileCommit(self.records.branch, tip, dict(files), title, create=not tip))
        except Refused:
            if self.forge.branch(self.records.branch) != (tip or None):
                raise Moved from None
            raise

    def _read(self, path: str, tip: str) -> bytes:
        content = self.forge.read_file(path, tip)
        if content is None:
            raise EnvironmentFailure(
                f"the forge does not give an entry of the {self.records.called} that it names",
                where=f"{self.records.branch}: {path}",
                next="run the same command again",
            )
        return content


def has_origin(git: Git) -> bool:
    """Whether the clone came from somewhere."""
    return run(Command(["git", "remote", "get-url", "origin"], cwd=git.root, timeout=60)).ok


def _last(text: str) -> str:
    return " | ".join(line.strip() for line in text.strip().splitlines()[-3:])[-300:]
