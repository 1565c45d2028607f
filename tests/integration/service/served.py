"""A service that runs in a process of its own and is asked over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from wardround.monitoring.predictions import ReadRequest, read

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "service"))

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Place:
    """Where a service keeps its log."""

    root: Path
    wal: Path = field(init=False)
    #: What holds ``wal`` and its like, where there are several.
    shared: Path | None = None
    predictions: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self.wal, self.predictions = self.root / "wal", self.root / "predictions"

    def environment(self) -> dict[str, str]:
        key = self.root / "key"
        key.write_text(KEY, encoding="ascii")
        return {
            "WARDROUND_PREDICTIONS": str(self.predictions),
            "WARDROUND_WAL": str(self.wal),
            "WARDROUND_LOG_KEY_FILE": str(key),
            **({"WARDROUND_WAL_SHARED": str(self.shared)} if self.shared else {}),
            "DO_NOT_TRACK": "1",
            "BENTOML_DO_NOT_TRACK": "True",
            "BENTOML_HOME": str(self.root / "bentoml"),
        }

    def ids(self) -> list[str]:
        """The ids of all answers, each as often as reading gives it."""
        found = list(read(ReadRequest(str(self.predictions), wal=self.wal, columns=["id"])))
        return pa.concat_tables(found).column("id").to_pylist() if found else []


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    lines: list[str]

    def connection(self, timeout: float = 60) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own."""
        with contextlib.closing(self.connection()) as connection:
            return ask(connection, method, path, body, headers)

    def most_memory(self) -> int:
        """Bytes: the most that the process ever held."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmHWM:\s+(\d+) kB", text)[1]) * 1024

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ends it and waits; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """Status and JSON of one request."""
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text.decode()


@contextlib.contextmanager
def serving(project: Path, place: Place, *, largest_file: int | None = None) -> Iterator[Served]:
    """``wardround serve`` on a free port, ended in any case."""
    command = [sys.executable, "-m", "wardround", "serve", "--project", str(project), "--port", "0"]

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    environment = {**os.environ, **place.environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=limit,  # noqa: PLW1509 - one call into the C library, which takes no lock
    ) as process:
        lines: list[str] = []
        found: queue.Queue[int | None] = queue.Queue()

        def follow() -> None:
            for line in process.stderr:
                lines.append(line.decode())
                if match := re.search(rb"http://127\.0\.0\.1:(\d+)/predict", line):
                    found.put(int(match[1]))
            found.put(None)

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            port = found.get(timeout=120)
            assert port is not None, lines
            served = Served(process, port, lines)
            until(lambda: served.ask("GET", "/readyz")[0] == 200)
            yield served
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(60)
            follower.join(10)


def until(what: Any, seconds: float = 60) -> None:
    """Waits for it; an error while nobody listens counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if what():
                return
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def raw(served: Served) -> socket.socket:
    """A connection without a library."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=60)
