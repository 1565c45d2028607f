"""The next version: what changed since the last one says which of its three numbers grows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from wardround.registry.grammar import numbers

#: The version of a project that had none.
FIRST = "v1.0.0"


class Level(IntEnum):
    """How much a consumer of the answers must look at: a larger one includes the smaller."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True)
class Changed:
    """What differs from the last version.

    ``meaning``: what the answer means (outcome, positive value, encounter). ``contract``: what a request must hold.
    ``features``: what is computed from it. Anything else, as a refit or a new environment, is a patch.
    """

    meaning: bool = False
    contract: bool = False
    features: bool = False

    @property
    def level(self) -> Level:
        """Output meaning is major; contract or features are minor; the rest is a patch."""
        if self.meaning:
            return Level.MAJOR
        return Level.MINOR if self.contract or self.features else Level.PATCH


def following(version: str | None, level: Level) -> str:
    """The version after ``version``; the first one, whatever the level, where there was none."""
    if version is None:
        return FIRST
    major, minor, patch = numbers(version)
    if level is Level.MAJOR:
        return f"v{major + 1}.0.0"
    return f"v{major}.{minor + 1}.0" if level is Level.MINOR else f"v{major}.{minor}.{patch + 1}"
