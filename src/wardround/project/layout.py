"""Where everything of a project lies. One list, so that stages, ``dvc.yaml`` and the review agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import UsageError

if TYPE_CHECKING:
    from wardround.project.params import Params


@dataclass(frozen=True)
class Layout:
    """The paths of the project in ``root``."""

    root: Path

    @property
    def params(self) -> Path:
        """``params.yaml``."""
        return self.root / "params.yaml"

    @property
    def versions(self) -> Path:
        """Stage versions and the environment's digest, which stages depend on (DESIGN §8, *Upgrades*)."""
        return self.root / "wardround.yaml"

    @property
    def contract(self) -> Path:
        """The team's contract."""
        return self.root / "pipelines" / "contract.py"

    @property
    def features_code(self) -> Path:
        """The team's features."""
        return self.root / "pipelines" / "features.py"

    @property
    def model_code(self) -> Path:
        """The team's model."""
        return self.root / "pipelines" / "model.py"

    @property
    def snapshot(self) -> Path:
        """The canonical snapshot: a directory of Parquet files, one a partition (``part-00000.parquet``)."""
        return self.root / "data" / "snapshot"

    @property
    def features(self) -> Path:
        """Features: a directory of Parquet files, aligned with the snapshot row by row."""
        return self.root / "data" / "features"

    @property
    def split(self) -> Path:
        """One row an encounter: encounter, subject, outcome, split."""
        return self.root / "data" / "split.parquet"

    @property
    def scores(self) -> Path:
        """The head's probabilities of every non-training encounter. Row-level: in DVC, never in git."""
        return self.root / "data" / "scores.parquet"

    @property
    def tuned(self) -> Path:
        """Settings that the search chose (empty when it is off)."""
        return self.root / "models" / "tuned.json"

    @property
    def model(self) -> Path:
        """The trained model: a directory with ``model.skops``, ``serving.*``, ``manifest.json``, ``golden.json``."""
        return self.root / "models" / "model"

    @property
    def reports(self) -> Path:
        """Evidence and pictures."""
        return self.root / "reports"

    def evidence(self, name: str) -> Path:
        """The file of one kind of evidence, for instance ``metrics``."""
        return self.reports / f"{name}.json"


@dataclass(frozen=True)
class Project:
    """A project directory with its validated params."""

    root: Path

    @cached_property
    def layout(self) -> Layout:
        """Where everything lies."""
        return Layout(self.root)

    @cached_property
    def params(self) -> Params:
        """The validated params; :class:`UsageError` lists everything that is wrong with them."""
        from wardround.project.params import load

        return load(self.layout.params)


def find(start: Path) -> Project:
    """The project at ``start`` or the nearest directory above it that has ``params.yaml`` and ``dvc.yaml``."""
    start = start.resolve()
    for directory in (start, *start.parents):
        if (directory / "params.yaml").is_file() and (directory / "dvc.yaml").is_file():
            return Project(directory)
    raise UsageError(
        "this is not a Wardround project",
        where=str(start),
        wanted="params.yaml and dvc.yaml here or in a directory above",
        next="make a project with `wardround init NAME`, or pass --project DIR",
    )
