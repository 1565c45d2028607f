"""Which interpreter runs a revision: this one when the locked packages are the same, else one made for its lock."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from wardround.errors import EnvironmentFailure
from wardround.files import replacing, sha256_file, sha256_json
from wardround.proc import Command, run
from wardround.revision import packages

LOCK = "requirements.lock"
#: What stands in ``wardround.yaml`` where a team has no lock.
UNLOCKED = "unlocked"


def environment_digest(tree: Path) -> str:
    """The digest of the locked packages that can change a model's numbers; :data:`UNLOCKED` when the tree has no lock.

    Where ``pyproject.toml`` stands beside the lock: of the entries that its ``[project].dependencies`` reach, so that a test tool
    retrains nothing. Elsewhere, and where the lock does not say who asked for what: of the whole file (decision 0005).
    """
    path, declared = tree / LOCK, tree / "pyproject.toml"
    if not path.is_file():
        return UNLOCKED
    try:
        entries = packages.needed_to_run(path.read_text("utf-8"), declared.read_text("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        entries = None
    return sha256_file(path) if entries is None else sha256_json(entries)


def of(tree: Path) -> dict[str, str]:
    """Environment variables under which a tree's own framework is found, where the tree holds it."""
    source = tree / "src"
    if (source / "wardround").is_dir():
        inherited = os.environ.get("PYTHONPATH", "")
        return {"PYTHONPATH": str(source) + (os.pathsep + inherited if inherited else "")}
    return {}


def python_for(tree: Path, here: Path, scratch: Path) -> str:
    """The interpreter that runs ``tree``; ``here`` is the work tree whose packages are those of this interpreter.

    Builds a virtual environment from the tree's hashed lock when what a run needs differs, and keeps it for next time. Raises
    :class:`EnvironmentFailure` when it cannot be built (no network to the package index, a withdrawn package).
    """
    wanted = environment_digest(tree)
    if wanted in (UNLOCKED, environment_digest(here)):
        return sys.executable
    place = scratch / "environments" / wanted.removeprefix("sha256:")[:24]
    python = place / "bin" / "python"
    if not (place / ".complete").is_file():
        with replacing(place) as temporary:
            _build(temporary, tree)
            (temporary / ".complete").touch()
    return str(python)


def _build(place: Path, tree: Path) -> None:
    # the lock is complete, so pip need not resolve: it would ask for extras' newest releases, which have no hash here
    exactly = ["--no-deps", "--require-hashes", "-r", str(tree / LOCK)]
    steps = [
        [sys.executable, "-m", "venv", "--copies", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *exactly],
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
