"""The evidence of the head's run, checked against ``dvc.lock``, and the check of the lock itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from wardround.evidence.base import Evidence, Read, read
from wardround.evidence.lock import LockCheck, TreeState
from wardround.revision.lock import Lock, missing_objects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wardround.project.layout import Project


def models() -> dict[str, type[Evidence]]:
    """The evidence that the gate reads from a run, by name."""
    from wardround.evidence.features import FeaturesEvidence
    from wardround.evidence.measures import Metrics
    from wardround.evidence.profile import Profile
    from wardround.evidence.split import SplitEvidence
    from wardround.evidence.training import TrainingEvidence
    from wardround.evidence.validation import Validation

    return {
        "validation": Validation,
        "profile": Profile,
        "features": FeaturesEvidence,
        "split": SplitEvidence,
        "training": TrainingEvidence,
        "metrics": Metrics,
    }


def read_run(project: Project) -> dict[str, Read[Any]]:
    """Every kind of evidence of the run, or the reason why there is none."""
    return {name: read(model, project.layout.evidence(name)) for name, model in models().items()}


def stale(project: Project, lock: Lock) -> Mapping[str, str]:
    """Evidence whose bytes are not those that ``dvc.lock`` names, with the reason."""
    found = {}
    for name in models():
        path = project.layout.evidence(name)
        wanted = lock.digest(f"reports/{name}.json")
        if path.is_file() and wanted and _md5(path) != wanted:
            found[name] = "its bytes are not those that dvc.lock names"
    return found


def check_lock(  # noqa: PLR0913 - what is checked, and where
    project: Project,
    lock: Lock,
    stale: tuple[str, ...],
    *,
    state: TreeState,
    remote: str | None,
    quarantine: str | None = None,
) -> LockCheck:
    """What the lock promises and what the remote holds; ``stale`` are the stages that it records wrongly.

    With ``quarantine``, what lies there counts too. Raises EnvironmentFailure when a remote does not answer.
    """
    if state.draft:
        return LockCheck(committed=state.locked, draft=True, remote=remote or "", reason="uncommitted changes")
    if state.first:
        return LockCheck(committed=False, draft=True, first=True, remote=remote or "", reason="the first version ever")
    if remote is None or not state.locked or stale:
        reason = "no remote is set" if remote is None else "the commit's own lock comes first"
        return LockCheck(committed=state.locked, stale=stale, remote=remote or "", reason=reason)
    missing = missing_objects(project.root, lock, remote)
    if missing and quarantine is not None:
        lacking = set(missing_objects(project.root, lock, quarantine))
        missing = tuple(path for path in missing if path in lacking)
    return LockCheck(remote=remote, quarantine=quarantine or "", asked=True, missing=missing)


def _md5(path: Path) -> str:
    """DVC names objects by MD5; this is a comparison with its name, no security."""
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
