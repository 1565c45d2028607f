"""A change taken apart: one atom for each key of params, each file, the data and the model that differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Below a project, what says nothing of the model, or what is said by an atom of its own. All else counts.
_QUIET = ("docs/", "tests/", "benchmarks/", "deploy/", "reports/", "params.yaml", "dvc.lock")


class Kind(StrEnum):
    """What an atom is about."""

    PARAM = "param"
    PATH = "path"
    DATA = "data"
    MODEL = "model"


@dataclass(frozen=True)
class Atom:
    """One thing that differs. ``name`` is a key of params or a path; ``before`` and ``after`` are values of a key as canonical JSON.

    ``before`` is empty where the key is new, ``after`` where it is gone.
    """

    kind: Kind
    name: str
    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """The atom in a report, without its values."""
        if self.kind in (Kind.DATA, Kind.MODEL):
            return f"the {self.kind.value}"
        return self.name


@dataclass(frozen=True)
class Sides:
    """Base and head of a change. ``params`` are plain YAML values; digests are those of the locks (empty: there is none)."""

    paths: tuple[str, ...]
    params_before: Mapping[str, Any]
    params_after: Mapping[str, Any]
    data_before: str = ""
    data_after: str = ""
    model_before: str = ""
    model_after: str = ""


def atoms_of(sides: Sides) -> tuple[Atom, ...]:
    """Every atom, sorted. Nothing that can move the model is left out; a file that is not known to be harmless counts."""
    found = {Atom(Kind.PATH, path) for path in sides.paths if not _quiet(path)}
    found |= set(_params(sides.params_before, sides.params_after))
    if sides.data_before != sides.data_after:
        found.add(Atom(Kind.DATA, "data"))
    if sides.model_before != sides.model_after:
        found.add(Atom(Kind.MODEL, "model"))
    return tuple(sorted(found, key=lambda atom: (list(Kind).index(atom.kind), atom.name)))


def _quiet(path: str) -> bool:
    """Whether the file is prose, a test or made; beside params.yaml only, because deeper a text may be a list of codes."""
    return path.startswith(_QUIET) or (
        "/" not in path and path.endswith((".md", ".txt")) and path != "requirements.txt"
    )


def _params(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Atom]:
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    for name in sorted({*old, *new}):
        one, other = old.get(name, ""), new.get(name, "")
        if one != other:
            yield Atom(Kind.PARAM, name, one, other)


def _flat(values: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, json.dumps(value, sort_keys=True, default=str)
