"""A release that lacks its tag only: what ``--prepare`` leaves and ``--finish`` takes up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from wardround.errors import UsageError
from wardround.files import write_json
from wardround.registry.record import VersionRecord, from_message, message


@dataclass(frozen=True)
class Candidate:
    """A project's version to be, and its record."""

    project: str
    version: str
    record: VersionRecord

    @property
    def tag(self) -> str:
        """The tag's name."""
        return f"{self.project}@{self.version}"

    @property
    def message(self) -> str:
        """The tag's message."""
        return message(self.lines, self.record)

    @property
    def lines(self) -> tuple[str, ...]:
        """What the tag says to people."""
        return (f"{self.project} {self.version}: {self.record.reason}",)


def write(path: Path, candidate: Candidate) -> None:
    """Writes a candidate for a later step of the same job."""
    write_json(path, {"kind": "release-candidate", "project": candidate.project, "message": candidate.message,
                      "version": candidate.version})  # fmt: skip


def read(path: Path) -> Candidate:
    """Reads a candidate. :class:`UsageError` for anything else."""
    try:
        plain = json.loads(path.read_bytes())
        record = from_message(plain["message"])
        candidate = Candidate(str(plain["project"]), str(plain["version"]), record)  # type: ignore[arg-type] # checked below
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_candidate(path) from error
    if not isinstance(record, VersionRecord) or candidate.message != plain["message"]:
        raise _no_candidate(path)
    return candidate


def _no_candidate(path: Path) -> UsageError:
    return UsageError(
        "this is no prepared release", where=str(path), next="make one with wardround release --prepare FILE"
    )
