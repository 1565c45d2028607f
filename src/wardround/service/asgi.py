"""The service as an ASGI application: limits, routes, answers. Work is done in batches of whatever waits (:mod:`.batching`)."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic_core import to_json

from wardround.service.batching import Batcher
from wardround.service.body import Gate, read_body
from wardround.service.engine import Engine
from wardround.service.refusal import FieldProblem, Refusal
from wardround.service.settings import Settings

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_JSON = b"application/json"


class Application:
    """Answers once :meth:`start` has loaded the model: a server's lifespan does that, or whoever mounts this application."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.engine: Engine | None = None
        self._batcher: Batcher | None = None
        self._gate: Gate | None = None

    def start(self) -> None:
        """Loads project and model. Raises :class:`WardroundError` with what is wrong; a second call does nothing."""
        if self.engine is not None:
            return
        engine = Engine.load(self.settings)
        self._batcher = Batcher(engine)
        self._gate = Gate(engine.limits)
        self.engine = engine
        gc.collect()
        gc.freeze()  # what was loaded stays: the collector need not walk through it while somebody waits

    @property
    def ready(self) -> bool:
        """Whether answers can be given and logged."""
        return self.engine is not None

    def stop(self) -> None:
        """Ends what runs beside the answers."""
        self.engine = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        try:
            if path == "/predict":
                _need(method, "POST")
                status, content = 200, await self._predict(scope, receive)
            elif path == "/livez":
                status, content = 200, b'{"alive":true}'
            elif path == "/readyz":
                status, content = (200, b'{"ready":true}') if self.ready else (503, b'{"ready":false}')
            elif path == "/model":
                _need(method, "GET")
                status, content = 200, to_json(self.describe())
            else:
                raise Refusal(404, "there is nothing here")
        except Refusal as refusal:
            await _answer(send, refusal.status, to_json(refusal.plain()), refusal)
            return
        await _answer(send, status, content)

    async def _predict(self, scope: Scope, receive: Receive) -> bytes:
        if self._gate is None:
            raise Refusal(503, "the service is not ready", retry=1)
        async with self._gate.inside(scope) as held:
            return await self.ask(await read_body(receive, held))

    async def ask(self, body: bytes) -> bytes:
        """The answer to the body of a ``POST /predict``. Raises :class:`Refusal`."""
        if self._batcher is None:
            raise Refusal(503, "the service is not ready", retry=1)
        return await self._batcher.ask(body)

    def describe(self) -> dict[str, Any]:
        """What ``/model`` says."""
        assert self.engine is not None
        manifest = self.engine.scorer.manifest
        assert manifest is not None
        return {
            **self.engine.release,
            "model_version": self.engine.version,
            "contract_version": self.engine.contract_version,
            "data": manifest.data_digest,
            "thresholds": list(self.engine.params.evaluate.thresholds),
        }


def _need(method: str, wanted: str) -> None:
    if method != wanted:
        raise Refusal(405, f"this is answered to {wanted} alone", [FieldProblem("", wanted)])


async def _answer(send: Send, status: int, content: bytes, refusal: Refusal | None = None) -> None:
    headers = [(b"content-type", _JSON), (b"content-length", str(len(content)).encode())]
    if refusal is not None and refusal.retry is not None:
        headers.append((b"retry-after", str(refusal.retry).encode()))
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
