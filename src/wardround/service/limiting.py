"""The same limits for the route of BentoML's own client, whose body BentoML reads: it is read here first, and handed on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from wardround.service.body import Gone

if TYPE_CHECKING:
    from wardround.service.asgi import Application, Receive, Scope, Send

#: Below this are the routes that BentoML answers itself from a body.
REMOTE = "/rpc/"
Inner = Callable[["Scope", "Receive", "Send"], Awaitable[None]]


class Limited:
    """ASGI middleware around BentoML's application: size, time, kind and number of the requests below :data:`REMOTE`.

    ``application`` is the mounted one: what is under way here and there counts together.
    """

    def __init__(self, app: Inner, application: Application) -> None:
        self._app = app
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; all others pass as they are."""
        if scope["type"] != "http" or not scope["path"].removeprefix(scope.get("root_path", "")).startswith(REMOTE):
            await self._app(scope, receive, send)
            return
        try:
            await self._application.within(scope, receive, send, self._handed_on)
        except Gone:
            return

    async def _handed_on(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        left = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Mapping[str, Any]:
            return left.pop() if left else await receive()

        await self._app(scope, again, send)
