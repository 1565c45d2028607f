"""What the commands start from: this clone, the forge where there is one, and the tags as they are there now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wardround.errors import EnvironmentFailure, GateRefusal, Problem, UsageError
from wardround.flows.promote.counting import Main, counted
from wardround.flows.promote.history import MainLine
from wardround.flows.promote.request import ChangeRequest, silent
from wardround.flows.promote.tagging import place_of
from wardround.flows.promote.trunk_forge import ForgeTrunk
from wardround.flows.promote.trunk_local import LocalTrunk
from wardround.forge.connect import ACTIONS
from wardround.proc import Command, run
from wardround.registry.fold import fold
from wardround.revision.git import Git

if TYPE_CHECKING:
    from wardround.flows.promote.trunk import Trunk
    from wardround.forge.protocol import Forge
    from wardround.project.layout import Project
    from wardround.registry.fold import State


@dataclass(frozen=True)
class Desk:
    """The project ``project`` in a clone; ``remote`` is the git remote that is the forge's repository."""

    project: Project
    forge: Forge | None
    remote: str = "origin"
    progress: Callable[[str], None] = field(default=silent)

    @property
    def git(self) -> Git:
        """The repository, seen from the project."""
        return Git(self.project.root)

    def trunk(self) -> Trunk:
        """The default branch: the forge's, fetched with its tags; without a forge that which the params name as the review's base.

        Raises :class:`GateRefusal` when a tag was moved, :class:`EnvironmentFailure` when the remote does not answer.
        """
        if self.forge is None:
            return LocalTrunk(self.git, self.project.params.review.base)
        branch = self.forge.repository_facts().default_branch
        fetch(self.git.root, self.remote, branch)
        return ForgeTrunk(self.forge, branch, self.git.prefix, Git(self.git.root))

    def state(self, trunk: Trunk, name: str) -> State:
        """What the tags say, on the forge where there is one, without stage tags that nobody merged."""
        found = fold(place_of(self.forge, self.git.root, name).tags(), name, self.project.params.stages.taggers)
        return counted(found, Main(self.git, MainLine(self.git.root, trunk.tip())))

    def request(self, kind: Literal["promote", "rollback"], name: str, stage: str, now: dt.datetime) -> ChangeRequest:
        """A change of a stage, without what the caller adds: version, reason, evidence."""
        if name != self.project.params.project.name:
            raise UsageError(
                "this is another project",
                where=str(self.project.root),
                wanted=f"the project {name}",
                found=self.project.params.project.name,
                next="run this in its directory, or pass --project DIR",
            )
        trunk = self.trunk()
        who = self.forge.author() if self.forge is not None else _git_user(self.git.root)
        return ChangeRequest(
            kind=kind,
            trunk=trunk,
            state=self.state(trunk, name),
            name=name,
            stage=stage,
            now=now,
            requested_by=who,
            prefix=self.git.prefix,
            by_job=who == ACTIONS,
            progress=self.progress,
        )


def fetch(top: Path, remote: str, branch: str) -> None:
    """Brings the branch, the branches of promotions and all tags. A tag that is another there than here is refused: tags never move."""
    words = ["git", "fetch", "--no-tags", "--no-recurse-submodules", remote]
    refs = [f"+refs/heads/{name}:refs/remotes/{remote}/{name}" for name in (branch, "promote/*", "rollback/*")]
    refs.append("refs/tags/*:refs/tags/*")
    done = run(Command([*words, *refs], cwd=top, env={"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}, timeout=300))
    if done.ok:
        return
    moved = [line.split("->")[0].split()[-1] for line in done.err.splitlines() if "would clobber existing tag" in line]
    if moved:
        raise GateRefusal(
            problems=[
                Problem(
                    "the tag is another on the forge than in this clone: it was moved",
                    where=f"tag {name}",
                    next="find out who moved it; what the tag said before is in this clone, and in the ledger of those who have one",
                )
                for name in moved
            ]
        )
    raise EnvironmentFailure(
        "the forge's branch and tags cannot be fetched",
        where=f"git remote {remote}",
        found=" | ".join(line for line in done.err.strip().splitlines() if line)[-300:],
        next="check the network and git's credentials; --remote names another remote",
    )


def _git_user(top: Path) -> str:
    return run(Command(["git", "config", "user.name"], cwd=top, timeout=60)).out.strip()
