"""The default branch in this clone alone: a promotion is a local branch with one commit. The work tree is left as it is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.flows.promote.trunk import Proposal, Proposed, is_current
from wardround.proc import Command, run

if TYPE_CHECKING:
    from wardround.revision.git import Git

_FILE = "100644"


@dataclass(frozen=True)
class LocalTrunk:
    """``git`` is the repository, seen from the project's directory."""

    git: Git
    branch: str

    def tip(self) -> str:
        """The branch's last commit here."""
        return self.git.commit(self.branch)

    def read(self, path: str, commit: str) -> bytes | None:
        """A file of the project at a commit."""
        return self.git.file(commit, path)

    def read_top(self, path: str, commit: str) -> bytes | None:
        """A file of the repository at a commit."""
        from wardround.revision.git import Git

        return Git(self.git.root).file(commit, path)

    def propose(self, proposal: Proposal, tip: str) -> Proposed:
        """The branch, with one commit that holds those files. Raises :class:`UsageError` when it is checked out here."""
        reference = f"refs/heads/{proposal.branch}"
        there = self._ask("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", fails=True)
        if there:
            parted = self.git.merge_base(tip, there)
            if is_current(self.read, proposal.files, there, parted, tip):
                return Proposed(proposal.branch, there)
            if self.git.branch == proposal.branch:
                raise UsageError(
                    "the branch of this promotion is checked out, and it must get another commit",
                    where=proposal.branch,
                    next=f"git switch {self.branch}, then the same command",
                )
        tree = self._tree(tip, proposal.files)
        parents = [there, tip] if there else [tip]
        message = f"{proposal.title}\n\n{proposal.body}"
        commit = self._ask("commit-tree", tree, *(word for one in parents for word in ("-p", one)), stdin=message)
        self._ask("update-ref", "-m", "wardround promote", reference, commit, there or "0" * len(commit))
        return Proposed(proposal.branch, commit)

    def _tree(self, below: str, files: Mapping[str, bytes | None]) -> str:
        """The tree of a commit with other files in it, through an index of its own."""
        with tempfile.TemporaryDirectory(prefix="wardround-index-") as scratch:
            env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            self._ask("read-tree", below, env=env)
            for path, content in sorted(files.items()):
                place = self.git.prefix + path
                if content is None:
                    self._ask("update-index", "--force-remove", "--", place, env=env)
                    continue
                blob = self._ask("hash-object", "-w", "--stdin", "--no-filters", stdin=content.decode("utf-8"))
                self._ask("update-index", "--add", "--cacheinfo", f"{_FILE},{blob},{place}", env=env)
            return self._ask("write-tree", env=env)

    def _ask(
        self, *words: str, stdin: str | None = None, env: Mapping[str, str] | None = None, fails: bool = False
    ) -> str:
        done = run(
            Command(["git", *words], cwd=self.git.root, env={**(env or {}), "LC_ALL": "C"}, stdin=stdin, timeout=120)
        )
        if done.ok:
            return done.out.strip()
        if fails:
            return ""
        raise EnvironmentFailure(
            f"git {words[0]} failed",
            where=os.fspath(self.git.root),
            found=" | ".join(line for line in done.err.strip().splitlines() if line)[-400:],
            next="repair what git says, then run the same command again",
        )
