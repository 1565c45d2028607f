"""A registry of images on loopback: what Distribution 1.1 asks for reading by digest, with a token where one is wanted."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
USER = base64.b64encode(b"ward:secret").decode()


class ImageRegistry:
    """``objects``: digest -> bytes. ``swapped``: digest -> what is given in its place. With ``guarded`` a token is wanted."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.swapped: dict[str, bytes] = {}
        self.guarded = False
        self.asked: list[tuple[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    user = USER

    @property
    def name(self) -> str:
        return f"{self.host}/models/readmission"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def put(self, value: Any) -> str:
        """An object, by its digest."""
        content = json.dumps(value).encode()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.objects[digest] = content
        return digest

    def push(self, version: str, platform: str = "linux/amd64", *, index: bool = False) -> str:
        """An image for that platform; with ``index``, behind a list of one."""
        system, architecture = platform.split("/")
        config = self.put({"os": system, "architecture": architecture, "config": {"Labels": {"version": version}}})
        manifest = self.put({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": config}, "layers": []})
        if not index:
            return manifest
        listed = {"digest": manifest, "platform": {"os": system, "architecture": architecture}}
        return self.put({"schemaVersion": 2, "mediaType": INDEX, "manifests": [listed]})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authority = self.headers.get("Authorization", "")
                registry.asked.append((self.path, authority))
                if self.path.startswith("/token?"):
                    self._answer(200 if authority == f"Basic {USER}" else 401, b'{"token": "reading"}')
                elif registry.guarded and authority != "Bearer reading":
                    realm = f'Bearer realm="http://{registry.host}/token",service="images"'
                    self._answer(401, b"{}", {"WWW-Authenticate": realm})
                else:
                    digest = self.path.rpartition("/")[2]
                    content = registry.swapped.get(digest, registry.objects.get(digest))
                    self._answer(200 if content is not None else 404, content or b"{}")

            def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
