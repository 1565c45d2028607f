"""``wardround promote --complete``: every project of a checkout of the default branch, then the mark of break-glass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import GateRefusal, WardroundError
from wardround.flows.ledger.desk import desk
from wardround.flows.promote.attestation import Attestor
from wardround.flows.promote.complete import complete
from wardround.flows.promote.completion import Completed, CompleteRequest, Completion
from wardround.flows.promote.mark import Glass, set_mark
from wardround.flows.promote.request import silent
from wardround.flows.promote.tagging import place_of
from wardround.project.layout import Project
from wardround.project.scope import projects_of
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge


@dataclass(frozen=True)
class MergedRequest:
    """``tree`` is a checkout of the default branch with all history and tags; ``page`` the address of this run.

    ``now`` is aware.
    """

    tree: Path
    forge: Forge | None
    now: dt.datetime
    branch: str = "main"
    page: str = ""
    #: The repository (``owner/name``) whose forge attests images; empty: none does.
    attested_in: str = ""
    progress: Callable[[str], None] = silent
    #: Whether approvals and tags are recorded in the ledger.
    ledger: bool = False


@dataclass(frozen=True)
class MergedResult:
    """Of each project, by name: the changes that got their tag."""

    changes: tuple[tuple[str, Completed], ...]


def complete_all(request: MergedRequest) -> MergedResult:
    """Completes every project; one that cannot be completed keeps none from it.

    Raises :class:`GateRefusal`, after all that could be done was done, when a change was refused; the first error of another kind before that.
    """
    top = Git(request.tree)
    head = top.commit("HEAD") if request.forge is not None else top.commit(request.branch)
    found: list[tuple[str, Completion]] = []
    errors: list[WardroundError] = []
    for place in projects_of(Git(top.root).tracked()):
        try:
            project = Project(top.root / place)
            found.append((project.params.project.name, _one(request, project, top, head)))
        except WardroundError as error:
            errors.append(error)
    try:
        _finish(request.forge, tuple(done for _, done in found), head, request.page)
    finally:
        if errors:
            raise errors[0]
    return MergedResult(tuple((name, change) for name, done in found for change in done.changes if change.made))


def _one(request: MergedRequest, project: Project, top: Git, head: str) -> Completion:
    name = project.params.project.name
    return complete(
        CompleteRequest(
            root=project.root,
            name=name,
            head=head,
            place=place_of(request.forge, top.root, name),
            now=request.now,
            attestor=Attestor(project.root, name, project.params.review.remote, request.attested_in),
            forge=request.forge,
            branch=request.branch,
            page=request.page,
            progress=request.progress,
            ledger=desk(top, request.forge) if request.ledger else None,
        )
    )


def _finish(forge: Forge | None, completions: tuple[Completion, ...], head: str, page: str) -> None:
    """After all projects: the mark of break-glass, then every reason why a tag was not made, as one :class:`GateRefusal`."""
    if forge is not None:
        opened = {tag: commit for done in completions for tag, commit in done.glass.open.items()}
        commits = dict.fromkeys(commit for done in completions for commit in done.glass.commits)
        set_mark(forge, Glass(opened, tuple(commits)), head, page)
    if problems := [problem for completion in completions for problem in completion.problems]:
        raise GateRefusal(problems=problems)
