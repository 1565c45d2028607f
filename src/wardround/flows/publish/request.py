"""What publishing is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.forge.protocol import Forge
from wardround.forge.values import Run

if TYPE_CHECKING:
    from wardround.flows.publish.judge import Outcome


def silent(_line: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class PublishRequest:
    """A review run to publish.

    ``tree`` is the trusted checkout of the default branch, whose name is ``default_branch``. ``scratch`` takes what is downloaded and
    ``reports`` (None: nowhere) the rendered pages. ``light``: only a change that touches no model; nothing heavy is imported.
    ``page`` is the address of the publishing run; ``rules`` where rule pages are (empty: not linked).
    """

    forge: Forge
    run: Run
    tree: Path
    scratch: Path
    default_branch: str = "main"
    reports: Path | None = None
    light: bool = False
    page: str = ""
    rules: str = ""
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class ProjectResult:
    """How one project came out. ``lock``: the change proposes a ``dvc.lock`` that the App has to commit."""

    project: str
    context: str
    outcome: Outcome
    lock: bool = False


@dataclass(frozen=True)
class PublishResult:
    """What was done. ``done`` is False when a light run met a change that touches a model; ``reason`` says why nothing was published."""

    done: bool
    reason: str = ""
    pull: int | None = None
    comment: str = ""
    projects: tuple[ProjectResult, ...] = ()
    calls: int = 0

    @property
    def lock(self) -> bool:
        """Whether a lock waits to be committed."""
        return any(project.lock for project in self.projects)
