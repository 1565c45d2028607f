"""What a withdrawal is asked for, what it will do, and what it did. None of these values holds an identifier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.flows.promote.request import silent
from wardround.storage.erasing import Erased

if TYPE_CHECKING:
    from wardround.flows.promote.trunk import Proposed
    from wardround.forge.protocol import Forge
    from wardround.project.layout import Project


@dataclass(frozen=True)
class ForgetRequest:
    """``subjects``: a file with one identifier a line, or a CSV whose first column they are. ``apply`` False: only say what would be done.

    ``reason`` stands in the tombstone and the ledger, ``by`` is who did it. ``forge`` None: the proposal is a branch of this clone.
    """

    project: Project
    subjects: Path
    reason: str = "a subject withdrew consent"
    by: str = ""
    apply: bool = False
    forge: Forge | None = None
    remote: str = "origin"
    progress: Callable[[str], None] = field(default=silent, repr=False)


@dataclass(frozen=True)
class Plan:
    """What will be erased: objects by their MD5, of which snapshots; versions that were trained on them; what could not be searched.

    ``current``: the default branch's own snapshot is among them, so that it must be made again. ``git``: paths of tables that git itself holds, of which
    nothing can be erased here. ``source``: what the next snapshot would be made from still holds the subjects.
    """

    objects: tuple[str, ...]
    snapshots: tuple[str, ...]
    versions: tuple[str, ...]
    searched: int
    absent: int = 0
    unread: int = 0
    current: bool = False
    git: tuple[str, ...] = ()
    source: bool = False
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing holds them."""
        return not self.objects


@dataclass(frozen=True)
class Forgotten:
    """What was done. ``withdrawal`` names the tombstone; ``proposed`` is the change that brings it and asks for training; None in a dry run."""

    plan: Plan
    withdrawal: str = ""
    cache: Erased = field(default_factory=Erased)
    remotes: Erased = field(default_factory=Erased)
    proposed: Proposed | None = None
