"""What the sandbox remembers: frozen records, each stored whole by :class:`wardround.sandbox.store.Store`.

Every record names the field that identifies it within its repository (``KEY``). Times are UTC texts as GitHub writes
them (``2026-01-31T08:00:00Z``), from the sandbox's own clock. Repositories are named ``owner/name`` throughout. A record
that belongs to no repository (users, tokens, repositories themselves) has ``repository == ""`` or none at all.

To change a record: ``store.put(dataclasses.replace(record, state="closed"))``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from wardround.sandbox.model_more import (
    ActionsSettings,
    App,
    Deployment,
    DeploymentStatus,
    Environment,
    Event,
    Protection,
    Ruleset,
    Secret,
    Variable,
)
from wardround.sandbox.model_runs import Artifact, Job, Run, Step, Workflow

__all__ = [
    "ActionsSettings",
    "App",
    "Artifact",
    "CheckRun",
    "Comment",
    "Deployment",
    "DeploymentStatus",
    "Environment",
    "Event",
    "Issue",
    "Job",
    "Label",
    "Protection",
    "Pull",
    "Repository",
    "Review",
    "Ruleset",
    "Run",
    "Secret",
    "Status",
    "Step",
    "Token",
    "User",
    "Variable",
    "Workflow",
]


@dataclass(frozen=True)
class User:
    """A person or an App. ``kind`` is ``User`` or ``Bot``."""

    KEY: ClassVar[str] = "login"
    id: int
    login: str
    kind: str = "User"
    name: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class Repository:
    """A repository. ``fork_of`` is the full name of the one it was forked from; ``writers`` may push besides the owner."""

    KEY: ClassVar[str] = "full_name"
    id: int
    full_name: str
    default_branch: str = "main"
    private: bool = False
    description: str = ""
    fork_of: str = ""
    writers: tuple[str, ...] = ()
    created_at: str = ""
    pushed_at: str = ""

    @property
    def owner(self) -> str:
        """The login before the slash."""
        return self.full_name.split("/")[0]

    @property
    def name(self) -> str:
        """The name after the slash."""
        return self.full_name.split("/")[1]


@dataclass(frozen=True)
class Token:
    """What a request may do. Only the SHA-256 of the secret is kept.

    ``kind`` is ``user`` (everything that its user may), ``run`` (exactly ``permissions`` on ``scope``, one repository)
    or ``app`` (the same, for an installed App). ``permissions`` maps GitHub's scope names with dashes, as workflows
    write them, to ``read`` or ``write``; a scope that is not there is ``none``.
    """

    KEY: ClassVar[str] = "digest"
    digest: str
    login: str
    kind: str
    scope: str = ""
    permissions: Mapping[str, str] = field(default_factory=dict)
    run_id: int = 0
    expires_at: str = ""


@dataclass(frozen=True)
class Issue:
    """An issue that is no pull request. Shares its numbers with pull requests."""

    KEY: ClassVar[str] = "number"
    id: int
    repository: str
    number: int
    title: str
    author: str
    body: str = ""
    state: str = "open"
    labels: tuple[str, ...] = ()
    created_at: str = ""
    updated_at: str = ""
    closed_at: str = ""


@dataclass(frozen=True)
class Pull:
    """A pull request. ``state`` is ``open`` or ``closed``; ``head_repository`` differs from ``repository`` for a fork.

    ``tested`` is the tip of the base branch that the test merge was made with (``operations.fresh`` makes it anew).
    ``merge_sha`` is the test merge while open (also the ref ``refs/pull/N/merge``; empty on conflict) and the commit
    on the base branch once merged. ``refs/pull/N/head`` of the base repository always points to ``head_sha``.
    """

    KEY: ClassVar[str] = "number"
    id: int
    repository: str
    number: int
    title: str
    author: str
    head_repository: str
    head_branch: str
    head_sha: str
    base_branch: str
    base_sha: str
    body: str = ""
    state: str = "open"
    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    merged: bool = False
    merged_by: str = ""
    merge_sha: str = ""
    tested: str = ""
    created_at: str = ""
    updated_at: str = ""
    closed_at: str = ""
    merged_at: str = ""


@dataclass(frozen=True)
class Comment:
    """A comment on an issue or pull request (``number``), or on a commit (``sha``, number 0)."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    number: int
    author: str
    body: str
    sha: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Review:
    """A review. ``state``: APPROVED, CHANGES_REQUESTED, COMMENTED, PENDING or DISMISSED."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    number: int
    author: str
    state: str
    sha: str
    body: str = ""
    submitted_at: str = ""


@dataclass(frozen=True)
class Label:
    """A label; ``color`` is six hexadecimal digits."""

    KEY: ClassVar[str] = "name"
    id: int
    repository: str
    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(frozen=True)
class Status:
    """A commit status. ``state``: error, failure, pending or success. The newest of a context counts."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    sha: str
    context: str
    state: str
    description: str = ""
    target_url: str = ""
    creator: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class CheckRun:
    """A check. ``status``: queued, in_progress or completed; ``conclusion`` as GitHub's, empty until completed."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    sha: str
    name: str
    status: str
    conclusion: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    details_url: str = ""
    external_id: str = ""
    creator: str = ""
    started_at: str = ""
    completed_at: str = ""
