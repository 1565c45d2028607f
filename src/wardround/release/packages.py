"""The packages that a service runs with: the part of ``requirements.lock`` that its imports reach, hashes and all.

Without a lock: exactly what is installed here, by version alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

from wardround.errors import EnvironmentFailure, MissingExtra
from wardround.files import sha256_json
from wardround.revision.packages import normalised

LOCK = "requirements.lock"
#: What the service and the features of a team import. ``wardround`` itself goes as a wheel of its own.
ROOTS = (
    "bentoml",
    "click",
    "filelock",
    "fsspec",
    "joblib",
    "jsonschema",
    "numba",
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "pydantic-core",
    "ruamel-yaml",
    "scikit-learn",
    "scipy",
    "skops",
    "starlette",
    "treelite",
    "uvicorn",
)
#: What a served form needs beside them.
OF_FORM = {"onnx": ("onnxruntime",)}
#: The team's files that run when a request comes.
_ANSWERING = ("service.py", "contract.py", "features.py")
_NAME = re.compile(r"^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_EXTRA = re.compile(r"\bextra\s*==")


@dataclass(frozen=True)
class Where:
    """``tree`` is where the lock stands; ``pipelines`` the team's code, whose own imports count as well."""

    tree: Path
    pipelines: Path | None = None


def requirements(where: Where, form: str = "") -> tuple[str, ...]:
    """Requirement lines for pip, sorted by name, one a package, each with its hashes where the lock has them.

    ``form`` is the served form of the model, which may need more.
    """
    return _lines(where, ROOTS + OF_FORM.get(form, ()))


def digest(where: Where) -> str:
    """The digest of the service's environment, whatever form the model has: packages of every form count that the lock has."""
    more = tuple(name for form in sorted(OF_FORM) if has_form(where.tree, form) for name in OF_FORM[form])
    return sha256_json(list(_lines(where, ROOTS + more)))


def has_form(tree: Path, form: str) -> bool:
    """Whether the environment has the packages of a served form."""
    wanted = {normalised(name) for name in OF_FORM.get(form, ())}
    lock = tree / LOCK
    if lock.is_file():
        return wanted <= {name for name, _, _ in _entries(lock.read_text(encoding="utf-8"))}
    return wanted <= {name for name in wanted if find_spec(name.replace("-", "_")) is not None}


def _lines(where: Where, roots: tuple[str, ...]) -> tuple[str, ...]:
    lock = where.tree / LOCK
    roots += tuple(_imported(where.pipelines)) if where.pipelines is not None else ()
    if lock.is_file():
        return _of_lock(lock.read_text(encoding="utf-8"), roots)
    return tuple(f"{name}=={version}" for name, version in installed(roots))


def _imported(pipelines: Path) -> list[str]:
    """The packages that the team's code imports when it answers, as they are installed here."""
    modules: set[str] = set()
    for name in _ANSWERING:
        path = pipelines / name
        for node in ast.walk(ast.parse(path.read_bytes())) if path.is_file() else ():
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    owners = packages_distributions()
    return sorted({normalised(owner) for module in modules for owner in owners.get(module, ())} - {"wardround"})


def name_of(line: str) -> str:
    """The package of a requirement line, normalised."""
    match = _NAME.match(line.strip())
    return normalised(match[1]) if match else ""


def version_of(line: str) -> str:
    """The version that a requirement line pins."""
    return line.partition("==")[2].split(";")[0].split(" ")[0].strip()


def hashed(lines: tuple[str, ...]) -> bool:
    """Whether every line says by hash which files it means."""
    return all("--hash=" in line for line in lines)


def _of_lock(text: str, roots: tuple[str, ...]) -> tuple[str, ...]:
    entries = list(_entries(text))
    told = all(parents for _, _, parents in entries)
    wanted = {normalised(root) for root in roots}
    known = {name for name, _, _ in entries}
    if missing := wanted - known:
        raise EnvironmentFailure(
            "the lock lacks packages that a service needs",
            where=LOCK,
            found=", ".join(sorted(missing)),
            next="add the extra wardround[serve] to the project's dependencies and lock again",
        )
    if not told:  # the lock does not say who asked for what: all of it
        wanted = known
    while more := {name for name, _, parents in entries if name not in wanted and parents & (wanted - {"wardround"})}:
        wanted |= more
    return tuple(sorted(line for name, line, _ in entries if name in wanted and name != "wardround"))


def _entries(text: str) -> Iterator[tuple[str, str, set[str]]]:
    """Each package of a lock: name, its requirement in one line, and who asked for it."""
    code: list[str] = []
    parents: set[str] = set()
    for line in [*text.splitlines(), "end=="]:
        bare = line.strip()
        if line[:1].strip() and not line.startswith(("#", "-")):
            if code:
                yield name_of(code[0]), " ".join(code), parents
            code, parents = [bare.removesuffix("\\").strip()], set()
        elif bare.startswith("#"):
            words = bare.lstrip("# ").removeprefix("via").strip()
            parents |= {normalised(part.strip().split(" ")[0]) for part in words.split(",") if part.strip()}
        elif bare.startswith("--hash"):
            code.append(bare.removesuffix("\\").strip())


def installed(roots: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Name and version of ``roots`` and of all that they need here, sorted. :class:`MissingExtra` when a root is not installed."""
    found: dict[str, str] = {}
    ahead = list(roots)
    while ahead:
        name = normalised(ahead.pop())
        if name in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError as error:
            if name in {normalised(root) for root in roots}:
                raise MissingExtra("serve", name) from error
            continue  # for another platform, as its marker says
        found[name] = one.version
        ahead += _needed(one)
    found.pop("wardround", None)
    return tuple(sorted(found.items()))


def _needed(one: Distribution) -> list[str]:
    """What a distribution asks for without an extra; a marker that is not for this machine leaves nothing installed."""
    asked = [line for line in one.requires or () if not _EXTRA.search(line.partition(";")[2])]
    return [match[1] for line in asked if (match := _NAME.match(line))]
