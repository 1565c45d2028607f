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
from wardround.release import image, oci, probe
from wardround.release.direct import DRAIN_SECONDS, free_port
from wardround.release.engine import BaseImage
from wardround.release.probe import Switches

KEY = "/run/secrets/wardround-log-key"
#: Ways to build, the first that works counts: without a network; podman and buildah also without namespaces of their own.
_BUILDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "docker": (("--network", "none"),),
    "podman": (
        ("--network", "none"),
        ("--isolation", "chroot", "--network", "none"),
        ("--isolation", "chroot", "--network", "host"),
    ),
}
_BUILDS["buildah"] = _BUILDS["podman"]


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
        _must(self._call("save", *form, "--output", str(archive), image, timeout=1800), "save the image")

    def push(self, image: str, place: str) -> str:
        """Pushes under a name that nobody else uses; returns the manifest's digest."""
        return self._pushed(image, f"{place}:release-{secrets.token_hex(8)}")

    def name_by_digest(self, image: str, place: str, digest: str) -> None:
        """Gives the pushed manifest the name of its digest, so that the registry does not collect it."""
        found = self._pushed(image, f"{place}:{digest.replace(':', '-')}")
        if found != digest:
            raise EnvironmentFailure("the registry gave one image two digests", where=place, wanted=digest, found=found)

    def _pushed(self, image: str, name: str) -> str:
        if self.name == "podman":
            with tempfile.TemporaryDirectory(prefix="wardround-push-") as scratch:
                said = Path(scratch) / "digest"
                _must(self._call("push", "--digestfile", str(said), image, name, timeout=1800), f"push to {name}")
                return said.read_text(encoding="ascii").strip()
        _must(self._call("tag", image, name), "name the image")
        _must(self._call("push", name, timeout=1800), f"push to {name}")
        done = _must(self._call("image", "inspect", name), "look at the image")
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

    guarded = ("/", "/etc", "/opt/wardround", image.HOME, f"{image.HOME}/src/models/model")

    def __init__(self, program: str, switches: Switches, reference: str, scratch: Path) -> None:
        self.engine = program
        self.port = image.PORT if switches.network == "none" else free_port()
        self._program = (program, *switches.engine)
        key = scratch / "key"
        key.write_text(secrets.token_hex(32), encoding="ascii")
        key.chmod(0o644)  # the container's user is another; nobody keeps what it protects
        self._name = f"wardround-smoke-{secrets.token_hex(8)}"
        command = [*self._program, "run", "--detach", "--pull", "never", "--name", self._name, *switches.run]
        command += ["--read-only", "--user", f"{image.USER}:{image.USER}"]
        command += ["--tmpfs", "/tmp:rw,size=64m,mode=1777", "--tmpfs", f"{image.DATA}:rw,size=64m,mode=1777"]  # noqa: S108
        command += ["--volume", f"{key}:{KEY}:ro", "--env", f"WARDROUND_LOG_KEY_FILE={KEY}"]
        command += [reference, "--host", "127.0.0.1", "--port", str(self.port)]
        started = run(Command(command, timeout=120))
        if not started.ok:
            self.remove()
        _must(started, "start the image")

    def client(self, source: Path, plan: str) -> str:
        """Runs the client's text with the image's own Python."""
        text = source.read_text(encoding="utf-8")
        args = [*self._program, "exec", "--interactive", self._name, image.PYTHON, "-I", "-c", text]
        return _must(run(Command(args, stdin=plan, timeout=600)), "run a program inside the image").out

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


def build(program: str, context: Path, base: BaseImage) -> str:
    """Builds in the first way that works here and returns the image's id; the intermediate image does not stay."""
    said, token = context.parent / "image-id", secrets.token_hex(8)
    said.unlink(missing_ok=True)
    args = [program, "build", *_way_to_build(program, base), "--no-cache", "--pull=false", "--iidfile", str(said)]
    args += ["--build-arg", f"BASE={base.name}", "--build-arg", f"BUILD={token}"]
    # podman and buildah give every file of a layer this time; docker takes it from the environment
    args += ["--timestamp", "0"] if program != "docker" else []
    command = [*args, "--file", str(context / "Containerfile"), str(context)]
    try:
        done = run(Command(command, env={"SOURCE_DATE_EPOCH": "0"}, timeout=3600))
    finally:
        _remove_intermediate(program, token)
    if done.ok and said.is_file():
        return said.read_text(encoding="ascii").strip()
    lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
    raise EnvironmentFailure(
        f"{program} could not build the image",
        where="the Bento's Containerfile",
        found=" | ".join(lines[-4:])[-700:],
        next="check that the base has python3 with venv, of this environment's version, and that the wheelhouse is full",
    )


def _way_to_build(program: str, base: BaseImage) -> tuple[str, ...]:
    """The first way in which a program runs during a build; the last one where none does: its failure is then explained."""
    for way in _BUILDS[program][:-1]:
        with tempfile.TemporaryDirectory(prefix="wardround-probe-") as scratch:
            (Path(scratch) / "Containerfile").write_text(f"FROM {base.name}\nRUN true\n", encoding="utf-8")
            said = Path(scratch) / "id"
            args = [program, "build", *way, "--no-cache", "--pull=false", "--iidfile", str(said), "--file"]
            done = run(Command([*args, str(Path(scratch) / "Containerfile"), scratch], timeout=300))
            if done.ok:
                run(Command([program, "rmi", "--force", said.read_text(encoding="ascii").strip()]))
                return way
    return _BUILDS[program][-1]


def _remove_intermediate(program: str, token: str) -> None:
    listed = run(Command([program, "images", "--quiet", "--filter", f"label=wardround.build={token}"]))
    for one in listed.out.split():
        run(Command([program, "rmi", one]))


def check_architecture(archive: oci.OciImage, wanted: str) -> None:
    """Refuses an image for another processor than ``wanted``, as OCI writes it (``amd64``)."""
    if archive.architecture != wanted:
        raise EnvironmentFailure(
            "the image is for another processor",
            wanted=wanted,
            found=archive.architecture,
            next="build it on a base for that processor: release.base_image in params.yaml",
        )


def _must(done: Finished, doing: str) -> Finished:
    if not done.ok:
        lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
        raise EnvironmentFailure(f"the engine could not {doing}", found=" | ".join(lines[-3:])[-500:])
    return done
