"""Docker and podman, through their command lines, which agree on what a release needs."""

from __future__ import annotations

import contextlib
import json
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, Finished, run
from wardround.release import image, probe
from wardround.release.direct import DRAIN_SECONDS, free_port
from wardround.release.engine import BaseImage
from wardround.release.engine_build import build
from wardround.release.engine_shared import digest_name, must, own_name, pushed, same_digest, throwaway_key
from wardround.release.probe import Switches

KEY = "/run/secrets/wardround-log-key"


class Cli:
    """An engine whose program is ``name``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def base(self, image: str) -> BaseImage | None:
        """A local image, or None."""
        done = self._call("image", "inspect", image)
        if not done.ok:
            return None
        found = json.loads(done.out)[0]
        digest = str(found["Id"]).removeprefix("sha256:")
        return BaseImage(image, f"sha256:{digest}", str(found["Architecture"]))

    def build(self, context: Path, base: BaseImage) -> str:
        """Builds the image without any layer of an earlier build: those could be anybody's."""
        return build(self.name, context, base)

    @contextlib.contextmanager
    def running(self, image: str, base: BaseImage) -> Iterator[Container]:
        """The image as a container, removed in any case."""
        found = probe.switches(self.name, base.name)
        with tempfile.TemporaryDirectory(prefix="wardround-smoke-") as scratch:
            container = Container(self.name, found, image, Path(scratch))
            try:
                yield container
            finally:
                container.remove()

    def save(self, image: str, archive: Path) -> None:
        """Writes the image as an OCI archive. Docker does so since version 25."""
        archive.unlink(missing_ok=True)
        form = ["--format", "oci-archive"] if self.name == "podman" else []
        must(self._call("save", *form, "--output", str(archive), image, timeout=1800), "save the image")

    def push(self, image: str, place: str) -> str:
        """Pushes under a name that nobody else uses; returns the manifest's digest."""
        return self._pushed(image, f"{place}:{own_name()}")

    def name_by_digest(self, image: str, place: str, digest: str) -> None:
        """Gives the pushed manifest the name of its digest, so that the registry does not collect it."""
        same_digest(place, digest, self._pushed(image, f"{place}:{digest_name(digest)}"))

    def _pushed(self, image: str, name: str) -> str:
        if self.name == "podman":
            return pushed(self.name, image, name)
        must(self._call("tag", image, name), "name the image")
        must(self._call("push", name, timeout=1800), f"push to {name}")
        done = must(self._call("image", "inspect", name), "look at the image")
        digests = json.loads(done.out)[0].get("RepoDigests") or []
        place = name.rpartition(":")[0]
        found = next((item.partition("@")[2] for item in digests if item.startswith(place + "@")), "")
        if not found:
            raise EnvironmentFailure("docker does not say the digest of what it pushed", where=name)
        return str(found)

    def remove(self, image: str) -> None:
        """Removes a local image, if it is there."""
        self._call("image", "rm", "--force", image)

    def _call(self, *args: str, timeout: float = 300) -> Finished:
        return run(Command([self.name, *args], timeout=timeout))


class Container:
    """A running container, asked by a client that runs inside it."""

    guarded: tuple[str, ...] = ("/", "/etc", "/opt/wardround", image.HOME, f"{image.HOME}/src/models/model")

    def __init__(self, program: str, switches: Switches, reference: str, scratch: Path) -> None:
        self.engine = program
        self.port = image.PORT if switches.network == "none" else free_port()
        self._program = (program, *switches.engine)
        key = throwaway_key(scratch)
        self._name = f"wardround-smoke-{secrets.token_hex(8)}"
        command = [*self._program, "run", "--detach", "--pull", "never", "--name", self._name, *switches.run]
        command += ["--read-only", "--user", f"{image.USER}:{image.USER}"]
        # runc gives a mount the mode of the image's directory and keeps root as its owner: podman can give it to the user
        own = ",U" if program == "podman" else ""
        command += ["--tmpfs", "/tmp:rw,size=64m,mode=1777", "--tmpfs", f"{image.DATA}:rw,size=64m,mode=1777{own}"]  # noqa: S108
        command += ["--volume", f"{key}:{KEY}:ro", "--env", f"WARDROUND_LOG_KEY_FILE={KEY}"]
        command += [reference, "--host", "127.0.0.1", "--port", str(self.port)]
        started = run(Command(command, timeout=120))
        if not started.ok:
            self.remove()
        must(started, "start the image")

    def client(self, source: Path, plan: str) -> str:
        """Runs the client's text with the image's own Python."""
        text = source.read_text(encoding="utf-8")
        args = [*self._program, "exec", "--interactive", self._name, image.PYTHON, "-I", "-c", text]
        return must(run(Command(args, stdin=plan, timeout=600)), "run a program inside the image").out

    def stop(self) -> float:
        """Asks it to end; -1 when the engine had to kill it."""
        started = time.monotonic()
        run(
            Command([*self._program, "stop", "--time", str(int(DRAIN_SECONDS)), self._name], timeout=DRAIN_SECONDS + 60)
        )
        seconds = time.monotonic() - started
        done = run(Command([*self._program, "inspect", "--format", "{{.State.ExitCode}}", self._name]))
        return -1.0 if done.out.strip() in {"137", ""} else seconds

    def words(self) -> str:
        """The last lines of its log."""
        done = run(Command([*self._program, "logs", "--tail", "8", self._name]))
        return " | ".join((done.out + done.err).splitlines())

    def remove(self) -> None:
        """Takes the container away."""
        run(Command([*self._program, "rm", "--force", self._name], timeout=60))
