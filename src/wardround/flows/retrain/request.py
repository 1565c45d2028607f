"""What ``wardround retrain`` is asked, and what it says when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from wardround.disclosure.tried import TriedView
    from wardround.evidence.monitor import MonitorEvidence
    from wardround.evidence.retraining import RetrainingEvidence
    from wardround.flows.promote.trunk import Proposed
    from wardround.forge.protocol import Forge
    from wardround.forge.values import Issue
    from wardround.project.layout import Project


def silent(_line: str) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class RetrainRequest:
    """An answer to the look ``evidence`` at ``project``'s served model.

    ``forge`` None: everything is worked out and nothing is proposed. ``by_job``: a job's own token opens the pull request, so that the forge
    waits for a click before workflows run. ``until`` is the day of the look where it was asked for by name; None: it is today's.
    """

    project: Project
    evidence: MonitorEvidence
    forge: Forge | None = None
    by_job: bool = False
    until: dt.date | None = None
    progress: Callable[[str], None] = silent


@dataclass(frozen=True)
class RetrainResult:
    """``nothing`` says why there is no proposal. ``tried`` is None where the ladder was not climbed; ``written`` is its evidence's file."""

    nothing: str = ""
    proposed: Proposed | None = None
    issue: Issue | None = None
    evidence: RetrainingEvidence | None = None
    tried: TriedView | None = None
    written: Path | None = None
    notes: tuple[str, ...] = ()
