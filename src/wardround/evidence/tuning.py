"""Evidence about the search over hyper-parameters."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen


class Trial(Frozen):
    """One candidate: its settings, its mean AUROC over the folds and their standard deviation, and its rank (1 is best).

    ``round`` and ``rows`` are of halving: later rounds see more rows. A fold with one class only has no AUROC and is left out.
    """

    settings: dict[str, Any]
    auroc: float | None
    spread: float | None
    rank: int
    round: int = 0
    rows: int


class Fold(Frozen):
    """One fold: rows and subjects fitted on, rows and events scored. Scored rows come later, from other subjects."""

    fitted: int
    fitted_subjects: int
    scored: int
    scored_events: int


class TuningEvidence(Evidence):
    """What ``tune`` writes to ``reports/tuning.json``. With ``method`` ``off`` there are no trials and nothing is chosen."""

    KIND: ClassVar[str] = "tuning"

    method: Literal["off", "random", "halving"]
    metric: str = "auroc"
    chosen: dict[str, Any] = Field(default_factory=dict)
    folds: tuple[Fold, ...] = ()
    trials: tuple[Trial, ...] = ()
    warnings: tuple[str, ...] = ()
