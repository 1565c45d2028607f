"""Git over HTTP: ``git http-backend`` as a CGI program, with the sandbox's tokens, rules and events around it.

A push runs under the repository's lock: refs are listed before and after, and every difference becomes an event. What
rules forbid is handed to the repository's update hook, so that git refuses it ref by ref in its own protocol.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from wardround.proc import Command, run_files
from wardround.sandbox.api.permissions import Needs, check, visible
from wardround.sandbox.events import Actor, Move
from wardround.sandbox.gitread import ENV
from wardround.sandbox.gitwrite import ZERO
from wardround.sandbox.model import Repository, Token
from wardround.sandbox.operations import moved
from wardround.sandbox.refusal import Refusal, forbidden, missing
from wardround.sandbox.rules import Mover, refusal_to_move
from wardround.sandbox.world import World

#: What git asks for below a repository.
SERVICES = ("info/refs", "git-upload-pack", "git-receive-pack")
#: One transfer takes at most so long, in seconds.
LIMIT = 1800.0


@dataclass(frozen=True)
class Transfer:
    """One request of git. ``service`` is one of :data:`SERVICES`; ``body`` is an open file at its start."""

    full_name: str
    method: str
    service: str
    query: str
    headers: Mapping[str, str]
    body: IO[bytes]


@dataclass(frozen=True)
class Transferred:
    """The answer: ``body`` is an open file at the start of what is to be sent; the caller closes it."""

    status: int
    headers: Mapping[str, str]
    body: IO[bytes]


def allowed(world: World, transfer: Transfer, text: str | None) -> tuple[Repository, Token | None]:
    """The repository and who asks; 401 asks git for a password, 404 and 403 refuse."""
    pushing = "git-receive-pack" in {transfer.service, transfer.query.removeprefix("service=")}
    token = world.tokens.look_up(text) if text else None
    if text is not None and token is None:
        raise Refusal(401, "Bad credentials")
    if token is None:
        repository = world.repository(transfer.full_name)
        if pushing or repository is None or repository.private:
            raise Refusal(401, "Requires authentication")
        return repository, None
    repository = visible(world, token, transfer.full_name)
    check(world, token, repository, Needs(("contents",), "write" if pushing else "read"))
    return repository, token


def serve(world: World, transfer: Transfer, text: str | None) -> Transferred:
    """Lets git read or write the repository, if the token ``text`` may."""
    repository, token = allowed(world, transfer, text)
    if transfer.service != "git-receive-pack":
        return _backend(world, transfer, repository, token, {})
    if token is None:
        raise forbidden()
    actor = Actor(token.login, run=token.kind == "run", integration=token.kind != "user")
    with world.lock(repository.full_name):
        bare = world.bare(repository)
        before = bare.refs()
        answer = _backend(world, transfer, repository, token, _rules(world, transfer, repository, actor))
        after = bare.refs()
        for ref in sorted({*before, *after}):
            old, new = before.get(ref, ZERO), after.get(ref, ZERO)
            if old != new:
                moved(world, repository, actor, Move(ref, old, new))
    return answer


def _rules(world: World, transfer: Transfer, repository: Repository, actor: Actor) -> dict[str, str]:
    """What the update hook must refuse: refs that may not move at all, and refs that may not move backwards."""
    who, never, forward = Mover(actor.login, actor.run or actor.integration), [], []
    for old, new, ref in _commands(transfer):
        how = "creation" if old == ZERO else "deletion" if new == ZERO else "update"
        default = how == "deletion" and ref == f"refs/heads/{repository.default_branch}"
        if default or refusal_to_move(world, repository, ref, how, who):
            never.append(f"<{ref}>")
        elif how == "update" and refusal_to_move(world, repository, ref, "non_fast_forward", who):
            forward.append(f"<{ref}>")
    return {
        "WARDROUND_PROTECTED": "".join(never),
        "WARDROUND_FORWARD": "".join(forward),
        "WARDROUND_NO_WORKFLOWS": "yes" if actor.run else "",
    }


def _commands(transfer: Transfer) -> list[tuple[str, str, str]]:
    """The ref updates at the head of a push: old, new and name of each, up to the first flush packet."""
    packed = transfer.headers.get("content-encoding") == "gzip"
    stream: IO[bytes] = gzip.GzipFile(fileobj=transfer.body) if packed else transfer.body  # type: ignore[assignment]
    found = []
    while True:
        size = int(stream.read(4) or b"0", 16)
        if size < 4:
            break
        words = stream.read(size - 4).partition(b"\0")[0].decode("utf-8", "replace").split(" ")
        if len(words) == 3:
            found.append((words[0], words[1], words[2].rstrip("\n")))
    transfer.body.seek(0)
    return found


def _backend(
    world: World, transfer: Transfer, repository: Repository, token: Token | None, more: Mapping[str, str]
) -> Transferred:
    size = transfer.body.seek(0, 2)
    transfer.body.seek(0)
    headers = transfer.headers
    env = {
        **ENV,
        **more,
        "GIT_PROJECT_ROOT": str(world.repositories.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.full_name}.git/{transfer.service}",
        "REQUEST_METHOD": transfer.method,
        "QUERY_STRING": transfer.query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(size),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_USER": token.login if token is not None else "",
        "REMOTE_ADDR": "127.0.0.1",
    }
    sink = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    done = run_files(Command(["git", "http-backend"], env=env, timeout=LIMIT), transfer.body, sink)
    sink.seek(0)
    status, answered = 200, {}
    while (line := sink.readline()) not in {b"\r\n", b"\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            answered[name.lower()] = value.strip()
    if not done.ok and not answered:
        sink.close()
        raise missing()
    return Transferred(status, answered, sink)
