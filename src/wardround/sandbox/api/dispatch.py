"""One call from beginning to end: who asks, may they, is the body right, what is the answer."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from wardround.sandbox import openapi
from wardround.sandbox.api import (  # noqa: F401 - each module declares its routes when it is loaded
    actions,
    apps,
    commits,
    contents,
    deployments,
    gitdata,
    issues,
    pulls,
    repositories,
    settings,
    statuses,
)
from wardround.sandbox.api.permissions import OUTSIDE, SIGNED, TABLE, check, visible
from wardround.sandbox.api.routing import ROUTES, Answer, Call, Matcher
from wardround.sandbox.api.view import API, View
from wardround.sandbox.model import Token
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.world import World

_DOCUMENTATION = "https://docs.github.com/rest"
#: The older path of a commit's statuses, which PyGithub still asks and the description no longer names.
_OLDER = re.compile(r"^/repos/([^/]+/[^/]+)/statuses/([^/]+)$")
#: What a request may send at most, in bytes.
LARGEST = 64 << 20


@dataclass(frozen=True)
class Asked:
    """A request as it came: the path below the API, header names in lower case, ``base`` the scheme and host."""

    method: str
    path: str
    base: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


#: Called before each request with its method and path; an answer takes the place of the real one (faults in tests).
Interceptor = Callable[[str, str], Answer | None]


@cache
def matcher() -> Matcher:
    """The routes, checked against the table of permissions: neither may name what the other does not."""
    named = {*TABLE, *OUTSIDE, *SIGNED}
    assert named == set(ROUTES), named ^ set(ROUTES)
    return Matcher(list(ROUTES))


def token_text(headers: Mapping[str, str]) -> str | None:
    """The token of a request: ``token``, ``Bearer``, or the password of ``Basic``, as git sends it."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"token", "bearer"}:
        return value.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return user if password in {"", "x-oauth-basic"} else password
    return None


def handle(world: World, asked: Asked) -> Answer:
    """The answer to ``asked``; whatever GitHub refuses is an answer too."""
    try:
        answer = _answer(world, asked)
    except Refusal as refusal:
        answer = refused(refusal)
    reset = int(world.clock.now().timestamp()) + 3600
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "4999",
        "x-ratelimit-used": "1",
        "x-ratelimit-resource": "core",
        "x-ratelimit-reset": str(reset),
        "x-github-media-type": "github.v3; format=json",
        **answer.headers,
    }
    return replace(answer, headers=headers)


def refused(refusal: Refusal) -> Answer:
    """A refusal as GitHub's JSON."""
    body: dict[str, Any] = {"message": refusal.message, "documentation_url": _DOCUMENTATION}
    body["status"] = str(refusal.status)
    if refusal.errors:
        body["errors"] = list(refusal.errors)
    return Answer(refusal.status, body)


def _answer(world: World, asked: Asked) -> Answer:
    path = _OLDER.sub(r"/repos/\1/commits/\2/statuses", asked.path) if asked.method == "GET" else asked.path
    found = matcher().find(asked.method, path)
    view = View(world, asked.base)
    url = asked.base + API + asked.path
    text = token_text(asked.headers)
    if found is not None and (asked.method, found[0]) in SIGNED:
        nobody, signed = Token("", "", "app"), {**found[1], "_jwt": text or ""}
        return ROUTES[asked.method, found[0]](Call(view, nobody, signed, asked.query, _body(asked, found[0]), url))
    token = world.tokens.look_up(text) if text else None
    if text is None:
        raise Refusal(401, "Requires authentication")
    if token is None:
        raise Refusal(401, "Bad credentials")
    if found is None:
        raise missing()
    template, params = found
    needs = TABLE.get((asked.method, template))
    repository = None
    if needs is not None:
        repository = visible(world, token, f"{params['owner']}/{params['repo']}")
        check(world, token, repository, needs)
    query = {**asked.query, "_accept": asked.headers.get("accept", "")}
    call = Call(view, token, params, query, _body(asked, template), url, repository)
    return ROUTES[asked.method, template](call)


def _body(asked: Asked, template: str) -> Any:
    if asked.method in {"GET", "HEAD"}:
        return None
    body = None
    if asked.body.strip():
        try:
            body = json.loads(asked.body)
        except ValueError as error:
            raise Refusal(400, "Problems parsing JSON") from error
    if not template:
        return body
    if body is None and not openapi.wants_body(asked.method, template):
        return {}
    problem = openapi.body_problem(asked.method, template, body)
    if problem:
        raise Refusal(422, f"Invalid request.\n\n{problem}")
    return body
