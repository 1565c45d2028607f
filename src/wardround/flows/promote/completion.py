"""What a completion is asked, and what it answers: each change of a stage with its tag, or with the reasons why it has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import Problem
from wardround.flows.promote.mark import Glass
from wardround.flows.promote.request import silent
from wardround.registry.record import StageRecord
from wardround.registry.writing import Place

if TYPE_CHECKING:
    from wardround.flows.ledger.desk import LedgerDesk
    from wardround.flows.promote.attestation import Attestor
    from wardround.forge.protocol import Forge
    from wardround.registry.fold import State


@dataclass(frozen=True)
class CompleteRequest:
    """``root`` is the project in a checkout of the default branch with all its history and tags; ``head`` is that branch's commit.

    ``place`` is where its tags are. Without a forge there are no pull requests, deployments and statuses. ``page`` is the address of this
    run.
    """

    root: Path
    name: str
    head: str
    place: Place
    now: dt.datetime
    attestor: Attestor
    forge: Forge | None = None
    branch: str = "main"
    page: str = ""
    progress: Callable[[str], None] = silent
    #: Where approvals and tags are recorded; None: nowhere.
    ledger: LedgerDesk | None = None


@dataclass(frozen=True)
class Completed:
    """One change of a stage: its tag, or why it has none. ``made`` is false where nothing new was to be tagged."""

    stage: str
    version: str
    commit: str
    tag: str = ""
    made: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass
class Stage:
    """A stage while its changes are looked at. ``held`` is what it holds now, ``tag`` that tag's name."""

    name: str
    held: StageRecord | None
    tag: str
    pending: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Completion:
    """All changes that were looked at, the state of the project as it counted before, and what is wrong with what holds."""

    changes: tuple[Completed, ...]
    state: State
    glass: Glass
    wrong: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why tags were not made, and what is wrong with those that hold. A later change of the stage settles what was refused before it."""
        last = {change.stage: change for change in self.changes}
        return (*(problem for change in last.values() for problem in change.problems), *self.wrong)
