"""The container engine of this machine: docker, podman or buildah, whichever is there and works."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run
from wardround.release.smoke import Running

#: In the order in which ``auto`` tries them.
ENGINES = ("docker", "podman", "buildah")


@dataclass(frozen=True)
class BaseImage:
    """A base that is here: its digest (of its configuration or manifest, as the engine calls it) and processor, as OCI writes it."""

    name: str
    digest: str
    architecture: str


class Engine(Protocol):
    """What a release asks of an engine. Nothing here reaches a network but :meth:`push` and :meth:`name_by_digest`."""

    name: str

    def base(self, image: str) -> BaseImage | None:
        """A local image, or None."""
        ...

    def build(self, context: Path, base: BaseImage) -> str:
        """Builds ``Containerfile`` in ``context`` on ``base`` and returns the local image's id."""
        ...

    def running(self, image: str, base: BaseImage) -> AbstractContextManager[Running]:
        """The image as a container: another user than root, read-only, without a network, each if the engine can."""
        ...

    def save(self, image: str, archive: Path) -> None:
        """Writes the image as an OCI archive."""
        ...

    def push(self, image: str, place: str) -> str:
        """Pushes to the repository ``place`` of a registry, under a name that nobody else uses; returns the manifest's digest."""
        ...

    def name_by_digest(self, image: str, place: str, digest: str) -> None:
        """Gives what was pushed the name of its digest there: that name is never another manifest's."""
        ...

    def remove(self, image: str) -> None:
        """Removes a local image, if it is there."""
        ...


def works(name: str) -> bool:
    """Whether an engine is installed and answers: a client without its daemon does not."""
    if shutil.which(name) is None:
        return False
    question = {"docker": ["version", "--format", "{{.Server.Version}}"], "podman": ["info"], "buildah": ["info"]}
    return run(Command([name, *question[name]], timeout=60)).ok


def choose(wanted: str) -> Engine | None:
    """The engine that is asked for; None for ``none``, and for ``auto`` where there is none.

    Raises :class:`EnvironmentFailure` when a named one does not work here.
    """
    from wardround.release.engine_buildah import Buildah
    from wardround.release.engine_cli import Cli

    if wanted == "none":
        return None
    for name in ENGINES if wanted == "auto" else (wanted,):
        if works(name):
            return Buildah() if name == "buildah" else Cli(name)
    if wanted == "auto":
        return None
    raise EnvironmentFailure(
        f"{wanted} does not work here",
        where=f"--engine {wanted}",
        found="it is not installed" if shutil.which(wanted) is None else "it is installed and does not answer",
        next="install it and start it, name another, or --engine none: then there is no image",
    )
