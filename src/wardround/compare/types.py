"""What the measuring functions are asked: encounters with scores, their groups, and how to measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wardround.errors import Problem, UsageError


@dataclass(frozen=True)
class Grouping:
    """A column that divides encounters: ``codes`` (n,) are positions in ``levels``, -1 where the value is missing."""

    column: str
    levels: tuple[str, ...]
    codes: NDArray[np.int32]
    mandatory: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scored:
    """n encounters with outcome (0/1), subject code (any integers), probability and groups.

    ``days`` is the length of the period that the encounters come from; None without a time column.

    Raises:
        UsageError: lengths differ, an outcome is neither 0 nor 1, or a probability is no number in [0, 1].
    """

    outcome: NDArray[np.int8]
    subject: NDArray[np.int64]
    probability: NDArray[np.float64]
    groupings: tuple[Grouping, ...] = ()
    days: float | None = None

    def __post_init__(self) -> None:
        lengths = {self.outcome.shape, self.subject.shape, self.probability.shape}
        lengths |= {grouping.codes.shape for grouping in self.groupings}
        problems = []
        if len(lengths) > 1 or self.outcome.ndim != 1:
            problems.append(Problem("outcome, subject, probability and groups differ in length"))
        if not np.all((self.outcome == 0) | (self.outcome == 1)):
            problems.append(Problem("an outcome is neither 0 nor 1", next="leave out encounters without a label"))
        problems += check_probability(self.probability)
        if problems:
            raise UsageError(problems=problems)

    @property
    def n(self) -> int:
        """Number of encounters."""
        return self.outcome.size


@dataclass(frozen=True)
class MeasureSettings:
    """How to measure.

    ``thresholds`` are declared probabilities; ``bin_edges`` global edges that contain them, 0 and 1 (see
    ``score_edges``). A group with fewer than ``min_events`` encounters, events or non-events is not assessed.
    ``auto`` takes the bootstrap up to ``influence_above`` encounters and influence functions beyond.
    """

    thresholds: tuple[float, ...]
    bin_edges: tuple[float, ...]
    min_events: int = 30
    interval: Literal["auto", "bootstrap", "influence"] = "auto"
    resamples: int = 1000
    influence_above: int = 200_000
    seed: int = 20260101
    confidence: float = 0.95
    threads: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        missing = {0.0, 1.0, *self.thresholds} - set(self.bin_edges)
        if missing or list(self.bin_edges) != sorted(set(self.bin_edges)):
            raise UsageError(
                "the score bins are no ascending edges that contain every threshold, 0 and 1",
                where="params.yaml: evaluate.bin_edges",
                next="make them with compare.score_edges(thresholds, bin_edges)",
            )

    def bootstraps(self, n: int) -> bool:
        """Whether intervals for n encounters come from the bootstrap."""
        return self.interval == "bootstrap" or (self.interval == "auto" and n <= self.influence_above)


def check_probability(probability: NDArray[Any]) -> list[Problem]:
    """What is wrong with a score vector: nothing, or a problem that quotes no score."""
    if np.all((probability >= 0.0) & (probability <= 1.0)):
        return []
    return [
        Problem("a score is missing or not between 0 and 1", next="every compared model must score every encounter")
    ]
