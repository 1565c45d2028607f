"""The shadow: what was asked and answered here is put to a candidate as well, in silence. Nothing of that reaches who asked."""

from __future__ import annotations

import http.client
import threading
from collections import deque
from urllib.parse import urlsplit

from wardround.errors import UsageError

#: What may wait for the candidate, in requests and in bytes; what comes then is left out. Project choice.
MOST, MOST_BYTES = 1000, 32 << 20
#: Seconds that the candidate may take for an answer, and that the end of the service waits for what is under way. Project choice.
TIMEOUT, END = 10.0, 2.0


class Mirror:
    """Sends bodies of ``/predict`` to ``url`` from a thread of its own: one after the other, each at most once, in order.

    A candidate that is slow or away costs the service nothing but the memory of what waits. ``sent``, ``failed`` and ``left_out`` count requests.
    """

    def __init__(self, url: str) -> None:
        """Raises :class:`UsageError` for an address that is none. Nothing is sent before the first :meth:`put`."""
        self._https, self._host, self._port, self._path = _place(url)
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ended = False
        self.sent = self.failed = self.left_out = 0
        self._thread = threading.Thread(target=self._run, name="wardround-shadow", daemon=True)
        self._thread.start()

    def put(self, body: bytes, name: str) -> None:
        """Leaves ``body`` to be sent, with the name that the request had ("" for none). Never waits."""
        with self._changed:
            if self._ended or len(self._waiting) >= MOST or self._bytes + len(body) > MOST_BYTES:
                self.left_out += 1
                return
            self._waiting.append((name, body))
            self._bytes += len(body)
            self._changed.notify()

    def close(self) -> None:
        """Ends the thread; what still waits is left out and counted."""
        with self._changed:
            self._ended = True
            self.left_out += len(self._waiting)
            self._waiting.clear()
            self._bytes = 0
            self._changed.notify()
        self._thread.join(END)

    def _run(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while (item := self._next()) is not None:
            connection = connection or self._connected()
            if self._ask(connection, *item):
                self.sent += 1
            else:
                self.failed += 1
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _next(self) -> tuple[str, bytes] | None:
        with self._changed:
            while not self._waiting:
                if self._ended:
                    return None
                self._changed.wait()
            name, body = self._waiting.popleft()
            self._bytes -= len(body)
            return name, body

    def _connected(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._https else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=TIMEOUT)

    def _ask(self, connection: http.client.HTTPConnection, name: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", **({"X-Request-ID": name} if name else {})}
        try:
            connection.request("POST", self._path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        return answer.status == 200


def _place(url: str) -> tuple[bool, str, int | None, str]:
    """Whether it is HTTPS, the host, the port (None: the usual one) and the path of an address."""
    refused = UsageError(
        "the shadow's address cannot be used",
        where="WARDROUND_SHADOW",
        wanted="http(s)://HOST[:PORT][/PATH], without a name or a password",
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refused from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise refused
    return parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/") + "/predict"
