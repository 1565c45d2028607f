"""From a method and a path to a handler. Paths are written as GitHub's OpenAPI description writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from wardround.sandbox.api.view import View
from wardround.sandbox.events import Actor
from wardround.sandbox.model import Repository, Token
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.repositories import Bare
from wardround.sandbox.world import World

#: Parts of a path that may hold slashes.
_LONG = {"path", "ref", "basehead", "branch", "name"}
_PER_PAGE, _MOST = 30, 100


@dataclass(frozen=True)
class Answer:
    """What a handler answers: JSON, or nothing with ``body`` None; ``raw`` is sent as it is."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass(frozen=True)
class Call:
    """A request that was allowed: who asks, for what, with which body."""

    view: View
    token: Token
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    url: str
    found: Repository | None = None

    @property
    def world(self) -> World:
        """The sandbox."""
        return self.view.world

    @property
    def repository(self) -> Repository:
        """The repository of the path, which the asker may see."""
        assert self.found is not None
        return self.found

    @property
    def name(self) -> str:
        """The full name of the repository of the path."""
        return self.repository.full_name

    @property
    def bare(self) -> Bare:
        """The git repository of the path."""
        return self.world.bare(self.repository)

    @property
    def login(self) -> str:
        """Who asks."""
        return self.token.login

    @property
    def actor(self) -> Actor:
        """Who asks, as operations want it."""
        return Actor(self.login, run=self.token.kind == "run", integration=self.token.kind != "user")

    @property
    def now(self) -> str:
        """The sandbox's time."""
        return self.world.clock.stamp()

    def number(self, name: str) -> int:
        """A part of the path that must be a number; anything else is not there."""
        text = self.params[name]
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise missing()
        return int(text)

    def commit(self, name: str) -> str:
        """The commit that a part of the path names."""
        sha = self.bare.resolve(self.params[name])
        if sha is None:
            raise Refusal(422, f"No commit found for SHA: {self.params[name]}")
        return sha

    def writes(self) -> bool:
        """Whether the asker may change what others made: a person with that role, or a token that was let through."""
        return self.token.kind != "user" or self.world.role(self.login, self.repository) in {"write", "admin"}


Handler = Callable[[Call], Answer]
ROUTES: dict[tuple[str, str], Handler] = {}


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Declares the handler of a path. ``permissions`` must name the same pair, or the server does not start."""

    def declare(handler: Handler) -> Handler:
        assert (method, path) not in ROUTES, (method, path)
        ROUTES[method, path] = handler
        return handler

    return declare


class Matcher:
    """Finds the path template of a request; templates with more fixed parts come first."""

    def __init__(self, paths: Sequence[tuple[str, str]]) -> None:
        ordered = sorted(paths, key=lambda item: (-_fixed(item[1]), item))
        self._patterns = [(method, path, re.compile(_pattern(path))) for method, path in ordered]

    def find(self, method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
        """The template and its parts, or None."""
        for known, template, pattern in self._patterns:
            match = pattern.fullmatch(path) if known == method else None
            if match is not None:
                return template, match.groupdict(default="")
        return None


def _fixed(path: str) -> int:
    return sum(not part.startswith("{") for part in path.split("/"))


def _pattern(path: str) -> str:
    parts = []
    for part in path.split("/"):
        name = part.strip("{}")
        if not part.startswith("{"):
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P<{name}>{'.+' if name in _LONG else '[^/]+'})")
    pattern = "/".join(parts)
    return pattern.replace("/(?P<path>.+)", "(?:/(?P<path>.*))?")


def page(call: Call, items: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, str]]:
    """The asked page of ``items`` and the header ``Link``, which PyGithub follows."""
    size = min(max(_whole(call.query.get("per_page"), _PER_PAGE), 1), _MOST)
    number = max(_whole(call.query.get("page"), 1), 1)
    last = max((len(items) + size - 1) // size, 1)
    places: dict[str, int] = {}
    if number < last:
        places |= {"next": number + 1, "last": last}
    if number > 1:
        places |= {"prev": number - 1, "first": 1}
    links = []
    for relation, target in places.items():
        query = {**call.query, "per_page": str(size), "page": str(target)}
        text = "&".join(f"{quote(key)}={quote(value)}" for key, value in query.items())
        links.append(f'<{call.url}?{text}>; rel="{relation}"')
    return items[(number - 1) * size : number * size], {"link": ", ".join(links)} if links else {}


def listed(call: Call, items: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
    """A page of ``items``, each drawn by ``shape``."""
    some, headers = page(call, items)
    return Answer(200, [shape(item) for item in some], headers)


def counted(call: Call, key: str, items: Sequence[Any], shape: Callable[[Any], Any]) -> Answer:
    """A page in an object with ``total_count``, as the newer endpoints answer."""
    some, headers = page(call, items)
    return Answer(200, {"total_count": len(items), key: [shape(item) for item in some]}, headers)


def _whole(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else default
