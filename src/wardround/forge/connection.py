"""PyGithub's connection: credentials, addresses and HTTP. This module is the only one that makes one.

Its own retries, pauses and logging are switched off, and its lazy objects are not used, so that each request is one that
:mod:`wardround.forge.calls` sent and counted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import Requester

PER_PAGE = 100


@dataclass(frozen=True)
class Limits:
    """How patient a call is; all but ``attempts`` in seconds (project choice).

    ``timeout`` is one silence of the network, ``total`` a call with all its repetitions. A pause that the forge asks
    for and that would end after ``total`` ends the call at once. ``pause`` is for rate limits that name no time.
    """

    attempts: int = 6
    total: float = 150.0
    timeout: float = 20.0
    wait: float = 0.5
    wait_max: float = 20.0
    pause: float = 60.0


def requester(auth: Auth, api_url: str, limits: Limits) -> Requester:
    """PyGithub's connection for these credentials, with nothing of its own around a request."""
    from github.Requester import Requester

    # PyGithub logs bodies and headers at DEBUG: a new installation token, the signed address of an artifact
    Requester.injectLogger(_silent())
    _shorten_addresses()
    # stamina's note about a repetition is for who configures logging, not for a terminal
    stamina_log = logging.getLogger("stamina")
    if not stamina_log.handlers:
        stamina_log.addHandler(logging.NullHandler())
    return Requester(
        auth=auth,
        base_url=api_url,
        timeout=limits.timeout,  # type: ignore[arg-type]  # handed to requests, which takes fractions
        user_agent="wardround",
        per_page=PER_PAGE,
        verify=True,
        retry=None,
        pool_size=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def _silent() -> logging.Logger:
    logger = logging.Logger("wardround.forge.silent", logging.CRITICAL + 1)  # noqa: LOG001 - on purpose outside the tree
    logger.disabled = True
    return logger


class _WithoutQuery(logging.Filter):
    """Cuts addresses at their question mark: a signed address is a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(item.split("?")[0] if isinstance(item, str) else item for item in record.args)
        return True


def _shorten_addresses() -> None:
    for name in ("urllib3.connectionpool", "urllib3.util.retry"):
        logger = logging.getLogger(name)
        if not any(isinstance(known, _WithoutQuery) for known in logger.filters):
            logger.addFilter(_WithoutQuery())
