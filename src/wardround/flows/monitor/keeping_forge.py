"""The history's branch on the forge. What the clone has of it already is not asked for again: an entry's name is its content's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.flows.monitor.keeping import Kept, Moved, known
from wardround.forge.errors import Refused
from wardround.forge.values import FileCommit
from wardround.monitoring.history import BRANCH, DIRECTORY

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.revision.git import Git


@dataclass(frozen=True)
class ForgeKeeping:
    """The branch of the forge's repository, of which ``clone`` is a clone."""

    forge: Forge
    clone: Git

    def now(self) -> Kept:
        """The branch's tip and files."""
        tip = self.forge.branch(BRANCH)
        if tip is None:
            return Kept("", {})
        here = known(self.clone)
        files = {}
        for path in self.forge.listing(tip):
            if path.startswith(f"{DIRECTORY}/"):
                content = here.get(path) or self.forge.read_file(path, tip)
                if content is None:
                    raise EnvironmentFailure(
                        "the forge does not give an entry of the history that it names",
                        where=f"{BRANCH}: {path}",
                        next="run the same command again",
                    )
                files[path] = content
        return Kept(tip, files)

    def add(self, path: str, content: bytes, tip: str) -> None:
        """A commit with that file; a lost answer is looked up."""
        title = path.rpartition("/")[2]
        try:
            self.forge.commit_files(FileCommit(BRANCH, tip, {path: content}, title, create=not tip))
        except Refused:
            if self.forge.branch(BRANCH) != (tip or None):
                raise Moved from None
            raise
