"""What a promotion or a rollback is asked, and what it says when it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wardround.flows.promote.demands import Demand
    from wardround.flows.promote.trunk import Proposed, Trunk
    from wardround.registry.fold import State


def silent(_line: str) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class ChangeRequest:
    """A version that shall go into a stage. ``version`` empty: for a rollback, the good one before.

    ``top`` is the clone, ``name`` the project's name, ``state`` its tags. ``requested_by`` is a login or a name. ``now`` is aware.
    ``trial`` is a file with the evidence of a silent trial.
    """

    kind: Literal["promote", "rollback"]
    trunk: Trunk
    state: State
    name: str
    stage: str
    now: dt.datetime
    version: str = ""
    reason: str = ""
    requested_by: str = ""
    trial: Path | None = None
    #: Where the project lies below the repository's top, as ``projects/sepsis/``.
    prefix: str = ""
    #: Whether a job's own token opens the pull request: then the forge waits for a click before workflows run.
    by_job: bool = False
    #: The tag of a break-glass that the change reviews: then it is a change even where the default branch names the version already.
    reviews: str = ""
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class ChangeResult:
    """What was proposed, or why there was nothing to propose. ``before`` is the version that the default branch names now."""

    stage: str
    version: str
    before: str | None
    demands: tuple[Demand, ...] = ()
    owners: tuple[str, ...] = ()
    proposed: Proposed | None = None
    nothing: str = ""
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
