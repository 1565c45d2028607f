"""Base and anchor of a review: which commits they are, and their programs with what they made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, UsageError
from wardround.project.params import Params, parse
from wardround.revision.dvc import Dvc
from wardround.revision.lock import Lock
from wardround.revision.lock import parse as parse_lock
from wardround.revision.program import Program, ProgramFailedError, export
from wardround.values import Role

if TYPE_CHECKING:
    from wardround.flows.review.request import ReviewRequest
    from wardround.project.layout import Project
    from wardround.revision.git import Git


@dataclass(frozen=True)
class Reference:
    """One revision that the head is compared with.

    ``name`` is what the user called it. ``first`` means that the commit has no trained model in its lock: the version that is
    reviewed is the first one ever.
    """

    role: Role
    name: str
    commit: str
    git: Git
    remote: str | None

    @cached_property
    def lock(self) -> Lock:
        """What the commit's ``dvc.lock`` records."""
        return parse_lock(self.git.file(self.commit, "dvc.lock"))

    @property
    def first(self) -> bool:
        """Whether that commit has no model."""
        return not self.lock.digest("models/model")

    @cached_property
    def params(self) -> Params | None:
        """The commit's params; None when it has none, or ones that this version cannot read."""
        text = self.git.file(self.commit, "params.yaml")
        if text is None:
            return None
        try:
            return parse(text.decode("utf-8", "replace"), f"{self.commit[:10]}:params.yaml")
        except UsageError:
            return None

    @cached_property
    def program(self) -> Program:
        """The commit exported; raises :class:`ProgramFailedError` or :class:`EnvironmentFailure`."""
        return export(self.git, self.commit, remote=self.remote)


def remote_of(project: Project) -> str | None:
    """The name of the remote that params name, if DVC knows it."""
    wanted = project.params.review.remote
    known = {line.split()[0] for line in Dvc(project.root).remotes().splitlines() if line.strip()}
    return wanted if wanted in known else None


#: What stops a reference from being scored without stopping the review: the comparison then cannot tell.
NOT_COMPARABLE = (ProgramFailedError, EnvironmentFailure)


def resolve(request: ReviewRequest, git: Git, remote: str | None) -> tuple[Reference, ...]:
    """Base, and anchor if one is named, as commits.

    On the base branch itself the last commit is the base, so that uncommitted changes are reviewed against it. Raises
    :class:`UsageError` when a revision is not there.
    """
    settings = request.project.params.review
    if not git.has_commits:
        raise UsageError(
            "nothing is committed yet",
            where=str(git.root),
            wanted="a base to compare with",
            next="git add -A && git commit -m 'First version', then review again",
        )
    base = request.base or settings.base
    names = [(Role.BASE, base)]
    anchor = request.anchor or settings.anchor
    if anchor:
        names.append((Role.ANCHOR, anchor))
    return tuple(Reference(role, name, git.commit(name), git, remote) for role, name in names)
