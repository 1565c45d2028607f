"""Asks an HTTP server without pause over kept connections, and keeps how long each answer took.

One thread and one selector: a request is bytes that were made before, an answer is read as far as its length says. That takes a
small part of what the quickest of the measured servers takes, so that it is the server that is measured.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Measured:
    """``latencies`` in seconds, of all answers; ``statuses`` how many of each came; ``seconds`` from the first request to the last answer."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    last: bytes = b""

    def milliseconds(self, percent: float) -> float:
        return float(np.percentile(self.latencies, percent)) * 1000

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def request(path: str, body: bytes, host: str = "127.0.0.1") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Measured:
    """Each of ``clients`` connections asks the next of ``requests`` once it has its answer, for ``seconds``."""
    measured = Measured()
    with selectors.DefaultSelector() as selector:
        for number in range(clients):
            selector.register(_connected(port), selectors.EVENT_READ, _Asking(number * 7))
        begun = time.perf_counter()
        for key in selector.get_map().values():
            key.data.send(key.fileobj, requests)
        end, open_ = begun + seconds, clients
        while open_:
            events = selector.select(60)
            if not events:
                raise TimeoutError("no answer for 60 seconds")
            for key, _ in events:
                done = key.data.receive(key.fileobj)
                if done is None:
                    continue
                measured.latencies.append(done[1])
                measured.statuses[done[0]] += 1
                measured.last = done[2]
                if time.perf_counter() < end:
                    key.data.send(key.fileobj, requests)
                else:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    open_ -= 1
        measured.seconds = time.perf_counter() - begun
    return measured


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Asking:
    """One connection: which request is next, and what came of the answer."""

    def __init__(self, first: int) -> None:
        self._next = first
        self._got = b""
        self._begun = 0.0

    def send(self, connection: socket.socket, requests: Sequence[bytes]) -> None:
        content = requests[self._next % len(requests)]
        self._next += 1
        self._got = b""
        self._begun = time.perf_counter()
        connection.sendall(content)

    def receive(self, connection: socket.socket) -> tuple[int, float, bytes] | None:
        """Status, seconds and body once the answer is whole."""
        piece = connection.recv(1 << 20)
        if not piece:
            raise ConnectionError("the server hung up in the middle of an answer")
        self._got += piece
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"),
            None,
        )
        whole = body.endswith(b"0\r\n\r\n") if length is None else len(body) >= length
        if not whole:
            return None
        return int(head.split(b" ", 2)[1]), time.perf_counter() - self._begun, body
