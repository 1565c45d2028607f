"""The red mark that a break-glass leaves, until a merged change of ``deploy/`` has reviewed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.forge.values import Status

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge
    from wardround.registry.entries import Assignment
    from wardround.registry.fold import State

#: The commit status: red on the default branch while a stage runs what nobody reviewed.
CONTEXT = "wardround/break-glass"
LABEL = "break-glass"


@dataclass(frozen=True)
class Glass:
    """What was broken and not yet mended, and the commits where a mark of it may stand."""

    open: tuple[Assignment, ...]
    commits: tuple[str, ...]

    @property
    def ever(self) -> bool:
        """Whether there ever was one."""
        return bool(self.commits)


def glass(states: tuple[State, ...]) -> Glass:
    """The stages, of all projects, whose present version came by break-glass. The states hold what counts alone."""
    held = [state.at(stage) for state in states for stage in state.stages]
    broken = tuple(item for item in held if item is not None and item.record.break_glass)
    every = (item for state in states for item in state.assignments if item.record.break_glass)
    return Glass(broken, tuple(dict.fromkeys(item.record.commit for item in every)))


def set_mark(forge: Forge, found: Glass, head: str, page: str = "") -> None:
    """Red or green on the default branch's head and where the glass was broken; nothing where it never was."""
    if not found.ever:
        return
    red = {item.record.commit for item in found.open}
    names = ", ".join(item.tag.name for item in found.open)
    for commit in dict.fromkeys((head, *found.commits)):
        if found.open and (commit == head or commit in red):
            said = f"{names}: done without review; merge the pull request that reviews it"
            forge.set_status(commit, Status(CONTEXT, "failure", said, page))
        else:
            forge.set_status(commit, Status(CONTEXT, "success", "every break-glass was reviewed", page))
