"""The default branch on a forge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.flows.promote.trunk import Proposal, Proposed, is_current
from wardround.forge.values import FileCommit, PullSpec

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.revision.git import Git


@dataclass(frozen=True)
class ForgeTrunk:
    """``prefix`` is where the project lies below the repository's top, as ``projects/sepsis/``; empty at the top.

    ``clone`` has most of the forge's commits: what a commit holds is the same everywhere, and is read there without a question.
    """

    forge: Forge
    branch: str
    prefix: str = ""
    clone: Git | None = None
    _read: dict[tuple[str, str], bytes | None] = field(default_factory=dict, repr=False, compare=False)

    def tip(self) -> str:
        """The branch's last commit."""
        found = self.forge.branch(self.branch)
        if found is None:
            raise EnvironmentFailure(
                "the default branch is not there, or the token may not see it",
                where=f"{self.forge.repository}: {self.branch}",
                next="check GITHUB_REPOSITORY and what the token may read",
            )
        return found

    def read(self, path: str, commit: str) -> bytes | None:
        """A file of the project at a commit."""
        return self.read_top(self.prefix + path, commit)

    def read_top(self, path: str, commit: str) -> bytes | None:
        """A file of the repository at a commit, asked once."""
        key = (path, commit)
        if key not in self._read:
            here = self.clone is not None and self._has(commit)
            self._read[key] = (
                self.clone.file(commit, path) if here and self.clone else self.forge.read_file(path, commit)
            )
        return self._read[key]

    def _has(self, commit: str) -> bool:
        """Whether the clone, seen from its top, has that commit."""
        try:
            return self.clone is not None and self.clone.commit(commit) == commit
        except UsageError:
            return False

    def propose(self, proposal: Proposal, tip: str) -> Proposed:
        """The branch with those files, and its one open pull request."""
        forge = self.forge
        for label in proposal.labels:
            forge.ensure_label(label)
        commit = self._committed(proposal, tip)
        spec = PullSpec(proposal.branch, self.branch, proposal.title, proposal.body, proposal.labels)
        pull = forge.open_or_update_pull(spec)
        return Proposed(proposal.branch, commit, pull.number, pull.url)

    def _committed(self, proposal: Proposal, tip: str) -> str:
        files = {self.prefix + path: content for path, content in proposal.files.items()}
        there = self.forge.branch(proposal.branch)
        if there is None:
            return self.forge.commit_files(FileCommit(proposal.branch, tip, files, proposal.title, create=True))
        parted = self.forge.compare(tip, there)
        if parted is not None and is_current(self.read, proposal.files, there, parted.merge_base, tip):
            return there
        # what is removed at the default branch's tip is all that can be removed
        return self.forge.commit_files(FileCommit(proposal.branch, there, files, proposal.title, onto=tip))
