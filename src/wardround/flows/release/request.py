"""What a release is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.registry.record import VersionRecord

#: ``auto`` takes the first of docker, podman and buildah that works here; ``none`` smoke-tests the Bento directly.
EngineName = Literal["auto", "docker", "podman", "buildah", "none"]


def silent(_line: str) -> None:
    """Shows nothing."""


@dataclass(frozen=True)
class ReleaseRequest:
    """A release of the commit HEAD of ``project``.

    ``prepare``: everything but the tag; the candidate is written to that file, so that a workflow can attest the image before
    ``wardround release --finish`` makes the tag. ``env`` is the environment: forge, signing key.
    """

    project: Project
    engine: EngineName = "auto"
    dry_run: bool = False
    prepare: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] = silent
    #: Whether the decision and the tag are recorded in the ledger.
    ledger: bool = False


@dataclass(frozen=True)
class ReleaseResult:
    """``status``: ``nothing to do``, ``would release`` (dry run), ``prepared`` or ``released``. ``why``: what differs from the last version.

    ``record`` is the version's, the last one's where there is nothing to do; ``notes`` are what a person should know beside it.
    """

    status: Literal["nothing to do", "would release", "prepared", "released"]
    project: str
    version: str
    tag: str
    why: tuple[str, ...] = ()
    record: VersionRecord | None = None
    notes: tuple[str, ...] = ()
