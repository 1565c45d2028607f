"""One request of a browser: where, by whom, with which form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from wardround.sandbox.events import Actor
from wardround.sandbox.model import Issue, Pull, Repository, User
from wardround.sandbox.operations import fresh
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.repositories import Bare
from wardround.sandbox.world import ROLES, World


def people(world: World) -> tuple[User, ...]:
    """Everybody whom a form can act for, oldest first."""
    return tuple(user for user in world.store.find(User) if user.kind == "User")


@dataclass(frozen=True)
class Visit:
    """``chosen`` is the user that the browser last chose to act for; ``session`` is what its forms are signed for."""

    world: World
    path: str
    session: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    chosen: str = ""

    @property
    def name(self) -> str:
        """The full name of the path's repository."""
        return f"{self.params['owner']}/{self.params['repo']}"

    @cached_property
    def login(self) -> str:
        """Who acts: whom the form names, else whom the browser chose, else the repository's owner or the first user."""
        logins = [user.login for user in people(self.world)]
        if "actor" in self.form:
            if self.form["actor"] not in logins:
                raise Refusal(403, "There is no such user to act for. Choose another one at the top of the page.")
            return self.form["actor"]
        wanted = (self.chosen, self.params.get("owner", ""))
        return next((login for login in wanted if login in logins), logins[0] if logins else "")

    @property
    def actor(self) -> Actor:
        """Who acts, as operations want it."""
        return Actor(self.login)

    @cached_property
    def repository(self) -> Repository:
        """The repository of the path; one that the acting user may not see is not there."""
        found = self.world.repository(self.name)
        if found is None or self.world.role(self.login, found) == "none":
            raise missing()
        return found

    @property
    def role(self) -> str:
        """What the acting user may do with the repository."""
        return self.world.role(self.login, self.repository)

    def need(self, role: str, what: str) -> None:
        """Refuses an acting user with less than ``role``; ``what`` is the thing that they wanted to do."""
        if ROLES.index(self.role) < ROLES.index(role):
            raise Refusal(403, f"{self.login} may not {what}: that needs the role {role}, and theirs is {self.role}.")

    @property
    def bare(self) -> Bare:
        """The git repository of the path."""
        return self.world.bare(self.repository)

    def number(self, name: str = "number") -> int:
        """A part of the path that must be a number."""
        if not re.fullmatch(r"[0-9]{1,18}", self.params[name]):
            raise missing()
        return int(self.params[name])

    @cached_property
    def pull(self) -> Pull:
        """The pull request of the path, tested against its base branch as it is now."""
        found = self.world.store.get(Pull, self.repository.full_name, self.number())
        if found is None:
            raise missing()
        return fresh(self.world, found)

    @cached_property
    def issue(self) -> Issue:
        """The issue of the path."""
        found = self.world.store.get(Issue, self.repository.full_name, self.number())
        if found is None:
            raise missing()
        return found

    def commit(self, revision: str) -> str:
        """The commit that ``revision`` names."""
        sha = self.bare.resolve(revision)
        if sha is None:
            raise missing()
        return sha
