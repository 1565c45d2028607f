"""The projects as the trusted checkout has them: params that judge, names that statuses carry, whether there is a model yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import WardroundError
from wardround.project.layout import Project
from wardround.project.scope import inputs_of, key, projects_of, touched

if TYPE_CHECKING:
    from wardround.project.params import Params

#: Statuses are called this and the project's name.
PREFIX = "wardround/"


@dataclass(frozen=True)
class TrustedProject:
    """One project of the default branch. ``params`` is None when its own params cannot be read; ``reason`` says why."""

    path: str
    root: Path
    params: Params | None
    reason: str = ""

    @property
    def key(self) -> str:
        """What its artifact is called after."""
        return key(self.path)

    @property
    def name(self) -> str:
        """The project's name; where its params cannot be read, its key."""
        return self.params.project.name if self.params else self.key

    @property
    def context(self) -> str:
        """The name of its commit status."""
        return f"{PREFIX}{self.name}"

    @property
    def lock(self) -> Path:
        """Its ``dvc.lock``, which may not be there yet."""
        return self.root / "dvc.lock"

    @property
    def first(self) -> bool:
        """Whether the default branch has no trained model of it."""
        from wardround.revision.lock import parse

        return not parse(self.lock.read_bytes() if self.lock.is_file() else None).digest("models/model")


def projects(tree: Path) -> tuple[TrustedProject, ...]:
    """All projects of a checkout, the root first."""
    from wardround.revision.git import Git

    return tuple(_project(tree, path) for path in projects_of(Git(tree).tracked()))


def moved(tree: Path, known: Iterable[TrustedProject], paths: Iterable[str]) -> tuple[str, ...]:
    """The directories of the known projects that a change of ``paths`` can move."""
    places = [project.path for project in known]
    return touched(paths, places, {place: inputs_of(tree, place) for place in places})


def brought(tree: Path, known: Iterable[TrustedProject], paths: Iterable[str]) -> tuple[str, ...]:
    """The directories of projects that the checkout does not have and that a change of ``paths`` may bring."""
    from wardround.revision.git import Git

    there = {project.path for project in known}
    return tuple(place for place in projects_of((*Git(tree).tracked(), *paths)) if place not in there)


def _project(tree: Path, path: str) -> TrustedProject:
    root = tree if path == "." else tree / path
    try:
        return TrustedProject(path, root, Project(root).params)
    except WardroundError as error:
        return TrustedProject(path, root, None, error.problems[0].what)
