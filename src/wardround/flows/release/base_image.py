"""The base image, put on this machine before a release: pulled by the name in params, or made from Debian's packages."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EnvironmentFailure
from wardround.flows.release import supplies
from wardround.proc import Command, Finished, run
from wardround.release import engine

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.release.engine import BaseImage, Engine

#: Debian's release that has this Python.
_SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
_PACKAGES = "python3,python3-venv,ca-certificates"
#: Where APT's sources say the mirror: in the old form and in the new one.
_SOURCE = re.compile(r"^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s+)(?P<url>\S+)", re.MULTILINE)
_SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources")


def provide(project: Project, wanted: str, mirror: str, progress: Callable[[str], None]) -> BaseImage:
    """The base image on this machine, fetched or made where it is not there yet."""
    chosen = engine.choose(wanted)
    if chosen is None:
        raise EnvironmentFailure(
            "there is no container engine here", wanted="docker, podman or buildah", next="install one and start it"
        )
    name = supplies.base_name(project)
    if chosen.base(name) is None:
        if project.params.release.base_image:
            progress(f"pulling {name}")
            _must(run(Command([chosen.name, "pull", name], timeout=1800)), f"pull {name}")
        else:
            _make(chosen, name, mirror or _mirror(), progress)
    return supplies.base(project, chosen)


def _make(chosen: Engine, name: str, mirror: str, progress: Callable[[str], None]) -> None:
    suite = _SUITES.get(sys.version_info[:2])
    if suite is None or shutil.which("debootstrap") is None or os.geteuid() != 0:
        slim = f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"
        progress(f"pulling {slim}: a Debian is made only by root, with debootstrap, for Python 3.11 or 3.13")
        _must(
            run(Command([chosen.name, "pull", slim], timeout=1800)), f"pull {slim}; name a base in release.base_image"
        )
        _must(run(Command([chosen.name, "tag", slim, name])), f"name the image {name}")
        return
    with tempfile.TemporaryDirectory(prefix="wardround-base-") as scratch:
        root, archive = Path(scratch) / "root", Path(scratch) / "root.tar"
        progress(f"debootstrap {suite}")
        command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", suite, str(root)]
        _must(run(Command([*command, *([mirror] if mirror else [])], timeout=1800)), "make a Debian")
        for left in ("var/cache/apt/archives", "var/lib/apt/lists"):
            shutil.rmtree(root / left, ignore_errors=True)
        _must(run(Command(["tar", "--create", "--numeric-owner", "--file", str(archive), "--directory", str(root), "."])),
              "pack the Debian")  # fmt: skip
        progress(f"importing {name}")
        _import(chosen, archive, name)


def _import(chosen: Engine, archive: Path, name: str) -> None:
    if chosen.name != "buildah":
        _must(run(Command([chosen.name, "import", str(archive), name], timeout=600)), "import the Debian")
        return
    container = _must(run(Command(["buildah", "from", "scratch"])), "start from nothing").out.strip()
    try:
        _must(run(Command(["buildah", "add", container, str(archive), "/"], timeout=600)), "add the Debian")
        _must(run(Command(["buildah", "commit", container, name], timeout=600)), "keep the Debian")
    finally:
        run(Command(["buildah", "rm", container]))


def _mirror() -> str:
    """The mirror that this machine's APT uses: whoever set it up knows which one can be reached."""
    for name in _SOURCES:
        path = Path(name)
        if path.is_file() and (found := _SOURCE.search(path.read_text(encoding="utf-8", errors="replace"))):
            return found["url"]
    return ""


def _must(done: Finished, doing: str) -> Finished:
    if not done.ok:
        lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
        raise EnvironmentFailure(f"could not {doing}", found=" | ".join(lines[-3:])[-500:])
    return done
