"""Their ``dvc.yaml`` and our stages in one file."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from wardround.errors import UsageError


def stages(path: Path) -> dict[str, dict[str, Any]]:
    """The stages of a ``dvc.yaml``; none when there is no file. Raises :class:`UsageError` for a broken one."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if not path.is_file():
        return {}
    try:
        raw = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}
        return {
            str(name): stage if isinstance(stage, dict) else {} for name, stage in (raw.get("stages") or {}).items()
        }
    except (YAMLError, AttributeError, UnicodeDecodeError) as error:
        raise UsageError("dvc.yaml cannot be read", where=str(path), next="correct it: dvc stage list") from error


def output(item: Any) -> str:
    """The path of one of a stage's outputs, however it is written."""
    return str(next(iter(item))) if isinstance(item, Mapping) else str(item)


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other or lies in it."""
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def merged(theirs: str, ours: str) -> str:
    """Their ``dvc.yaml`` with our stages after theirs; every line of theirs stays as it is where the file's form allows.

    Stages that are there by name already are left alone.
    """
    from ruamel.yaml import YAML

    reader = YAML()
    reader.preserve_quotes = True
    reader.width = 4096
    before = reader.load(theirs) or {}
    wanted = YAML(typ="safe", pure=True).load(ours)["stages"]
    lacking = {name: stage for name, stage in wanted.items() if name not in (before.get("stages") or {})}
    if not lacking:
        return theirs
    block = _blocks(ours, tuple(lacking))
    if "stages" in before and before["stages"] is None:
        before["stages"] = {}
    if (
        before
        and list(before)[-1] == "stages"
        and before["stages"]
        and "\n  " + str(next(iter(before["stages"]))) + ":" in "\n" + theirs
    ):
        text = theirs.rstrip("\n") + "\n" + block
    elif not before:
        text = theirs + ours
    elif "stages" not in before:
        text = theirs.rstrip("\n") + "\nstages:\n" + block
    else:
        for name, stage in lacking.items():
            before["stages"][name] = stage
        stream = StringIO()
        reader.dump(before, stream)
        text = stream.getvalue()
    again = YAML(typ="safe", pure=True).load(text)
    safe = YAML(typ="safe", pure=True).load(theirs) or {}
    if {name: stage for name, stage in again["stages"].items() if name not in lacking} != (safe.get("stages") or {}):
        raise UsageError(
            "our stages cannot be added to this dvc.yaml",
            where="dvc.yaml",
            next="put the project elsewhere: cd into an empty directory",
        )
    return text


def _blocks(ours: str, names: tuple[str, ...]) -> str:
    """The lines of these stages in our ``dvc.yaml``."""
    lines, keep = [], False
    for line in ours.splitlines():
        if line.startswith("  ") and not line.startswith("   ") and line.rstrip().endswith(":"):
            keep = line.strip().rstrip(":") in names
        elif line and not line.startswith(" "):
            keep = False
        if keep:
            lines.append(line)
    return "\n".join(lines) + "\n"
