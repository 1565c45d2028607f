"""Workflows, their runs and jobs, and what runs leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Workflow:
    """A workflow file of the default branch. ``state``: active, disabled_manually or disabled_inactivity."""

    KEY: ClassVar[str] = "path"
    id: int
    repository: str
    path: str
    name: str
    state: str = "active"
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Run:
    """One run of a workflow. ``status``: queued, in_progress, waiting or completed.

    ``path`` is the workflow file, ``event_id`` the :class:`Event` that started it, ``number`` counts per workflow.
    ``pulls`` are the numbers of pull requests from the same repository: empty for a fork, as on GitHub.
    """

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    number: int
    path: str
    name: str
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    actor: str
    attempt: int = 1
    title: str = ""
    status: str = "queued"
    conclusion: str = ""
    pulls: tuple[int, ...] = ()
    event_id: int = 0
    created_at: str = ""
    started_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a job. ``conclusion``: success, failure, skipped or cancelled; empty until completed."""

    number: int
    name: str
    status: str = "queued"
    conclusion: str = ""
    started_at: str = ""
    completed_at: str = ""


@dataclass(frozen=True)
class Job:
    """One job of a run. ``log`` is a path below the sandbox's directory; ``summary`` is Markdown (GITHUB_STEP_SUMMARY)."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    run_id: int
    name: str
    head_sha: str
    attempt: int = 1
    status: str = "queued"
    conclusion: str = ""
    labels: tuple[str, ...] = ()
    environment: str = ""
    steps: tuple[Step, ...] = ()
    log: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    created_at: str = ""
    started_at: str = ""
    completed_at: str = ""


@dataclass(frozen=True)
class Artifact:
    """What a run uploaded: a zip at ``path`` below the sandbox's directory, ``size`` in bytes, SHA-256 as hex digits."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    run_id: int
    name: str
    path: str
    size: int
    sha256: str
    created_at: str = ""
    expires_at: str = ""
