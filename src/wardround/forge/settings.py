"""How a repository is set up, as frozen values: what `wardround doctor --forge` looks at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RepositoryFacts:
    """A repository's settings. None where this token may not see them."""

    full_name: str
    default_branch: str
    private: bool
    fork: bool = False
    archived: bool = False
    actions_may_open_pulls: bool | None = None
    workflow_permissions: str | None = None


@dataclass(frozen=True)
class RequiredCheck:
    """A status that must be green; ``app`` is the id of the only App that counts, None when anybody's counts."""

    context: str
    app: int | None = None


@dataclass(frozen=True)
class Ruleset:
    """A ruleset of the repository. ``target`` is ``branch`` or ``tag``; ``enforcement`` ``active``, ``evaluate``, ``disabled``.

    ``include`` and ``exclude`` are references with wildcards, or ``~DEFAULT_BRANCH`` and ``~ALL``. ``strict``: a branch must be up to date
    with its base. ``queue``: how a merge queue groups what it tests, ``ALLGREEN`` or ``HEADGREEN``; empty without one. ``bypass`` counts
    the actors that it does not hold; None where this token may not see them.
    """

    id: int
    name: str
    target: str
    enforcement: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    checks: tuple[RequiredCheck, ...] = ()
    strict: bool = False
    approvals: int = 0
    code_owners: bool = False
    queue: str = ""
    bypass: int | None = None


@dataclass(frozen=True)
class Workflow:
    """A workflow that the forge knows. ``state`` is ``active``, ``disabled_inactivity``, ``disabled_manually`` and so on."""

    id: int
    name: str
    path: str
    state: str
