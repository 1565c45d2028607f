"""The default branch, wherever it is kept: on a forge, or in this clone alone. What a promotion reads there, and proposes to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

Reader = Callable[[str, str], bytes | None]


@dataclass(frozen=True)
class Proposal:
    """A change of files (None removes one) on a branch of its own. Paths are below the project."""

    branch: str
    files: Mapping[str, bytes | None]
    title: str
    body: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposed:
    """Where the change is now. ``pull`` and ``url`` are those of the pull request, None and empty without a forge.

    ``commit`` is the branch's tip.
    """

    branch: str
    commit: str
    pull: int | None = None
    url: str = ""


class Trunk(Protocol):
    """The default branch."""

    @property
    def branch(self) -> str:
        """Its name."""
        ...

    def tip(self) -> str:
        """Its last commit."""
        ...

    def read(self, path: str, commit: str) -> bytes | None:
        """A file of the project at a commit, or None."""
        ...

    def read_top(self, path: str, commit: str) -> bytes | None:
        """A file of the repository, by its path from the top, or None."""
        ...

    def propose(self, proposal: Proposal, tip: str) -> Proposed:
        """The change on its branch, with its pull request where there is a forge; what is there already is left as it is.

        ``tip`` is the default branch's, as :meth:`tip` said it.
        """
        ...


def is_current(read: Reader, files: Mapping[str, bytes | None], branch: str, base: str, tip: str) -> bool:
    """Whether the branch holds the files already, and the default branch has not changed them since the branch left it.

    All but ``files`` are commits; ``base`` is where the two parted. A pull request that is as it should be keeps its approvals.
    """
    if any(read(path, branch) != content for path, content in files.items()):
        return False
    return base == tip or all(read(path, base) == read(path, tip) for path in files)
