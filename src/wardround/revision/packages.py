"""The packages that ``requirements.lock`` pins, and those of them that a run needs.

Read from the text alone: each package's ``# via`` comment, which uv and pip-tools write, says who asked for it. What is installed
here is not looked at, so that every machine finds the same.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    r"(?P<pin>==\s*[^\s;,]+|@\s*[^\s;]+)\s*(?:;\s*(?P<marker>.+))?"
)
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_HASH = re.compile(r"--hash[=\s]\s*(\S+)")
_ASKED_BY_PROJECT = re.compile(r"\S+ \(\S*pyproject\.toml\S*\)")
#: Options that say where files come from. What is in them, the hashes say.
_SOURCES = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "-i ", "-f ")


class _UnclearError(ValueError):
    """The text does not say who asked for what."""


@dataclass
class Package:
    """One entry. ``parents`` are the normalised names of the packages that asked for it; ``project``: so did the project itself."""

    name: str
    pin: str
    marker: str
    hashes: list[str] = field(default_factory=list)
    parents: set[str] = field(default_factory=set)
    project: bool = False

    @property
    def identity(self) -> list[object]:
        """What decides which files are installed, and where; not who asked."""
        return [self.name, self.pin, self.marker, sorted(self.hashes)]


def needed_to_run(lock: str, pyproject: str) -> list[list[object]] | None:
    """The entries that ``[project].dependencies`` reach: name, pin, marker and hashes, in an order of their own.

    None where the two texts do not tell: the lock has no ``# via`` comments, was not made from this ``pyproject.toml`` alone, lacks a
    declared dependency, or holds a line that is no pinned package. Extras and groups of the project itself count for nothing; who runs
    with an extra of a dependency declares it (``wardround[onnx]``), and then that dependency asked for it.
    """
    try:
        project, wanted = _declared(pyproject)
        packages = list(_packages(lock, project))
        return sorted((package.identity for package in _reached(packages, wanted)), key=repr)
    except (_UnclearError, tomllib.TOMLDecodeError):
        return None


def normalised(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(pyproject: str) -> tuple[str, dict[str, bool]]:
    """The project's name, and its dependencies: name -> whether every machine needs it (it has no marker)."""
    table = tomllib.loads(pyproject).get("project")
    if not isinstance(table, dict) or not isinstance(table.get("dependencies"), list):
        raise _UnclearError
    wanted: dict[str, bool] = {}
    for requirement in table["dependencies"]:
        name = _NAME.match(requirement) if isinstance(requirement, str) else None
        if name is None:
            raise _UnclearError
        key = normalised(name[1])
        wanted[key] = wanted.get(key, False) or ";" not in requirement
    return normalised(str(table.get("name", ""))), wanted


def _reached(packages: list[Package], wanted: dict[str, bool]) -> Iterator[Package]:
    """The declared packages, what they asked for, and so on."""
    names = {package.name for package in packages}
    if any(always and name not in names for name, always in wanted.items()):
        raise _UnclearError
    if any(not package.parents <= names for package in packages):
        raise _UnclearError
    reached: set[str] = set()
    found = names & set(wanted)
    while found:
        reached |= found
        found = {package.name for package in packages if package.parents & reached} - reached
    return (package for package in packages if package.name in reached)


def _packages(lock: str, project: str) -> Iterator[Package]:
    package: Package | None = None
    said: list[str] = []
    for code, comment in _lines(lock):
        if code and not code.startswith(_SOURCES):
            if package is not None:
                yield _asked(package, said, project)
            package, said = _package(code), []
        if package is not None and comment is not None:
            said.append(comment)
    if package is not None:
        yield _asked(package, said, project)


def _lines(text: str) -> Iterator[tuple[str, str | None]]:
    """Logical lines as (requirement, comment); the comment is None where it stands at the margin, and so belongs to no package."""
    pending = ""
    for line in text.splitlines():
        code, mark, comment = line.partition("#") if line.lstrip().startswith("#") else _split(line)
        belongs = bool(mark) and not line.startswith("#")
        continues = code.rstrip().endswith("\\")
        pending += " " + code.rstrip().removesuffix("\\")
        if not continues:
            yield pending.strip(), comment if belongs else None
            pending = ""
    if pending.strip():
        yield pending.strip(), None


def _split(line: str) -> tuple[str, str, str]:
    """A line and the comment at its end: a ``#`` after a space, as pip reads it (an address may hold one)."""
    found = re.search(r"\s#", line)
    return (line, "", "") if found is None else (line[: found.start()], "#", line[found.end() :])


def _package(code: str) -> Package:
    head = re.split(r"\s--hash\b", code, maxsplit=1)[0]
    found = _PIN.fullmatch(head.strip())
    if found is None:
        raise _UnclearError
    marker = " ".join((found["marker"] or "").split())
    return Package(normalised(found["name"]), "".join(found["pin"].split()), marker, _HASH.findall(code))


def _asked(package: Package, said: Iterable[str], project: str) -> Package:
    """The package with those who asked for it, by its comments: ``via a, b``, or ``via`` and one name on each line that follows."""
    told = False
    for comment in said:
        words = comment.strip()
        if words == "via" or words.startswith("via "):
            told, words = True, words.removeprefix("via")
        elif not told or words.startswith("from "):
            continue
        for item in filter(None, (part.strip() for part in words.split(","))):
            if _ASKED_BY_PROJECT.fullmatch(item) or normalised(item) == project:
                package.project = True
            elif _NAME.fullmatch(item):
                package.parents.add(normalised(item))
            elif not item.startswith("-c "):  # a constraint asks for nothing
                raise _UnclearError
    if not package.project and not package.parents:
        raise _UnclearError
    return package
