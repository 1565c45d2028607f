"""The one list of remote actions that the sandbox can run: a pinned action, and the directory that stands in for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ACTIONS = Path(__file__).resolve().parent.parent / "actions"


@dataclass(frozen=True)
class StandIn:
    """One entry.

    ``token`` names the input whose default is the job's token; ``post`` the part that runs after the job's steps; an
    ``app`` is given a token of the sandbox's App.
    """

    action: str
    sha: str
    version: str
    directory: Path
    token: str = ""
    post: str = ""
    app: bool = False

    @property
    def reference(self) -> str:
        """How act is told: owner/name@sha=directory."""
        return f"{self.action}@{self.sha}={self.directory}"


@cache
def listed() -> tuple[StandIn, ...]:
    """Every stand-in."""
    entries = json.loads((ACTIONS / "stand_ins.json").read_text(encoding="utf-8"))
    return tuple(StandIn(**{**entry, "directory": ACTIONS / entry["directory"]}) for entry in entries)


def find(uses: str) -> StandIn | None:
    """The stand-in for the `uses:` of a step, or None. ``owner/name/part`` is found when the stand-in has the part."""
    name, _, sha = uses.strip().partition("@")
    owner, _, rest = name.partition("/")
    own, _, part = rest.partition("/")
    for entry in listed():
        if (f"{owner}/{own}", sha) == (entry.action, entry.sha):
            return entry if (entry.directory / part / "action.yml").is_file() else None
    return None
