"""Tags and deployments as the forge knows them, without its library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TagSpec:
    """An annotated tag to have. ``target`` is a commit."""

    name: str
    target: str
    message: str


@dataclass(frozen=True)
class Tag:
    """A tag. ``object`` is what its reference points to; equal to ``target`` for a lightweight tag (no message)."""

    name: str
    target: str
    message: str
    object: str


@dataclass(frozen=True)
class TagReference:
    """A tag's name and what it points to: an object of the kind ``tag`` (annotated), or ``commit`` (lightweight)."""

    name: str
    object: str
    kind: str


@dataclass(frozen=True)
class TagObject:
    """An annotated tag's object: the name that it was made under, its target and that one's kind, who made it and when (ISO 8601)."""

    name: str
    target: str
    kind: str
    message: str
    tagger: str
    email: str
    date: str


@dataclass(frozen=True)
class DeploymentSpec:
    """A deployment to have; ``task`` and ``payload`` tell it from others of the same environment."""

    ref: str
    task: str
    environment: str
    payload: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class Deployment:
    """A deployment that the forge has."""

    id: int
    ref: str
    sha: str
    task: str
    environment: str
    payload: Mapping[str, str]
    description: str = ""


@dataclass(frozen=True)
class DeploymentStatus:
    """Where a deployment stands: ``in_progress``, ``success``, ``failure``, ``inactive``, … ``url`` is its log."""

    state: str
    description: str = ""
    url: str = ""
