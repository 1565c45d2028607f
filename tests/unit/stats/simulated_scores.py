"""Simulated encounters that the tests of stats and compare share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from wardround.stats.sample import Ranked, make_sample, rank
from wardround.stats.totals import Fitted, fit

THRESHOLDS = (0.2, 0.1)
DAYS = 365.0


@dataclass(frozen=True)
class Data:
    subject: NDArray[np.int64]
    outcome: NDArray[np.int8]
    head: NDArray[np.float64]
    reference: NDArray[np.float64]

    def ranked(self, which: str) -> Ranked:
        sample, order = make_sample(self.outcome, self.subject)
        p = getattr(self, which)
        return rank(sample, p if order is None else p[order])

    def fitted(self, which: str) -> Fitted:
        return fit(self.ranked(which), THRESHOLDS, DAYS)

    def pair(self) -> tuple[Fitted, Fitted]:
        return self.fitted("reference"), self.fitted("head")


def simulate(n: int, seed: int = 1, *, decimals: int | None = None, subjects: int | None = None) -> Data:
    """Encounters clustered by subject, about 12 % events, two noisy and miscalibrated scores; rows in subject order."""
    rng = np.random.default_rng(seed)
    many = subjects or int(n * 0.6)
    subject = np.unique(np.sort(rng.integers(0, many, n)), return_inverse=True)[1]
    linear = rng.normal(size=n) * 0.8 + 0.8 * rng.normal(size=many)[subject] - 2.4
    outcome = (rng.random(n) < expit(linear)).astype(np.int8)
    head = expit(0.9 * linear + rng.normal(size=n) * 0.5)
    reference = expit(linear + rng.normal(size=n) * 0.8)
    if decimals is not None:
        head, reference = np.round(head, decimals), np.round(reference, decimals)
    return Data(subject.astype(np.int64), outcome, head, reference)
