"""The pipeline run again, with a stage's own explained failure in the place of DVC's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wardround.flows.stage import last_failure
from wardround.project.layout import Project
from wardround.revision.dvc import Dvc, Reproduced, StageFailedError


def reproduce(
    project: Project, progress: Callable[[str], None], *, pull: bool, targets: Sequence[str] = ()
) -> Reproduced:
    """Runs the stages that changed: all, or ``targets`` and those before them. A stage that explained its failure ends this with that failure and its exit code."""
    try:
        return Dvc(project.root).reproduce(pull=pull, on_line=progress, targets=targets)
    except StageFailedError as error:
        explained = last_failure(project, error.stage)
        if explained is None:
            raise
        raise explained from error
