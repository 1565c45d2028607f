"""The sandbox as a web application: the API, git, downloads, and whatever pages are added."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

from wardround.errors import MissingExtra
from wardround.sandbox.api import dispatch
from wardround.sandbox.api.dispatch import Asked, Interceptor, handle, refused, token_text
from wardround.sandbox.api.routing import Answer
from wardround.sandbox.api.view import API
from wardround.sandbox.githttp import SERVICES, Transfer, Transferred, serve
from wardround.sandbox.refusal import Refusal, missing
from wardround.sandbox.tickets import PREFIX
from wardround.sandbox.world import World

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_CHUNK = 1 << 16


class Calls:
    """What was asked, for tests and the count of calls: method, path and status of each answer, oldest first."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, int]] = []
        self.interceptors: list[Interceptor] = []

    def before(self, method: str, path: str) -> Answer | None:
        """The answer of the first interceptor that has one."""
        for interceptor in tuple(self.interceptors):
            answer = interceptor(method, path)
            if answer is not None:
                return answer
        return None


def application(world: World, calls: Calls, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """The application for ``world``; ``pages`` are routes that come after the API's and git's."""
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ImportError as error:
        raise MissingExtra("sandbox", "starlette") from error

    dispatch.matcher()
    endpoints = _Endpoints(world, calls)
    routes: list[BaseRoute] = [
        Route(API + "{path:path}", endpoints.api, methods=_METHODS),
        Route("/api/graphql", endpoints.graphql, methods=["POST"]),
        Route(PREFIX + "{key}", endpoints.file, methods=["GET"]),
        *(Route(f"/{{owner}}/{{repo}}/{service}", endpoints.git, methods=["GET", "POST"]) for service in SERVICES),
        *pages,
    ]
    return Starlette(routes=routes)


class _Endpoints:
    def __init__(self, world: World, calls: Calls) -> None:
        self._world = world
        self._calls = calls

    async def api(self, request: Request) -> Response:
        """One call of the API, on a thread of its own."""
        from starlette.concurrency import run_in_threadpool

        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > dispatch.LARGEST:
                return _response(refused(Refusal(413, "Payload Too Large")))
        asked = Asked(
            method=request.method,
            path=request.path_params["path"],
            base=_base(request),
            query=dict(request.query_params),
            headers={key.lower(): value for key, value in request.headers.items()},
            body=bytes(body),
        )
        return _response(await run_in_threadpool(self._answer, asked))

    def _answer(self, asked: Asked) -> Answer:
        answer = self._calls.before(asked.method, asked.path)
        if answer is None:
            answer = handle(self._world, asked)
        self._calls.made.append((asked.method, asked.path, answer.status))
        return answer

    async def graphql(self, _request: Request) -> Response:
        """GraphQL is not spoken here, and says so as GitHub reports errors."""
        message = "The sandbox answers no GraphQL; use the REST API."
        return _response(Answer(200, {"data": None, "errors": [{"type": "NOT_IMPLEMENTED", "message": message}]}))

    async def file(self, request: Request) -> Response:
        """A file that an address was given out for."""
        from starlette.responses import FileResponse

        path = self._world.tickets.file(request.path_params["key"])
        if path is None:
            return _response(refused(missing()))
        kind = "application/zip" if path.suffix == ".zip" else "text/plain; charset=utf-8"
        return FileResponse(path, media_type=kind, filename=path.name)

    async def git(self, request: Request) -> Response:
        """One request of git."""
        from starlette.background import BackgroundTask
        from starlette.concurrency import run_in_threadpool
        from starlette.responses import StreamingResponse

        parts = request.path_params
        headers = {key.lower(): value for key, value in request.headers.items()}
        full_name = f"{parts['owner']}/{parts['repo'].removesuffix('.git')}"
        service = request.url.path.removeprefix(f"/{parts['owner']}/{parts['repo']}/")
        with tempfile.TemporaryFile() as body:
            async for chunk in request.stream():
                body.write(chunk)
            body.seek(0)
            transfer = Transfer(full_name, request.method, service, request.url.query, headers, body)
            try:
                done: Transferred = await run_in_threadpool(serve, self._world, transfer, token_text(headers))
            except Refusal as refusal:
                answer = refused(refusal)
                ask = {"www-authenticate": 'Basic realm="sandbox"'} if refusal.status == 401 else {}
                return _response(Answer(answer.status, answer.body, ask))
        end = BackgroundTask(done.body.close)
        return StreamingResponse(_chunks(done.body), done.status, dict(done.headers), background=end)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _base(request: Request) -> str:
    """The scheme and host that were asked on."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _response(answer: Answer) -> Response:
    from starlette.responses import Response

    headers: dict[str, Any] = dict(answer.headers)
    if answer.raw is not None:
        return Response(answer.raw, answer.status, headers, "application/octet-stream")
    if answer.body is None:
        return Response(None, answer.status, headers)
    content = json.dumps(answer.body, ensure_ascii=False).encode()
    return Response(content, answer.status, headers, "application/json; charset=utf-8")
