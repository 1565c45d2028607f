"""What is asked about a repository on the forge, and how an answer that a token may not see is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wardround.flows.doctor import Check
from wardround.forge.errors import CouldNotCheck, Refused
from wardround.forge.protocol import Forge
from wardround.forge.settings import RepositoryFacts
from wardround.project.params import Params


@dataclass(frozen=True)
class ForgeRequest:
    """A repository to examine.

    ``root`` is the top of its checkout, which says only which projects there are and whether it is Wardround's own. ``app`` is the id of
    the team's App as text; empty: there is none. ``server`` is where people see the repository. ``now`` has a time zone.
    """

    forge: Forge
    root: Path
    now: datetime
    app: str = ""
    server: str = "https://github.com"


@dataclass(frozen=True)
class Place:
    """The repository as the forge first describes it. ``tip`` is the default branch's commit, from which all files are read."""

    request: ForgeRequest
    facts: RepositoryFacts
    tip: str
    projects: tuple[Params, ...]

    @property
    def forge(self) -> Forge:
        """Whom to ask."""
        return self.request.forge

    def page(self, path: str) -> str:
        """A page of the repository."""
        return f"{self.request.server}/{self.facts.full_name}/{path}"

    def call(self, path: str, *options: str) -> str:
        """The ``gh`` command of an API call below the repository."""
        host = self.request.server.partition("://")[2]
        elsewhere = () if host == "github.com" else ("--hostname", host)
        return " ".join(("gh api", *elsewhere, *options[:1], f"repos/{self.facts.full_name}/{path}", *options[1:]))

    def text(self, path: str) -> str | None:
        """A file of the default branch, or None."""
        found = self.forge.read_file(path, self.tip)
        return None if found is None else found.decode("utf-8", "replace")


def seen(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks; what the forge does not answer is said to be unseen, and is never taken for good."""
    try:
        yield from checks()
    except (CouldNotCheck, Refused) as error:
        problem = error.problems[0]
        found = f"{problem.what}{f' ({problem.where})' if problem.where else ''}"
        yield Check(name, "unseen", found, problem.next or "use a token that may read this")


def server_of(api_url: str) -> str:
    """Where people see what this API serves: GitHub.com, or the Enterprise server below whose ``/api/v3`` it is."""
    address = api_url.rstrip("/")
    return "https://github.com" if address == "https://api.github.com" else address.removesuffix("/api/v3")
