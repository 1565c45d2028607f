"""The records beside pull requests and runs: deployments, rules, variables, and the events that the runner waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class App:
    """A GitHub App: its public key (PEM), what it may do, and the repositories of ``owner`` that it is installed on."""

    KEY: ClassVar[str] = "slug"
    id: int
    slug: str
    owner: str
    public_key: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] = ()
    installation_id: int = 0
    created_at: str = ""


@dataclass(frozen=True)
class Deployment:
    """A deployment of a commit to an environment."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    sha: str
    ref: str
    environment: str
    task: str = "deploy"
    payload: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    creator: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class DeploymentStatus:
    """How a deployment goes: error, failure, inactive, in_progress, queued, pending or success."""

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    deployment_id: int
    state: str
    environment: str
    description: str = ""
    log_url: str = ""
    environment_url: str = ""
    creator: str = ""
    created_at: str = ""


@dataclass(frozen=True)
class Ruleset:
    """A ruleset in GitHub's own words: ``conditions`` and ``rules`` are kept as they were sent.

    ``enforcement`` is active, evaluate or disabled; only active ones are enforced.
    """

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    name: str
    enforcement: str
    target: str = "branch"
    conditions: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    bypass_actors: tuple[Mapping[str, Any], ...] = ()
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Protection:
    """Classic protection of one branch: the contexts that must be green before a merge."""

    KEY: ClassVar[str] = "branch"
    repository: str
    branch: str
    contexts: tuple[str, ...] = ()
    strict: bool = False
    approvals: int = 0
    enforce_admins: bool = False


@dataclass(frozen=True)
class Environment:
    """A named environment that jobs and deployments refer to."""

    KEY: ClassVar[str] = "name"
    id: int
    repository: str
    name: str
    created_at: str = ""


@dataclass(frozen=True)
class Variable:
    """A repository variable (``vars.NAME``)."""

    KEY: ClassVar[str] = "name"
    repository: str
    name: str
    value: str
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Secret:
    """A repository secret (``secrets.NAME``). No page and no answer of the API shows ``value``."""

    KEY: ClassVar[str] = "name"
    repository: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class ActionsSettings:
    """What a repository lets workflows do; one record per repository, ``key`` is always ``settings``."""

    KEY: ClassVar[str] = "key"
    repository: str
    key: str = "settings"
    enabled: bool = True
    default_permissions: str = "read"
    can_approve: bool = False


@dataclass(frozen=True)
class Event:
    """Something that happened, in GitHub's webhook shape, durable until the runner says it is done.

    ``name`` is push, pull_request, workflow_run, workflow_dispatch, schedule or merge_group; ``action`` is opened,
    synchronize, … or empty. ``sha`` and ``ref`` are what a workflow of this event sees as GITHUB_SHA and GITHUB_REF.
    ``state`` is pending, claimed or done.
    """

    KEY: ClassVar[str] = "id"
    id: int
    repository: str
    name: str
    action: str
    actor: str
    sha: str
    ref: str
    payload: Mapping[str, Any]
    state: str = "pending"
    created_at: str = ""
