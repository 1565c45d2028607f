"""A Bento that runs without a container, in this environment: where there is no engine."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run, run_lines
from wardround.release.bento import RELEASE, SRC

#: How long a service may take to drain, in seconds.
DRAIN_SECONDS = 30.0


class Direct:
    """``bentoml serve`` of a Bento's directory, on a free port of the loopback. The host's network, this user, its own files."""

    engine = "none"
    guarded: tuple[str, ...] = ()

    def __init__(self, bento: Path, scratch: Path) -> None:
        self.port = free_port()
        self._said: list[str] = []
        self._pid = 0
        self._started = threading.Event()
        command = [
            sys.executable,
            "-m",
            "bentoml",
            "serve",
            str(bento),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        env = {**settings(bento / SRC, scratch), "BENTOML_HOME": str(scratch / "home")}
        self._thread = threading.Thread(target=self._run, args=(Command(command, cwd=scratch, env=env),), daemon=True)
        self._thread.start()
        self._started.wait(30)

    def _run(self, command: Command) -> None:
        try:
            run_lines(command, self._said.append, self._begin)
        finally:
            self._started.set()

    def _begin(self, pid: int) -> None:
        self._pid = pid
        self._started.set()

    def client(self, source: Path, plan: str) -> str:
        """Runs the client with this Python."""
        done = run(Command([sys.executable, "-I", str(source)], stdin=plan, timeout=600))
        if not done.ok:
            raise EnvironmentFailure("the smoke test's client ended with an error", found=done.err[-400:])
        return done.out

    def stop(self) -> float:
        """SIGTERM, then, after :data:`DRAIN_SECONDS`, SIGKILL to the whole group; -1 in that case."""
        started = time.monotonic()
        for how, patience in ((signal.SIGTERM, DRAIN_SECONDS), (signal.SIGKILL, 10.0)):
            if self._pid:
                with contextlib.suppress(ProcessLookupError):
                    (os.kill if how is signal.SIGTERM else os.killpg)(self._pid, how)
            self._thread.join(patience)
            if not self._thread.is_alive():
                return time.monotonic() - started if how is signal.SIGTERM else -1.0
        return -1.0

    def words(self) -> str:
        """The last lines of its log."""
        return " | ".join(self._said[-8:])


@contextlib.contextmanager
def running(bento: Path) -> Iterator[Direct]:
    """A Bento that is served, and ended in any case. Its log, key and home are scratch."""
    with tempfile.TemporaryDirectory(prefix="wardround-smoke-") as scratch:
        served = Direct(bento, Path(scratch))
        try:
            yield served
        finally:
            served.stop()


def settings(source: Path, scratch: Path) -> Mapping[str, str]:
    """What a service is told by its environment, with a key and a log that nobody keeps."""
    key = scratch / "key"
    key.write_text(secrets.token_hex(32), encoding="ascii")
    key.chmod(0o600)
    return {
        "WARDROUND_MODEL_DIR": str(source / "models" / "model"),
        "WARDROUND_RELEASE": str(source / RELEASE),
        "WARDROUND_PREDICTIONS": (scratch / "predictions").as_uri(),
        "WARDROUND_WAL": str(scratch / "wal"),
        "WARDROUND_LOG_KEY_FILE": str(key),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
