"""Buildah alone: it builds and pushes as podman does, and runs a program in a working container, without a network of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, Finished, run, run_lines
from wardround.release import family, image
from wardround.release.direct import DRAIN_SECONDS, free_port
from wardround.release.engine import BaseImage
from wardround.release.engine_build import build
from wardround.release.engine_shared import digest_name, must, own_name, pushed, same_digest, throwaway_key

#: What ``buildah run`` tries, the first that runs a program counts.
_WAYS = ((), ("--isolation", "chroot"))


class Buildah:
    """The engine ``buildah``."""

    name = "buildah"

    def base(self, image: str) -> BaseImage | None:
        """A local image, or None."""
        done = _call("inspect", "--type", "image", image)
        if not done.ok:
            return None
        found = json.loads(done.out)
        return BaseImage(image, f"sha256:{found['FromImageID']}", str(found["OCIv1"]["architecture"]))

    def build(self, context: Path, base: BaseImage) -> str:
        """Builds the image without any layer of an earlier build."""
        return build("buildah", context, base)

    @contextlib.contextmanager
    def running(self, image: str, base: BaseImage) -> Iterator[WorkingContainer]:
        """The image in a working container, removed in any case."""
        del base
        name = must(_call("from", "--pull-never", image), "start from the image").out.strip()
        with tempfile.TemporaryDirectory(prefix="wardround-smoke-") as scratch:
            try:
                container = WorkingContainer(name, Path(scratch))
                try:
                    yield container
                finally:
                    container.stop()
            finally:
                _call("rm", name)

    def save(self, image: str, archive: Path) -> None:
        """Writes the image as an OCI archive."""
        archive.unlink(missing_ok=True)
        must(_call("push", image, f"oci-archive:{archive}", timeout=1800), "save the image")

    def push(self, image: str, place: str) -> str:
        """Pushes under a name that nobody else uses; returns the manifest's digest."""
        return pushed(self.name, image, f"docker://{place}:{own_name()}")

    def name_by_digest(self, image: str, place: str, digest: str) -> None:
        """Gives the pushed manifest the name of its digest, so that the registry does not collect it."""
        same_digest(place, digest, pushed(self.name, image, f"docker://{place}:{digest_name(digest)}"))

    def remove(self, image: str) -> None:
        """Removes a local image, if it is there."""
        _call("rmi", "--force", image)


class WorkingContainer:
    """The service in a working container, on the host's network. Its files can be written: buildah has no read-only run."""

    engine = "buildah"
    guarded: tuple[str, ...] = ()

    def __init__(self, name: str, scratch: Path) -> None:
        self._name = name
        self.port = free_port()
        self._way = _way(name)
        key = throwaway_key(scratch)
        self._said: list[str] = []
        self._pid = 0
        self._began = threading.Event()
        self._inside = ["run", *self._way, "--user", f"{image.USER}:{image.USER}"]
        command = ["buildah", *self._inside, "--volume", f"{key}:{key}:ro", "--env", f"WARDROUND_LOG_KEY_FILE={key}"]
        command += [name, "--", image.PYTHON, "-m", "bentoml", "serve", image.HOME]
        command += ["--host", "127.0.0.1", "--port", str(self.port)]
        self._thread = threading.Thread(target=self._run, args=(Command(command),), daemon=True)
        self._thread.start()
        self._began.wait(30)

    def _run(self, command: Command) -> None:
        try:
            run_lines(command, self._said.append, self._begin)
        finally:
            self._began.set()

    def _begin(self, pid: int) -> None:
        self._pid = pid
        self._began.set()

    def client(self, source: Path, plan: str) -> str:
        """Runs the client's text with the image's own Python, in a second program of the same container."""
        text = source.read_text(encoding="utf-8")
        args = ["buildah", *self._inside, self._name, "--", image.PYTHON, "-I", "-c", text]
        return must(run(Command(args, stdin=plan, timeout=600)), "run a program inside the image").out

    def stop(self) -> float:
        """SIGTERM to the group, then SIGKILL; -1 in that case. No worker of the service stays."""
        started, workers = time.monotonic(), family.below(self._pid) if self._pid else {}
        try:
            return self._stopped(started)
        finally:
            family.end(workers)

    def _stopped(self, started: float) -> float:
        for how, patience in ((signal.SIGTERM, DRAIN_SECONDS), (signal.SIGKILL, 10.0)):
            if self._pid and self._thread.is_alive():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, how)
            self._thread.join(patience)
            if not self._thread.is_alive():
                return time.monotonic() - started if how is signal.SIGTERM else -1.0
        return -1.0

    def words(self) -> str:
        """The last lines of its log."""
        return " | ".join(self._said[-8:])


def _way(name: str) -> tuple[str, ...]:
    words = []
    for way in _WAYS:
        done = _call("run", *way, name, "--", "python3", "-c", "print(1)")
        if done.ok:
            return way
        words.append(done.err.strip()[-200:])
    raise EnvironmentFailure("buildah cannot run a program here", found=" | ".join(words), next="--engine none")


def _call(*args: str, timeout: float = 300) -> Finished:
    return run(Command(["buildah", *args], timeout=timeout))
