"""The rendered reports of a pull request: pages that the trusted run made and uploaded, since a comment has no pictures.

Only artifacts of runs that ``workflow_run`` started count: those ran the default branch's workflow. Anything that a run
of the pull request itself uploads under the same name is not shown.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from wardround.sandbox.model import Artifact, Pull, Run
from wardround.sandbox.model_more import Event
from wardround.sandbox.world import World

NAME = "wardround-report"
#: A larger page is not shown, in bytes.
_LARGEST = 20 << 20
#: Files of an artifact that are looked at.
_MOST = 2000


@dataclass(frozen=True)
class Report:
    """One project's page: ``path`` within the artifact, and the run that made it."""

    project: str
    path: str
    artifact: int
    run: int


def followers(world: World, pull: Pull) -> tuple[Run, ...]:
    """The runs that the runs of the pull request's head started, newest first."""
    found = []
    for run in reversed(world.store.find(Run, pull.repository, event="workflow_run")):
        event = world.store.get(Event, pull.repository, run.event_id)
        before = event.payload.get("workflow_run", {}) if event is not None else {}
        source = (before.get("head_repository") or {}).get("full_name")
        if before.get("head_sha") == pull.head_sha and source == pull.head_repository:
            found.append(run)
    return tuple(found)


def reports_of(world: World, pull: Pull) -> tuple[Report, ...]:
    """The pages of the newest run that left any."""
    for run in followers(world, pull):
        for artifact in reversed(world.store.find(Artifact, pull.repository, run_id=run.id)):
            paths = _pages(world, artifact) if artifact.name == NAME else ()
            if paths:
                return tuple(Report(_project(path, pull), path, artifact.id, run.id) for path in paths)
    return ()


def _project(path: str, pull: Pull) -> str:
    """The directory that a page lies in; the root's is called as the repository."""
    parent = PurePosixPath(path).parent.name
    return parent or pull.repository.split("/")[1]


def _pages(world: World, artifact: Artifact) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(world.directory / artifact.path) as archive:
            names = archive.namelist()[:_MOST]
    except (OSError, zipfile.BadZipFile):
        return ()
    return tuple(sorted(name for name in names if PurePosixPath(name).name == "review.html"))


def page(world: World, full_name: str, number: int, path: str) -> bytes | None:
    """One page of an artifact; None when it is not there, too large, or not a trusted run's."""
    artifact = world.store.get(Artifact, full_name, number)
    run = world.store.get(Run, full_name, artifact.run_id) if artifact is not None else None
    if artifact is None or run is None or run.event != "workflow_run" or artifact.name != NAME:
        return None
    if path not in _pages(world, artifact):
        return None
    with zipfile.ZipFile(world.directory / artifact.path) as archive, archive.open(path) as stream:
        content = stream.read(_LARGEST + 1)
    return content if len(content) <= _LARGEST else None
