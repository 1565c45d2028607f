"""The stages in order, each with the semantic version of what it computes.

A version goes up when the same inputs would give other outputs; ``wardround upgrade`` then writes it to
``wardround.yaml``, on which DVC makes the stage depend (DESIGN §8, *Upgrades*).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from wardround.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.evidence.base import Evidence
    from wardround.project.layout import Project


@dataclass(frozen=True)
class Stage:
    """One stage: ``wardround stage NAME`` runs ``wardround.stages.NAME.run``."""

    name: str
    version: str

    def load(self) -> Callable[[Project], Evidence]:
        """The stage's function; imported only now, because stages need heavy libraries."""
        module = importlib.import_module(f"wardround.stages.{self.name}")
        return cast("Callable[[Project], Evidence]", module.run)


STAGES = (
    Stage("ingest", "1.0.0"),
    Stage("validate", "1.0.0"),
    Stage("features", "1.0.0"),
    Stage("split", "1.0.0"),
    Stage("tune", "1.0.0"),
    Stage("train", "1.1.0"),
    Stage("evaluate", "1.0.0"),
)


def stage(name: str) -> Stage:
    """The stage of that name."""
    for item in STAGES:
        if item.name == name:
            return item
    raise UsageError(
        f"there is no stage {name!r}", where="wardround stage", wanted=", ".join(item.name for item in STAGES)
    )
