"""A small GitHub on loopback and a forge that is connected to it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loopback_github import REPO, TOKEN, GitHubServer

from wardround.forge import Credentials, Forge, connect
from wardround.forge.connection import Limits

#: Quick to repeat, slow to lose patience: the machine may be busy.
QUICK = {"attempts": 5, "total": 30.0, "timeout": 10.0, "wait": 0.01, "wait_max": 0.05, "pause": 0.02}


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    made = GitHubServer()
    yield made
    made.close()


@pytest.fixture
def connected(server: GitHubServer) -> Iterator[Callable[..., Forge]]:
    """A forge with other credentials (by name) or limits (``limits={...}``)."""

    def make(limits: dict[str, Any] | None = None, **credentials: Any) -> Forge:
        given = {"repository": REPO, "token": TOKEN, "api_url": server.url, "author": "robot", **credentials}
        made.append(connect(Credentials(**given, limits=Limits(**{**QUICK, **(limits or {})}))))
        return made[-1]

    made: list[Forge] = []
    yield make
    for forge in made:
        forge.close()


@pytest.fixture
def forge(connected: Callable[..., Forge]) -> Forge:
    return connected()
