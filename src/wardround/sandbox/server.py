"""The sandbox as a running server on loopback: plain HTTP, and the same over TLS for programs that speak nothing else.

How to use it::

    with Sandbox(directory) as sandbox:                       # or start() and stop()
        sandbox.create_repository("acme", "ml", from_path=checkout)
        token = sandbox.create_user("ada")
        sandbox.fork("acme/ml", by="eve")
        sandbox.url, sandbox.api_url, sandbox.tls_url, sandbox.ca_file
        sandbox.world, sandbox.store, sandbox.repositories, sandbox.calls

Everything is kept below ``directory``: a sandbox that was killed starts again with its state, on the same ports when
they are free.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from wardround.errors import EnvironmentFailure, MissingExtra
from wardround.sandbox.api.view import API
from wardround.sandbox.app import Calls, application
from wardround.sandbox.model import Repository
from wardround.sandbox.repositories import Repositories
from wardround.sandbox.store import Store
from wardround.sandbox.world import NewRepository, World

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

HOST = "127.0.0.1"
#: The sandbox's certificate holds for so many days; a new one is made on each start.
_DAYS = 7
_PATIENCE = 20.0

#: Gives the routes of the pages for a sandbox's world.
Pages = Callable[[World], Sequence["BaseRoute"]]


class Sandbox:
    """A local forge in ``directory``. ``port`` and ``tls_port`` 0 mean: the last ones used, or any free one."""

    def __init__(self, directory: Path, port: int = 0, tls_port: int = 0, *, pages: Pages | None = None) -> None:
        self.directory = directory
        self.world = World(directory)
        self.calls = Calls()
        self._ports = (port, tls_port)
        self._pages = pages
        self._running: list[tuple[uvicorn.Server, threading.Thread, socket.socket]] = []
        self.url = ""
        self.tls_url = ""

    @property
    def store(self) -> Store:
        """The records."""
        return self.world.store

    @property
    def repositories(self) -> Repositories:
        """The git repositories."""
        return self.world.repositories

    @property
    def api_url(self) -> str:
        """Where the API is, without TLS: what GITHUB_API_URL is set to."""
        return self.url + API

    @property
    def ca_file(self) -> Path:
        """The certificate that programs must trust (NODE_EXTRA_CA_CERTS, GIT_SSL_CAINFO) to use ``tls_url``."""
        return self.directory / "tls" / "ca.pem"

    def start(self) -> Self:
        """Listens on both ports; returns when both answer."""
        plain = _listen(self._ports[0] or int(self.store.setting("port", "0")), fixed=bool(self._ports[0]))
        secure = _listen(self._ports[1] or int(self.store.setting("tls_port", "0")), fixed=bool(self._ports[1]))
        port, tls_port = plain.getsockname()[1], secure.getsockname()[1]
        self.store.set_setting("port", str(port))
        self.store.set_setting("tls_port", str(tls_port))
        self.url, self.tls_url = f"http://{HOST}:{port}", f"https://{HOST}:{tls_port}"
        self.world.url = self.url
        self.store.recover()
        app = application(self.world, self.calls, self._pages(self.world) if self._pages else ())
        certificate, key = self._certificate()
        self._serve(app, plain, {})
        self._serve(app, secure, {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)})
        return self

    def _certificate(self) -> tuple[Path, Path]:
        """A new certificate for loopback, from a new authority whose key is not kept."""
        try:
            import trustme
        except ImportError as error:
            raise MissingExtra("sandbox", "trustme") from error
        folder = self.ca_file.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        authority = trustme.CA()
        certificate, key = folder / "server.pem", folder / "server.key"
        until = datetime.now(UTC) + timedelta(days=_DAYS)
        made = authority.issue_cert(HOST, "localhost", not_after=until)
        authority.cert_pem.write_to_path(self.ca_file)
        certificate.unlink(missing_ok=True)
        for part in made.cert_chain_pems:
            part.write_to_path(certificate, append=True)
        key.touch(mode=0o600)
        made.private_key_pem.write_to_path(key)
        return certificate, key

    def _serve(self, app: Starlette, listening: socket.socket, tls: dict[str, str]) -> None:
        try:
            import uvicorn
        except ImportError as error:
            raise MissingExtra("sandbox", "uvicorn") from error
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            ssl_certfile=tls.get("ssl_certfile"),
            ssl_keyfile=tls.get("ssl_keyfile"),
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True, name="sandbox")
        thread.start()
        self._running.append((server, thread, listening))
        end = time.monotonic() + _PATIENCE
        while not server.started:
            if not thread.is_alive() or time.monotonic() > end:
                self.stop()
                raise EnvironmentFailure("the sandbox's server did not start", where=self.url or HOST)
            time.sleep(0.005)

    def stop(self) -> None:
        """Stops listening and closes the store. What was acknowledged is kept."""
        for server, _, _ in self._running:
            server.should_exit = True
        for _, thread, listening in self._running:
            thread.join(_PATIENCE)
            listening.close()
        self._running.clear()
        self.world.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def create_repository(
        self, owner: str, name: str, from_path: Path | None = None, *, private: bool = False
    ) -> Repository:
        """A repository, from the branches and tags of a git repository on disk when given."""
        return self.world.create_repository(NewRepository(f"{owner}/{name}", from_path, private))

    def create_user(self, login: str) -> str:
        """A person, and a token that may do whatever they may."""
        self.world.ensure_user(login)
        return self.world.tokens.user(login)

    def fork(self, repo: str, by: str) -> Repository:
        """A fork of ``owner/name`` that belongs to ``by``."""
        return self.world.fork(repo, by)


def _listen(port: int, *, fixed: bool) -> socket.socket:
    """A listening socket on loopback: on ``port``, or on any when it is taken and was not asked for."""
    for wanted in dict.fromkeys((port, 0 if not fixed else port)):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
        except OSError as error:
            listening.close()
            if fixed or wanted == 0:
                raise EnvironmentFailure(
                    "the sandbox cannot listen on this port",
                    where=f"{HOST}:{wanted}",
                    found=error.strerror or str(error),
                    next="end the program that uses it, or choose another port",
                ) from error
            continue
        listening.listen(128)
        return listening
    raise AssertionError("unreachable")
