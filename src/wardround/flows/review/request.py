"""What a review is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.disclosure.published import Published
    from wardround.evidence.comparison import Comparison
    from wardround.evidence.decision import Decision
    from wardround.project.layout import Project
    from wardround.report.context import Context, Looks


def silent(_line: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class ReviewRequest:
    """A review of the work tree of ``project``.

    ``base`` and ``anchor`` are revisions; None takes those of ``params.yaml``. ``pull`` asks the remote for what is missing
    here; None does so when a remote is set. ``quarantine`` is the remote for what pull requests make, where its objects count beside the
    main store's. ``progress`` gets one line for each step and each line of the pipeline.
    """

    project: Project
    base: str | None = None
    anchor: str | None = None
    pull: bool | None = None
    progress: Callable[[str], None] = silent
    quarantine: str | None = None


@dataclass(frozen=True)
class ReviewResult:
    """The evidence of a review, what of it may be shown, and where its files are. ``seconds`` by step; ``summary`` are lines for a terminal.

    ``looks`` at the test block depend on the clone and the machine; None when nothing was evaluated. ``context`` is what the report
    says beside the published values.
    """

    comparison: Comparison
    decision: Decision
    published: Published
    html: Path
    markdown: Path
    summary: tuple[str, ...]
    seconds: dict[str, float]
    looks: Looks | None = None
    context: Context | None = None
