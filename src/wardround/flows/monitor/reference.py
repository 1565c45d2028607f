"""What the watched version was made of: the profile of its data, what was validated, its contract, some of its rows.

All of it comes from the commit that the version's tag names, by way of its ``dvc.lock``: what the work tree holds may be another model's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import WardroundError
from wardround.evidence.base import read
from wardround.evidence.measures import Metrics
from wardround.evidence.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wardround.contract.model import Contract
    from wardround.project.layout import Project
    from wardround.registry.fold import State

_FILES = ("reports/profile.json", "reports/metrics.json")
_SNAPSHOT = "data/snapshot"


@dataclass(frozen=True)
class Reference:
    """``root`` is the version's project directory; what is None could not be had, and ``missing`` says why."""

    root: Path
    profile: Profile | None
    metrics: Metrics | None
    contract: Contract | None
    snapshot: Path | None = None
    missing: tuple[str, ...] = ()


def reference(project: Project, version: str) -> Reference:
    """The reference of a version as the log names it (``v1.4.0`` or ``NAME@v1.4.0``); of one without a tag, the work tree's own."""
    commit = _commit(project, version.rpartition("@")[2]) if version else None
    missing: list[str] = []
    root = project.root
    if commit is not None:
        root = _tree(project, commit, missing)
    elif version:
        missing.append(f"{version} has no tag: what it was made of is taken from the work tree")
    profile, metrics = read(Profile, root / _FILES[0]), read(Metrics, root / _FILES[1])
    missing += (found.reason for found in (profile, metrics) if found.value is None)
    snapshot = root / _SNAPSHOT
    return Reference(
        root,
        profile.value,
        metrics.value,
        _contract(root, missing),
        snapshot if snapshot.is_dir() else None,
        tuple(missing),
    )


def untagged(project: Project, versions: Iterable[str]) -> tuple[str, ...]:
    """Those of the versions, as the log names them, that have no tag."""
    state = _state(project)
    return tuple(name for name in versions if name and state.version(name.rpartition("@")[2]) is None)


def _commit(project: Project, version: str) -> str | None:
    found = _state(project).version(version)
    return found.record.commit if found else None


def _state(project: Project) -> State:
    from wardround.registry.fold import fold
    from wardround.registry.tags import read as read_tags
    from wardround.revision.git import Git

    return fold(read_tags(Git(project.root).root), project.params.project.name)


def _tree(project: Project, commit: str, missing: list[str]) -> Path:
    """The commit's own tree, with what can be fetched into it."""
    from wardround.flows.review.references import remote_of
    from wardround.revision.dvc import Dvc
    from wardround.revision.git import Git
    from wardround.revision.program import exported

    root = exported(Git(project.root), commit)
    remote = remote_of(project)
    for wanted in (_FILES, (_SNAPSHOT,)):
        lacking = [path for path in wanted if not (root / path).exists()]
        if not lacking:
            continue
        try:
            Dvc(root).fetch(lacking, remote=remote)
        except WardroundError as error:
            missing += (problem.what for problem in error.problems)
    return root


def _contract(root: Path, missing: list[str]) -> Contract | None:
    from wardround.contract import load

    try:
        return load(root / "pipelines" / "contract.py")
    except WardroundError as error:
        missing += (problem.what for problem in error.problems)
        return None
