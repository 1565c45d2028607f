"""Which interpreter runs a revision: this one when the locked packages are the same, else one made for its lock."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.files import replacing, sha256_file
from wardround.proc import Command, run

LOCK = "requirements.lock"
#: Packages whose version changes what a model is; their versions stand in for a lock where a team has none.
UNLOCKED = "unlocked"


def lock_digest(tree: Path) -> str:
    """The digest of the revision's ``requirements.lock``; :data:`UNLOCKED` when it has none."""
    path = tree / LOCK
    return sha256_file(path) if path.is_file() else UNLOCKED


def of(tree: Path) -> dict[str, str]:
    """Environment variables under which a tree's own framework is found, where the tree holds it."""
    source = tree / "src"
    if (source / "wardround").is_dir():
        inherited = os.environ.get("PYTHONPATH", "")
        return {"PYTHONPATH": str(source) + (os.pathsep + inherited if inherited else "")}
    return {}


def python_for(tree: Path, here: Path, scratch: Path) -> str:
    """The interpreter that runs ``tree``; ``here`` is the work tree whose packages are those of this interpreter.

    Builds a virtual environment from the tree's hashed lock when that differs, and keeps it for next time. Raises
    :class:`EnvironmentFailure` when it cannot be built (no network to the package index, a withdrawn package).
    """
    wanted = lock_digest(tree)
    if wanted in (UNLOCKED, lock_digest(here)):
        return sys.executable
    place = scratch / "environments" / wanted.removeprefix("sha256:")[:24]
    python = place / "bin" / "python"
    if not (place / ".complete").is_file():
        with replacing(place) as temporary:
            _build(temporary, tree)
            (temporary / ".complete").touch()
    return str(python)


def _build(place: Path, tree: Path) -> None:
    steps = [
        [sys.executable, "-m", "venv", "--copies", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(tree / LOCK)],
    ]
    for step in steps:
        done = run(Command(step, timeout=1800))
        if not done.ok:
            words = [line for line in done.err.splitlines() if line.strip()]
            raise EnvironmentFailure(
                "the environment of that revision cannot be built",
                where=f"{LOCK} at that commit",
                found=" | ".join(words[-3:])[:500],
                next="make its packages reachable (pip's own configuration), or compare on a machine that has them",
            )
