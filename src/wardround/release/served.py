"""Which files of the framework answer requests: the service's modules and all of Wardround that they import, found in the text."""

from __future__ import annotations

import ast
from pathlib import Path

import wardround
from wardround.files import sha256_file, sha256_json

PACKAGE = Path(wardround.__file__).resolve().parent
#: Where the way of an encounter through the service begins.
_ROOTS = ("service", "stages/serving", "stages/features")


def files() -> tuple[Path, ...]:
    """Paths below the package, sorted. Imports inside functions count: they run when a request comes."""
    found: set[Path] = set()
    ahead = [path for root in _ROOTS for path in sorted((PACKAGE / root).rglob("*.py"))]
    while ahead:
        path = ahead.pop()
        if path in found:
            continue
        found.add(path)
        ahead += _imported(path)
    return tuple(sorted(path.relative_to(PACKAGE) for path in found))


def digest() -> str:
    """The digest of names and contents of those files: it changes when the installed framework would answer otherwise."""
    return sha256_json([[path.as_posix(), sha256_file(PACKAGE / path)] for path in files()])


def _imported(path: Path) -> list[Path]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    found = []
    for name in sorted(names):
        first, *parts = name.split(".")
        if first != "wardround":
            continue
        found += [place for count in range(len(parts) + 1) for place in _files_of(PACKAGE.joinpath(*parts[:count]))]
    return found


def _files_of(module: Path) -> list[Path]:
    """The file of a module; of a package what runs when it is imported."""
    candidates = (module / "__init__.py", module.with_suffix(".py"))
    return [path for path in candidates if path.is_file()]
