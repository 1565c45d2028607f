"""What a job's token may do: exactly what the workflow's YAML grants, as GitHub computes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wardround.errors import UsageError

#: Every permission that a workflow can grant (GitHub's workflow syntax, `permissions`).
SCOPES = (
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
)
#: Where the YAML says nothing: GitHub's restricted default.
RESTRICTED = {"contents": "read", "packages": "read"}
_WRITE_ONLY = frozenset(("id-token",))
_READ_ONLY = frozenset(("models",))


def of_job(
    workflow: Mapping[str, Any], job: Mapping[str, Any], *, default: str = "read", fork: bool = False
) -> dict[str, str]:
    """The permissions of ``job``'s token: scope to ``read`` or ``write``; a scope that is not there is none.

    A job's own `permissions` replace the workflow's. ``default`` is the repository's setting where neither says any
    (``read``: contents and packages; ``write``: everything). The token of a ``fork``'s pull request never writes.
    Raises :class:`UsageError` for an unknown scope or access.
    """
    if "permissions" in job:
        granted = read(job["permissions"])
    elif "permissions" in workflow:
        granted = read(workflow["permissions"])
    else:
        granted = dict(RESTRICTED) if default == "read" else read("write-all")
    if fork:
        return {scope: "read" for scope in granted if scope not in _WRITE_ONLY}
    return granted


def read(value: Any) -> dict[str, str]:
    """The grant that the YAML value of `permissions` makes."""
    if value == "read-all":
        return {scope: "read" for scope in SCOPES if scope not in _WRITE_ONLY}
    if value == "write-all":
        return {scope: "read" if scope in _READ_ONLY else "write" for scope in SCOPES}
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unknown("read-all, write-all or a mapping", repr(value))
    granted = {}
    for scope, access in value.items():
        if scope not in SCOPES:
            raise _unknown("one of " + ", ".join(SCOPES), str(scope))
        if access not in ("read", "write", "none"):
            raise _unknown("read, write or none", f"{scope}: {access}")
        if access != "none":
            granted[str(scope)] = str(access)
    return granted


def _unknown(wanted: str, found: str) -> UsageError:
    return UsageError(
        "a workflow grants what GitHub does not know",
        where="permissions",
        wanted=wanted,
        found=found,
        next="correct it",
    )
