"""The files that every project has: the root project's own, installed with the package or found in the checkout."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import wardround
from wardround.errors import EnvironmentFailure

#: Where the wheel holds the root project's files (``pyproject.toml``: force-include).
_PACKAGED = "_project"
#: What a checkout has above ``src/wardround``.
_MARK = "dvc.yaml"


def read(name: str) -> str:
    """The text of a file of the root project, such as ``dvc.yaml``."""
    path = _home() / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise EnvironmentFailure(
            f"the installed Wardround lacks its project template {name}",
            where=str(path),
            next="install it again: python -m pip install --force-reinstall wardround",
        ) from error


def pipelines() -> dict[str, str]:
    """The files of ``pipelines/``: path below the project -> text."""
    names = sorted(path.name for path in (_home() / "pipelines").glob("*.py"))
    return {f"pipelines/{name}": read(f"pipelines/{name}") for name in names}


def _home() -> Path:
    packaged = importlib.resources.files("wardround") / _PACKAGED
    if isinstance(packaged, Path) and (packaged / _MARK).is_file():
        return packaged
    return Path(wardround.__file__).resolve().parents[2]
