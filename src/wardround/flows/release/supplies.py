"""What an image build needs without a network: wheels, and a base image. Filled by set-up, only used by the release."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.flows.stage import scratch
from wardround.release import packages, wheelhouse

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.release.engine import BaseImage, Engine

#: The base that ``wardround supplies base`` makes where params name none.
OWN_BASE = f"localhost/wardround-base:python{sys.version_info.major}.{sys.version_info.minor}"
#: What Linux and macOS call a processor -> what OCI does.
_PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def place(project: Project) -> Path:
    """The project's wheelhouse."""
    named = project.params.release.wheelhouse
    return project.root / Path(named).expanduser() if named else scratch(project) / "wheelhouse"


def tree(project: Project) -> Path:
    """Where the project's lock stands: at the top of its repository, if there."""
    from wardround.revision.git import Git

    return Git(project.root).root


def where(project: Project, top: Path) -> packages.Where:
    """Where the lock and the team's code are; ``top`` is the top of the project's tree."""
    return packages.Where(top, project.root / "pipelines")


def wheels(project: Project, requirements: tuple[str, ...], *, needed: bool) -> tuple[Path, ...]:
    """The wheels of the service's packages from the project's wheelhouse; without ``needed``, none when one is missing."""
    try:
        return wheelhouse.select(place(project), requirements)
    except EnvironmentFailure:
        if needed:
            raise
        return ()


def fill(project: Project) -> tuple[Path, ...]:
    """Fetches what the wheelhouse lacks, for every served form that the lock has."""
    top = tree(project)
    forms = [form for form in ("", *packages.OF_FORM) if packages.has_form(top, form)]
    lines = sorted({line for form in forms for line in packages.requirements(where(project, top), form)})
    return wheelhouse.fill(place(project), lines)


def base_name(project: Project) -> str:
    """The base that params name, or the one that is made here."""
    return project.params.release.base_image or OWN_BASE


def base(project: Project, engine: Engine) -> BaseImage:
    """The base, which must be here and for this machine's processor. :class:`EnvironmentFailure` otherwise."""
    name = base_name(project)
    found = engine.base(name)
    if found is None:
        raise EnvironmentFailure(
            "the base image is not on this machine",
            where="params.yaml: release.base_image",
            wanted=name,
            next="wardround supplies base; or release without an image: --engine none",
        )
    if found.architecture != processor():
        raise EnvironmentFailure(
            "the base image is for another processor",
            where=name,
            wanted=processor(),
            found=found.architecture,
            next="name a base for this machine in release.base_image",
        )
    return found


def processor() -> str:
    """This machine's processor, as OCI writes it."""
    machine = platform.machine()
    return _PROCESSORS.get(machine.lower(), machine)
