"""Clients that ask without pause until they are stopped or nobody answers, and remember what was acknowledged."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from served import Served


@dataclass
class Load:
    """``acknowledged`` are the ids of all answers that arrived whole; ``statuses`` how many answers of each kind came."""

    served: Served
    bodies: list[Any]
    clients: int = 8
    most: int | None = None
    acknowledged: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0
    #: Of these, requests that the service took and did not answer; a refused connection asks nobody.
    resets: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._contents = [json.dumps(body).encode() for body in self.bodies]
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(self.clients)]

    def start(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> Load:
        """Lets every client finish what it asked, and waits for them."""
        self.stopped.set()
        return self.join()

    def join(self) -> Load:
        for thread in self._threads:
            thread.join(600)
            assert not thread.is_alive()
        return self

    def _run(self, number: int) -> None:
        connection = self.served.connection()
        while not self.stopped.is_set():
            place = next(self._numbers)
            if self.most is not None and place >= self.most:
                break
            try:
                self._ask(connection, self._contents[(number + place) % len(self._contents)])
            except (OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.broken += 1
                    self.resets += not isinstance(error, ConnectionRefusedError)
                if self.served.process.poll() is not None:
                    break  # it was killed, or ended
                connection.close()
                connection = self.served.connection()
        with contextlib.suppress(OSError):
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, content: bytes) -> None:
        connection.request("POST", "/predict", content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 200:
            told = [one["id"] for one in json.loads(text)["predictions"]]
            with self._lock:
                self.acknowledged += told
        with self._lock:
            self.statuses[answer.status] += 1
