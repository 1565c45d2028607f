"""Names of tags: which action each says, and which version or stage it is about. A part of GTO's grammar.

GTO allows more than Wardround writes: letters in upper case, directories, pre-releases. Tags of those forms are refused here,
so that whoever reads the registry lists them instead of guessing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wardround.errors import UsageError

#: As ``project.name`` in params.yaml.
_NAME = r"[a-z][a-z0-9-]{0,62}[a-z0-9]"
#: A stage is also a file's name: ``deploy/STAGE.yaml``.
_STAGE = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_VERSION = rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_COUNT = r"(?:#(?P<number>[1-9][0-9]{0,8}))?"
_TAG = re.compile(
    rf"(?P<name>{_NAME})(?:(?:@(?P<version>{_VERSION})|#(?P<stage>{_STAGE}))(?P<cancel>!?)|@(?P<deprecated>deprecated)){_COUNT}"
)
#: Whatever begins like a tag of the registry is meant to be one, and is a problem if it is none.
_MEANT = re.compile(rf"(?P<name>{_NAME}|[A-Za-z0-9][A-Za-z0-9./=_-]*)[@#].*", re.DOTALL)


@dataclass(frozen=True)
class VersionTag:
    """``NAME@vX.Y.Z``: that commit is that version. A ``number`` stands where a version was registered again."""

    name: str
    version: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.name}@{self.version}{_count(self.number)}"


@dataclass(frozen=True)
class StageTag:
    """``NAME#STAGE#N``: the version of that commit goes into that stage. GTO also knows it without ``number``."""

    name: str
    stage: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.name}#{self.stage}{_count(self.number)}"


@dataclass(frozen=True)
class Deregistration:
    """``NAME@vX.Y.Z!``: that version counts no more, nor do its stages."""

    name: str
    version: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.name}@{self.version}!{_count(self.number)}"


@dataclass(frozen=True)
class Unassignment:
    """``NAME#STAGE!#N``: the version of that commit leaves that stage."""

    name: str
    stage: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.name}#{self.stage}!{_count(self.number)}"


@dataclass(frozen=True)
class Deprecation:
    """``NAME@deprecated``: nothing of that name counts, until a later tag."""

    name: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.name}@deprecated{_count(self.number)}"


TagName = VersionTag | StageTag | Deregistration | Unassignment | Deprecation


def parse(text: str) -> TagName:
    """What a tag's name says; ``str`` of it is ``text`` again. :class:`UsageError` for any other text."""
    match = _TAG.fullmatch(text)
    if match is None:
        raise UsageError(
            "this is no tag of the registry",
            wanted="NAME@vX.Y.Z or NAME#STAGE#N, in lower-case letters, digits and hyphens",
            found=repr(text[:100]),
            next="see docs/reference/tags.md",
        )
    name, number = match["name"], int(match["number"]) if match["number"] else None
    if match["deprecated"]:
        return Deprecation(name, number)
    if match["version"]:
        return (Deregistration if match["cancel"] else VersionTag)(name, match["version"], number)
    return (Unassignment if match["cancel"] else StageTag)(name, match["stage"], number)


def meant_for(text: str) -> str | None:
    """The name before the first ``@`` or ``#`` of a tag; None for tags of other kinds, as ``v1.0`` or ``backup/may``."""
    match = _MEANT.fullmatch(text)
    return match["name"] if match else None


def check_version(text: str) -> str:
    """``text`` when it is ``vX.Y.Z`` (no leading zeros, no pre-release); :class:`UsageError` otherwise."""
    numbers(text)
    return text


def check_stage(text: str) -> str:
    """``text`` when it can be a stage; :class:`UsageError` otherwise."""
    if re.fullmatch(_STAGE, text) is None:
        raise UsageError(
            "this cannot be a stage",
            wanted="lower-case letters, digits and hyphens, at most 63, not first or last a hyphen",
            found=repr(text[:100]),
        )
    return text


def numbers(version: str) -> tuple[int, int, int]:
    """The three numbers of ``vX.Y.Z``, which order versions. :class:`UsageError` when it is none."""
    if re.fullmatch(_VERSION, version) is None:
        raise UsageError("this is no version", wanted="vX.Y.Z, as v1.4.0", found=repr(version[:100]))
    major, minor, patch = (int(part) for part in version[1:].split("."))
    return major, minor, patch


def _count(number: int | None) -> str:
    return "" if number is None else f"#{number}"
