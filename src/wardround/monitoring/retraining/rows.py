"""The encounters of the recent window, in two halves of its subjects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.compare import Scored
from wardround.evidence.retraining import Counted
from wardround.stats.treatment import effective_size
from wardround.tables import stable_hash

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Half:
    """n encounters with outcome (0/1), subject code and the served model's probability.

    ``days`` is the window's length times the half's share of its encounters, so that alerts a day are the whole window's; None without dates.
    ``weight`` is what each counts where an alert changed outcomes, 0 for the treated; None where all count alike. What alerts ask of people
    is of all, treated or not.
    """

    outcome: NDArray[np.int8]
    subject: NDArray[np.int64]
    probability: Floats
    days: float | None = None
    weight: Floats | None = None

    @property
    def counts(self) -> NDArray[np.bool_]:
        """Which encounters count for what happened."""
        return np.ones(len(self.outcome), bool) if self.weight is None else self.weight > 0.0

    def scored(self, probability: Floats | None = None) -> Scored:
        """The same encounters with these probabilities, or the model's own."""
        return Scored(
            self.outcome, self.subject, self.probability if probability is None else probability, days=self.days
        )

    @property
    def counted(self) -> Counted:
        """How many there are of those that count."""
        of = self.counts
        events = int(self.outcome[of].sum())
        return Counted(n=int(of.sum()), events=events, subjects=int(np.unique(self.subject[of]).size))

    @property
    def least(self) -> float:
        """Events or non-events, whichever are fewer; with weights as many as would tell as much (Kish 1965)."""
        counted = self.counted
        if self.weight is None:
            return float(min(counted.events, counted.n - counted.events))
        return min(effective_size(self.weight[self.outcome == value]) for value in (0, 1))


def halves(subject: Any, seed: int, share: float = 0.5) -> NDArray[np.bool_]:
    """Which rows belong to the half that fixes are fitted on: by a stable hash of the subject, so that nobody is in both.

    ``subject`` holds identifiers as text, one a row. ``share`` is the fitting half's, of subjects.
    """
    limit = np.uint64(min(int(share * 2.0**64), 2**64 - 1))
    return np.asarray(stable_hash(subject, seed) < limit, dtype=bool)
