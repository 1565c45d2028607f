"""The service as an ASGI application: routes, limits, answers. Work is done in batches of whatever waits (:mod:`.batching`)."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json

from wardround.service.body import Gone, read_body
from wardround.service.recording import REQUEST_ID, Append, Context
from wardround.service.refusal import FieldProblem, Refusal
from wardround.service.running import Running
from wardround.service.server import Around
from wardround.service.settings import Settings

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Inside = Callable[[Scope, bytes, Receive, Send], Awaitable[None]]

_JSON, _PLAIN = b"application/json", b"text/plain; version=0.0.4; charset=utf-8"
_HTML = b"text/html; charset=utf-8"
#: The card is a page without scripts or addresses; a browser is told to hold it to that.
_INERT = ((b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:"),)
_CLOSE = ((b"connection", b"close"),)
_CARD = ((b"link", b'<card>; rel="describedby"; type="text/html"'),)
_LOGGER = logging.getLogger("wardround.service")
_ROUTES = {
    "/predict": "POST",
    "/explain": "POST",
    "/model": "GET",
    "/livez": "GET",
    "/readyz": "GET",
    "/metrics": "GET",
    "/openapi.json": "GET",
    "/card": "GET",
}
#: Answered by the server around this application, within the same limits.
_ELSEWHERE = frozenset({"/rpc/predict"})
#: How many more objects than were freed are made before the youngest are searched for circles.
_COLLECT = 50_000
_NOT_READY = Refusal(503, "the service is not ready", retry=1)


@dataclass(frozen=True)
class _Content:
    """What is answered."""

    status: int
    body: bytes
    type: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Application:
    """Answers once :meth:`start` has loaded the model: a server's lifespan does that, or whoever mounts this application."""

    def __init__(self, settings: Settings, through: Callable[[Append], Append] | None = None) -> None:
        """Nothing is read yet. ``through`` wraps how the prediction log is appended to."""
        self.settings = settings
        self._through = through
        self._running: Running | None = None
        self._around: Around | None = None
        #: Whether the service was asked to end: it still answers, and keeps no connection.
        self.leaving = False
        self._collecting = gc.get_threshold()

    def start(self) -> None:
        """Loads project and model, opens the log. Raises :class:`WardroundError` with what is wrong; a second call loads nothing.

        In the event loop of a server it also sees to that server's end (:mod:`.server`).
        """
        if self._running is None:
            self._load()
        if self._around is None and self._running is not None:
            self._around = Around.found(self._running.engine.limits.body_seconds, self._leave)

    def _load(self) -> None:
        self._running = Running.start(self.settings, self._through)
        gc.collect()
        gc.freeze()  # what was loaded stays: the collector need not walk through it while somebody waits
        # a request makes thousands of small objects and nearly no circles: by default it would be searched for them ten times
        self._collecting = gc.get_threshold()
        gc.set_threshold(_COLLECT)

    def stop(self) -> None:
        """Ends the log in order. Servers call this when the last request was answered."""
        running, self._running, self._around, self.leaving = self._running, None, None, False
        if running is not None:
            running.stop()
            gc.unfreeze()
            gc.set_threshold(*self._collecting)

    def _leave(self) -> None:
        self.leaving = True

    @property
    def ready(self) -> bool:
        """Whether answers can be given and logged, and the service is not about to end."""
        return self._running is not None and self._running.ready and not self.leaving

    async def ask(self, body: bytes, context: Context) -> bytes:
        """The answer to the body of a ``POST``. Raises :class:`Refusal`."""
        if self._running is None:
            raise _NOT_READY
        return await self._running.batcher.ask(body, context)

    async def within(self, scope: Scope, receive: Receive, send: Send, answer: Inside) -> None:
        """A request that somebody else answers, given its body once that is read within this service's limits; else the refusal is sent.

        Both kinds of answer are counted as requests.
        """
        begun, running = time.perf_counter(), self._running
        path = scope["path"].removeprefix(scope.get("root_path", ""))

        async def counted(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and running is not None:
                route = path if path in _ELSEWHERE else "other"
                running.metrics.request(route, message["status"], time.perf_counter() - begun)
                if self.leaving:
                    message = {**message, "headers": [*message.get("headers", ()), *_CLOSE]}
            await send(message)

        try:
            if running is None:
                raise _NOT_READY
            async with running.gate.inside(scope) as held:
                await answer(scope, await read_body(receive, held), receive, counted)
        except Refusal as refusal:
            await _send(counted, _refused(refusal, path), head_only=scope["method"] == "HEAD")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's lifespan. A WebSocket is closed before it opens, which servers answer with 403."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            self.start()
            await send({"type": "lifespan.startup.complete"})
        self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        try:
            content = await self._content(path, scope, receive)
        except Refusal as refusal:
            content = _refused(refusal, path)
        except Gone:
            return
        except Exception as error:  # noqa: BLE001 - the message may hold a value: only the kind is told, here and in the log
            _LOGGER.error("a request could not be answered: %s", type(error).__name__)  # noqa: TRY400 - as above
            content = _refused(Refusal(500, "the service made a mistake; its operator finds it in the log"), path)
        if self._running is not None:
            route = path if path in _ROUTES else "other"
            self._running.metrics.request(route, content.status, time.perf_counter() - begun)
        await _send(send, content, _CLOSE if self.leaving else (), head_only=scope["method"] == "HEAD")

    async def _content(self, path: str, scope: Scope, receive: Receive) -> _Content:
        wanted, method = _ROUTES.get(path), scope["method"]
        if wanted is None:
            raise Refusal(404, "there is nothing here", [FieldProblem("", ", ".join(_ROUTES))])
        if method != wanted and (wanted, method) != ("GET", "HEAD"):
            raise Refusal(405, "this path answers another method", [FieldProblem("", wanted)])
        if path == "/livez":
            return _Content(200, b'{"alive":true}')
        if path == "/readyz":
            return _Content(200, b'{"ready":true}') if self.ready else _Content(503, b'{"ready":false}')
        running = self._running
        if running is None:
            raise _NOT_READY
        told = _told(running, path)
        return told if told is not None else await self._answer(running, path, scope, receive)

    async def _answer(self, running: Running, path: str, scope: Scope, receive: Receive) -> _Content:
        if path == "/explain" and running.engine.method is None:
            raise Refusal(404, "this model has no exact additive explanation")
        context = _context(path, scope)
        async with running.gate.inside(scope) as held:
            body = await read_body(receive, held)
            answer = await running.batcher.ask(body, context)
        if running.mirror is not None and context.asked == "predict" and not context.probe:
            running.mirror.put(body, context.name)
        return _Content(200, answer)


def _told(running: Running, path: str) -> _Content | None:
    """What the service says of itself; None where something is asked of the model."""
    match path:
        case "/model":
            return _Content(200, running.model, _JSON, _CARD if running.card is not None else ())
        case "/openapi.json":
            return _Content(200, running.openapi)
        case "/metrics":
            return _Content(200, running.counters().encode(), _PLAIN)
        case "/card":
            if running.card is None:
                raise Refusal(404, "this model was released without a card")
            return _Content(200, running.card, _HTML, _INERT)
        case _:
            return None


def _context(path: str, scope: Scope) -> Context:
    """How the request came, by its headers. Raises :class:`Refusal` for a name that cannot be one."""
    name, probe = "", False
    for key, value in scope["headers"]:
        if key == b"x-request-id":
            name = value.decode("latin-1")
            if not REQUEST_ID.fullmatch(name):
                wanted = "8 to 128 letters, digits, points, hyphens and underscores"
                raise Refusal(422, "a header cannot be used", [FieldProblem("X-Request-ID", wanted)])
        elif key == b"wardround-probe":
            probe = True
    return Context("explain" if path == "/explain" else "predict", name, probe)


def _refused(refusal: Refusal, path: str) -> _Content:
    headers = []
    if refusal.retry is not None:
        headers.append((b"retry-after", str(refusal.retry).encode()))
    if refusal.status == 405:
        headers.append((b"allow", _ROUTES[path].replace("GET", "GET, HEAD").encode()))
    if refusal.status in {408, 413, 415}:  # the rest of the body is not read
        headers += _CLOSE
    return _Content(refusal.status, to_json(refusal.plain()), _JSON, tuple(headers))


async def _send(send: Send, content: _Content, more: tuple[tuple[bytes, bytes], ...] = (), *, head_only: bool) -> None:
    headers = [
        (b"content-type", content.type),
        (b"content-length", str(len(content.body)).encode()),
        *content.headers,
        *(header for header in more if header not in content.headers),
    ]
    await send({"type": "http.response.start", "status": content.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else content.body})
