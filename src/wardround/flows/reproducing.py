"""The pipeline run again, with a stage's own explained failure in the place of DVC's words; what each stage did is remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from wardround.errors import WardroundError
from wardround.flows import pastruns
from wardround.flows.stage import durations, last_failure, scratch
from wardround.project.layout import Project
from wardround.revision.dvc import Dvc, Reproduced, StageFailedError


def reproduce(
    project: Project, progress: Callable[[str], None], *, pull: bool, targets: Sequence[str] = ()
) -> Reproduced:
    """Runs the stages that changed: all, or ``targets`` and those before them. A stage that explained its failure ends this with that failure and its exit code."""
    started, begun = time.monotonic(), time.time()

    def remembered(done: Reproduced, failed: str = "") -> None:
        took = pastruns.Took(begun, time.monotonic() - started, durations(project))
        pastruns.remember(scratch(project), pastruns.of(done, took, failed))

    try:
        done = Dvc(project.root).reproduce(pull=pull, on_line=progress, targets=targets)
    except StageFailedError as error:
        remembered(error.done, error.stage)
        explained = last_failure(project, error.stage)
        if explained is None:
            raise
        raise explained from error
    except WardroundError:
        remembered(Reproduced((), (), (), lock_changed=False), pastruns.ITSELF)
        raise
    remembered(done)
    return done
