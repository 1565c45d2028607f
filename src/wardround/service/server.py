"""What the application wants of the uvicorn server around it, be it Wardround's own or BentoML's: an end that resets nobody, and heads in time.

uvicorn closes kept connections at once when it is asked to end, also those on which a request is on its way; and it has no time-out for a
request's head. Both are done here, with what a server and its connections show.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

#: So many seconds a service that is asked to end still takes requests, and asks each client not to keep its connection: project choice. A
#: service that nobody is connected to ends after :data:`QUIET`.
DRAIN, QUIET = 2.0, 0.3
#: So many seconds more those are waited for that have connected and not asked yet.
LAST = 1.0
_TICK = 0.05
#: Every so many seconds the connections without a whole head are looked at.
_LOOK = 1.0


@dataclass
class Around:
    """The server around an application. ``leave`` is called once when the end begins."""

    server: Any
    seconds: float
    leave: Callable[[], None]
    ending: bool = False
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _waiting: dict[Any, tuple[Any, float]] = field(default_factory=dict)

    @classmethod
    def found(cls, seconds: float, leave: Callable[[], None]) -> Around | None:
        """The server whose event loop runs this, watched from now on; None where there is none. ``seconds`` is what a head may take."""
        uvicorn = sys.modules.get("uvicorn")
        if uvicorn is None or threading.current_thread() is not threading.main_thread():
            return None
        server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return None
        if not isinstance(server, uvicorn.Server):
            return None
        made = cls(server, seconds, leave)
        for number in (signal.SIGTERM, signal.SIGINT):
            made._before(loop, number)
        made._tasks.append(loop.create_task(made._look()))
        return made

    def _before(self, loop: asyncio.AbstractEventLoop, number: signal.Signals) -> None:
        """Puts the draining before what the server does on that signal; a second signal is the server's at once."""
        ends = signal.getsignal(number)
        if not callable(ends):
            return  # ignored, or the system's own: the server does not end by it

        def asked(given: int, frame: FrameType | None) -> None:
            if self.ending:
                ends(given, frame)
                return
            self.ending = True
            loop.call_soon_threadsafe(
                lambda: self._tasks.append(loop.create_task(self._end(lambda: ends(given, None))))
            )

        signal.signal(number, asked)

    async def _end(self, ends: Callable[[], Any]) -> None:
        try:
            self.leave()
            await self._until_quiet(DRAIN, QUIET)
            await self._take_the_last()
            await self._until_quiet(LAST, 0)
        finally:
            ends()

    async def _until_quiet(self, most: float, quiet: float) -> None:
        """Until nobody was connected for ``quiet`` seconds, or the server was told to end at once."""
        loop = asyncio.get_running_loop()
        end, busy = loop.time() + most, loop.time()
        while loop.time() < end and not self.server.should_exit:
            if self.server.server_state.connections:
                busy = loop.time()
            elif loop.time() - busy >= quiet:
                return
            await asyncio.sleep(_TICK)

    async def _take_the_last(self) -> None:
        """Stops listening; who had connected by then is not left in the kernel's queue, which would be a reset."""
        server, loop = self.server, asyncio.get_running_loop()
        copies = [sock.dup() for one in server.servers for sock in one.sockets]
        for one in server.servers:
            one.close()
        for copy in copies:
            with copy:
                copy.setblocking(False)
                connected = list(_accepted(copy))
            for sock in connected:
                await loop.connect_accepted_socket(self._protocol, sock)

    def _protocol(self) -> asyncio.Protocol:
        """As uvicorn makes one for each connection."""
        server, config = self.server, self.server.config
        made: asyncio.Protocol = config.http_protocol_class(
            config=config,
            server_state=server.server_state,
            app_state=server.lifespan.state,
            _loop=asyncio.get_running_loop(),
        )
        return made

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            self._close_slow_heads(asyncio.get_running_loop().time())

    def _close_slow_heads(self, now: float) -> None:
        """Closes connections that have been without a whole head for too long; one that is kept after an answer has the server's own timer."""
        before, self._waiting = self._waiting, {}
        for connection in list(self.server.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            answering = cycle is not None and not cycle.response_complete
            if answering or getattr(connection, "timeout_keep_alive_task", None) is not None:
                continue
            last, since = before.get(connection, (cycle, now))
            if last is not cycle:
                since = now
            if now - since >= self.seconds:
                connection.transport.close()
            else:
                self._waiting[connection] = (cycle, since)


def _accepted(listener: Any) -> Iterable[Any]:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        yield sock
