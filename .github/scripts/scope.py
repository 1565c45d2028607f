"""Which projects of a repository a change touches. Also ``.github/scripts/scope.py``: Python alone is enough to run it.

Paths come NUL-separated on standard input (``git diff --name-only -z BASE...HEAD``); lines for ``GITHUB_OUTPUT`` go to standard output.
The trusted half of the review asks :func:`touched` again, with the paths that the forge names, and never believes this run's answer.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

#: Below a project, what no stage reads: a change of these alone needs no review of the model.
_QUIET_DIRECTORIES = ("docs/", "governance/", "deploy/", "tests/", "benchmarks/", ".github/")
_QUIET_SUFFIXES = (".md", ".txt", ".rst", ".svg", ".png")
#: At the top of the repository, what decides how each project is made and judged.
_SHARED = ("requirements.lock", "pyproject.toml", ".dvc/config", ".dvcignore", "src/wardround/")


def key(project: str) -> str:
    """What a project is called in names of artifacts: ``root``, or its directory below ``projects/``."""
    return "root" if project in (".", "") else PurePosixPath(project).name


def projects_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The projects of a repository by the paths that it tracks: ``.`` for the root, else ``projects/NAME``; sorted, the root first."""
    have: dict[str, set[str]] = {}
    for path in paths:
        place = PurePosixPath(path)
        if place.name in {"params.yaml", "dvc.yaml"}:
            have.setdefault(place.parent.as_posix(), set()).add(place.name)
    found = sorted(place for place, names in have.items() if len(names) > 1)
    return tuple(place for place in found if place == "." or PurePosixPath(place).parent.as_posix() == "projects")


def touched(paths: Iterable[str], projects: Iterable[str]) -> tuple[str, ...]:
    """Those of ``projects`` whose model, data, judgement or environment the changed ``paths`` can move, in the given order."""
    changed = tuple(paths)
    return tuple(project for project in projects if any(_moves(path, project) for path in changed))


def _moves(path: str, project: str) -> bool:
    if path.startswith(_SHARED):
        return True
    if project == ".":
        own = None if path.startswith("projects/") else path
    else:
        own = path[len(project) + 1 :] if path.startswith(project + "/") else None
    return own is not None and not own.startswith(_QUIET_DIRECTORIES) and not own.endswith(_QUIET_SUFFIXES)


def main() -> None:
    """Prints ``projects=[{"path": …, "key": …}, …]`` for the checkout in the current directory."""
    changed = [path for path in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\0") if path]
    places = [*Path().glob("*.yaml"), *Path().glob("projects/*/*.yaml")]
    found = touched(changed, projects_of(place.as_posix() for place in places))
    listed = json.dumps([{"path": path, "key": key(path)} for path in found])
    sys.stdout.write(f"projects={listed}\n")


if __name__ == "__main__":
    main()
