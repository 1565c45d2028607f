"""Building an image without a network and without any layer of an earlier build: those could be anybody's."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.proc import Command, run
from wardround.release.engine import BaseImage

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


def build(program: str, context: Path, base: BaseImage) -> str:
    """Builds in the first way that works here and returns the image's id; the intermediate image does not stay."""
    said, token = context.parent / "image-id", secrets.token_hex(8)
    said.unlink(missing_ok=True)
    args = [program, "build", *_way_to_build(program, base), "--no-cache", "--pull=false", "--iidfile", str(said)]
    args += ["--build-arg", f"BASE={base.name}", "--build-arg", f"BUILD={token}"]
    # podman and buildah give every file of a layer this time; docker takes it from the environment
    args += ["--timestamp", "0"] if program != "docker" else []
    # buildah would put all that the Containerfile does into one layer, and the model's own would not be known again
    args += ["--layers"] if program == "buildah" else []
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
