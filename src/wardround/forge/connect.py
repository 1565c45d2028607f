"""From settings to a forge. Nothing is sent here, and PyGithub is not yet imported."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from wardround.errors import Problem, UsageError
from wardround.forge.base import checked_repository
from wardround.forge.errors import CouldNotCheck
from wardround.forge.identity import Credentials
from wardround.forge.protocol import Forge

#: How GitHub shows what a job's own token writes.
ACTIONS = "github-actions[bot]"


def connect(credentials: Credentials) -> Forge:
    """The forge for these credentials. Raises :class:`UsageError` when they cannot be meant."""
    from wardround.forge.github import GitHub

    checked_repository(credentials.repository)
    _check_address(credentials.api_url)
    if not credentials.token and not (credentials.app_id and credentials.app_key):
        raise CouldNotCheck(problems=[_no_token()])
    return GitHub(credentials)


def from_environment(env: Mapping[str, str] | None = None) -> Credentials:
    """Credentials from what GitHub Actions sets, and from Wardround's own variables, which come first.

    ``GITHUB_REPOSITORY`` · ``GITHUB_API_URL`` · ``WARDROUND_APP_ID`` with ``WARDROUND_APP_KEY_FILE``, or
    ``WARDROUND_TOKEN``, or ``GITHUB_TOKEN`` · ``WARDROUND_AUTHOR`` (for a job's own token: ``github-actions[bot]``) ·
    ``WARDROUND_CML_URL``, where CML posts (otherwise ``GITHUB_SERVER_URL``). Raises :class:`CouldNotCheck` that names all
    that is missing.
    """
    given = os.environ if env is None else env
    app_id, app_key = given.get("WARDROUND_APP_ID", ""), given.get("WARDROUND_APP_KEY_FILE", "")
    own, actions = given.get("WARDROUND_TOKEN", ""), given.get("GITHUB_TOKEN", "")
    problems = []
    if not given.get("GITHUB_REPOSITORY"):
        problems.append(
            Problem(
                "the repository on the forge is not known",
                where="environment variable GITHUB_REPOSITORY",
                wanted="owner/name",
                next="GitHub Actions sets it; elsewhere: export GITHUB_REPOSITORY=owner/name",
            )
        )
    if bool(app_id) != bool(app_key):
        missing = "WARDROUND_APP_KEY_FILE" if app_id else "WARDROUND_APP_ID"
        problems.append(Problem("only half of the App is given", where=f"environment variable {missing}"))
    elif not (app_id or own or actions):
        problems.append(_no_token())
    if problems:
        raise CouldNotCheck(problems=problems)
    job = not app_id and not own and given.get("GITHUB_ACTIONS") == "true"
    return Credentials(
        repository=checked_repository(given["GITHUB_REPOSITORY"]),
        token="" if app_id else own or actions,
        api_url=_check_address(given.get("GITHUB_API_URL") or Credentials.api_url),
        author=given.get("WARDROUND_AUTHOR") or (ACTIONS if job else ""),
        app_id=app_id,
        app_key=Path(app_key) if app_key else None,
        server_url=given.get("WARDROUND_CML_URL") or given.get("GITHUB_SERVER_URL", ""),
    )


def _no_token() -> Problem:
    return Problem(
        "there is no token for the forge",
        where="environment variable WARDROUND_TOKEN or GITHUB_TOKEN",
        wanted="a token, or WARDROUND_APP_ID and WARDROUND_APP_KEY_FILE",
        next="in a workflow: env: GITHUB_TOKEN: ${{ github.token }}",
    )


def _check_address(url: str) -> str:
    """The API's address without a final slash. A token is sent over TLS, or to this machine only."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname or ""))
    if not parts.hostname or not secure or parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            "this cannot be the address of a forge's API",
            where="environment variable GITHUB_API_URL",
            wanted="https://api.github.com or https://HOST/api/v3; http only on this machine",
            found=repr(f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:200]),
        )
    return url.rstrip("/")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
