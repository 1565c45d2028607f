"""Which projects of a repository a change touches. Also ``.github/scripts/scope.py``: Python alone is enough to run it.

Paths come NUL-separated on standard input (``git diff --name-only -z BASE...HEAD``); lines for ``GITHUB_OUTPUT`` go to standard output.
The trusted half of the review asks :func:`touched` again, with the paths that the forge names, and never believes this run's answer.
"""

import json
import posixpath
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

#: Below a project, what no stage reads unless dvc.yaml names it: a change of these alone needs no review of the model.
_QUIET_DIRECTORIES = ("docs/", "governance/", "deploy/", "tests/", "benchmarks/", ".github/")
#: Beside params.yaml only: deeper, such a file may be a list of codes that a feature reads.
_QUIET_SUFFIXES = (".md", ".txt", ".rst", ".svg", ".png")
#: Outside a project, what decides how each one is checked out, made and judged.
_SHARED = (
    "requirements.lock",
    "pyproject.toml",
    ".dvc/config",
    ".dvcignore",
    ".gitattributes",
    ".gitmodules",
    "projects/.dvcignore",
    "projects/.gitattributes",
    "src/wardround/",
)
_WORD = re.compile(r"[^\s,\[\]{}\"'#]+|\"[^\"\n]+\"|'[^'\n]+'")


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


def inputs_of(top: Path, project: str) -> tuple[str, ...]:
    """What a project may read wherever it lies: all that its ``dvc.yaml`` names, and where its links lead. Rather too much.

    ``top`` is a checkout. A change of ``dvc.yaml`` touches the project anyway, so that the base's names are enough.
    """
    place = top / project
    pipeline = place / "dvc.yaml"
    text = pipeline.read_text(encoding="utf-8", errors="replace") if pipeline.is_file() else ""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if not line.startswith(("#", "desc:"))]
    words = [*(word for line in lines for word in _WORD.findall(line)), *(line.lstrip("- ") for line in lines)]
    named = [posixpath.join(project, word.rstrip(":").strip("\"'")) for word in words]
    links = [link for link in (*place.glob("*"), *place.glob("pipelines/**/*")) if link.is_symlink()]
    named += [posixpath.join(link.parent.relative_to(top).as_posix(), str(link.readlink())) for link in links]
    found = dict.fromkeys(posixpath.normpath(name) for name in named)
    return tuple(name for name in found if name not in {".", "..", project} and not name.startswith(("/", "../")))


def touched(
    paths: Iterable[str], projects: Iterable[str], inputs: Mapping[str, Iterable[str]] | None = None
) -> tuple[str, ...]:
    """Those of ``projects`` whose model, data, judgement or environment the changed ``paths`` can move, in the given order.

    ``inputs``: of each project, what :func:`inputs_of` says.
    """
    changed = tuple(paths)
    named = {project: tuple((inputs or {}).get(project, ())) for project in projects}
    return tuple(project for project in named if any(_moves(path, project, named[project]) for path in changed))


def _moves(path: str, project: str, inputs: tuple[str, ...]) -> bool:
    if path.startswith(_SHARED) or any(path == name or path.startswith(name + "/") for name in inputs):
        return True
    if project == ".":
        own = None if path.startswith("projects/") else path
    else:
        own = path[len(project) + 1 :] if path.startswith(project + "/") else None
    if own is None or own.startswith(_QUIET_DIRECTORIES):
        return False
    return "/" in own or not own.endswith(_QUIET_SUFFIXES)


def main() -> None:
    """Prints ``projects=[{"path": …, "key": …}, …]`` for the checkout in the current directory."""
    changed = [path for path in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").split("\0") if path]
    places = [*Path().glob("*.yaml"), *Path().glob("projects/*/*.yaml")]
    projects = projects_of(place.as_posix() for place in places)
    found = touched(changed, projects, {project: inputs_of(Path(), project) for project in projects})
    listed = json.dumps([{"path": path, "key": key(path)} for path in found])
    sys.stdout.write(f"projects={listed}\n")


if __name__ == "__main__":
    main()
