"""The groups of a population as row sets, and which of them are large enough to be assessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wardround.compare.types import MeasureSettings, Scored


@dataclass(frozen=True)
class Slice:
    """Rows of one group (None: everybody) with their counts; ``reason`` says why it is not assessed."""

    column: str
    level: str
    rows: NDArray[np.int64] | None
    n: int
    events: int
    subjects: int
    reason: str

    @property
    def assessed(self) -> bool:
        """Whether the group is large enough."""
        return not self.reason

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """The group's part of a vector over the population."""
        return values if self.rows is None else values[self.rows]


def dense_codes(subject: NDArray[np.int64]) -> NDArray[np.int64]:
    """Subject codes as 0..G-1 in ascending order of the codes given."""
    if subject.size and subject.min() >= 0 and subject.max() < 4 * subject.size:
        present = np.zeros(int(subject.max()) + 1, dtype=np.int64)
        present[subject] = 1
        return np.asarray((np.cumsum(present) - 1)[subject], dtype=np.int64)
    return np.unique(subject, return_inverse=True)[1].astype(np.int64)


def slices(scored: Scored, codes: NDArray[np.int64], settings: MeasureSettings) -> Iterator[Slice]:
    """Everybody, then each level of each grouping in order; ``codes`` are the dense subject codes.

    Everybody is assessed if there is anybody. A level needs ``min_events`` encounters, events and non-events.
    """
    yield _slice(scored, codes, None, ("", ""), 0)
    for grouping in scored.groupings:
        order = np.argsort(grouping.codes, kind="stable")
        bounds = np.searchsorted(grouping.codes[order], np.arange(len(grouping.levels) + 1))
        for code, level in enumerate(grouping.levels):
            rows = order[bounds[code] : bounds[code + 1]]
            yield _slice(scored, codes, rows, (grouping.column, level), settings.min_events)


def _slice(
    scored: Scored, codes: NDArray[np.int64], rows: NDArray[np.int64] | None, name: tuple[str, str], least: int
) -> Slice:
    outcome, subject = (scored.outcome, codes) if rows is None else (scored.outcome[rows], codes[rows])
    events = int(np.count_nonzero(outcome))
    subjects = int(np.count_nonzero(np.bincount(subject))) if subject.size else 0
    return Slice(*name, rows, outcome.size, events, subjects, _too_few(outcome.size, events, least))


def _too_few(n: int, events: int, least: int) -> str:
    """Names what is lacking by the declared minimum only: the count itself may be small."""
    if n == 0:
        return "no encounters"
    counts = (("encounters", n), ("events", events), ("non-events", n - events))
    lacking = [word for word, count in counts if count < least]
    return f"fewer than {least} {' and '.join(lacking)}" if lacking else ""
