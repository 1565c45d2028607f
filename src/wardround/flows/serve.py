"""The service of a project, or of one of its released versions, on this machine, in one process."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure, MissingExtra

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.service import Settings

#: How long the service may take to answer what is under way when it is asked to end, in seconds.
GRACE = 30


@dataclass(frozen=True)
class ServeRequest:
    """What to serve, and where. ``listening`` is told the address once the service is about to answer there.

    With ``stage`` or ``version`` it is a released version, from the storage; otherwise what lies in the work tree.
    """

    project: Project
    host: str
    port: int
    log: bool
    listening: Callable[[str], None]
    stage: str = ""
    version: str = ""


def serve(request: ServeRequest) -> None:
    """Answers until it is asked to end, then answers what is under way and ends the log in order.

    Raises :class:`WardroundError` when project, model or log cannot be used, :class:`EnvironmentFailure` when the port is taken.
    """
    if importlib.util.find_spec("uvicorn") is None:
        raise MissingExtra("serve", "uvicorn")
    import uvicorn

    from wardround.service import application
    from wardround.service.server import DRAIN, LAST

    settings = _settings(request)
    service = application(settings if request.log else replace(settings, log=None))
    with _listener(request) as listener:
        service.start()
        host, port = listener.getsockname()[:2]
        request.listening(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        options = uvicorn.Config(
            service,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=int(GRACE - DRAIN - LAST),
        )
        try:
            # uvicorn ends in order on a signal, and then raises it again for whoever started it: nothing is left to do
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(options).run(sockets=[listener])
        finally:
            service.stop()


def _settings(request: ServeRequest) -> Settings:
    from wardround.service import Settings

    own = Settings.from_environment(request.project.root.resolve())
    if not (request.stage or request.version):
        return own
    from wardround.flows.released import choose, fetched
    from wardround.release.bento import RELEASE

    source = fetched(request.project, choose(request.project, request.stage, request.version).version)
    sys.dont_write_bytecode = True  # what was fetched is compared with its digest again, the next time
    return replace(
        own,
        project=source,
        model=source / "models" / "model",
        release=source / RELEASE,
        stage=request.stage or own.stage,
    )


@contextlib.contextmanager
def _listener(request: ServeRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.host else socket.AF_INET
    # without the protocol's number asyncio would not switch Nagle's algorithm off, and every answer would wait 40 ms
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((request.host, request.port))
            listener.listen(2048)
        except OSError as error:
            raise EnvironmentFailure(
                f"the service cannot listen there: {error.strerror or type(error).__name__}",
                where=f"{request.host}:{request.port}",
                next="choose another port with --port, or stop what uses it",
            ) from error
        yield listener
