"""The red mark that a break-glass leaves, until a merged change of ``deploy/`` has reviewed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.forge.values import Status

if TYPE_CHECKING:
    from wardround.forge.protocol import Forge

#: The commit status: red on the default branch while a stage runs what nobody reviewed.
CONTEXT = "wardround/break-glass"
LABEL = "break-glass"


@dataclass(frozen=True)
class Glass:
    """What was broken. ``open``: tag -> its record's commit, of stages whose present version nobody reviewed. ``commits``: of all ever."""

    open: Mapping[str, str]
    commits: tuple[str, ...]


def set_mark(forge: Forge, found: Glass, head: str, page: str = "") -> None:
    """Red or green on the default branch's head and where the glass was broken; nothing where it never was."""
    if not found.commits:
        return
    red = frozenset(found.open.values())
    names = ", ".join(sorted(found.open))
    for commit in dict.fromkeys((head, *found.commits)):
        if found.open and (commit == head or commit in red):
            said = f"not reviewed: {names}; merge the pull request that reviews it"
            forge.set_status(commit, Status(CONTEXT, "failure", said, page))
        else:
            forge.set_status(commit, Status(CONTEXT, "success", "every break-glass was reviewed", page))
