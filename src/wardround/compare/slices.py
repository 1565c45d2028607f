"""The groups of a population as row sets, and which of them are large enough to be assessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The group's part of a vector over the population."""
        return values if self.rows is None else values[self.rows]


def slices(scored: Scored, settings: MeasureSettings) -> Iterator[Slice]:
    """Everybody, then each level of each grouping in order.

    Everybody is assessed if there is anybody. A level needs ``min_events`` encounters, events and non-events.
    """
    yield _slice(scored, "", "", None, 0)
    for grouping in scored.groupings:
        order = np.argsort(grouping.codes, kind="stable")
        bounds = np.searchsorted(grouping.codes[order], np.arange(len(grouping.levels) + 1))
        for code, level in enumerate(grouping.levels):
            rows = order[bounds[code] : bounds[code + 1]]
            yield _slice(scored, grouping.column, level, rows, settings.min_events)


def _slice(scored: Scored, column: str, level: str, rows: NDArray[np.int64] | None, least: int) -> Slice:
    outcome = scored.outcome if rows is None else scored.outcome[rows]
    subject = scored.subject if rows is None else scored.subject[rows]
    events = int(np.count_nonzero(outcome))
    return Slice(
        column, level, rows, outcome.size, events, np.unique(subject).size, _too_few(outcome.size, events, least)
    )


def _too_few(n: int, events: int, least: int) -> str:
    """Names what is lacking by the declared minimum only: the count itself may be small."""
    if n == 0:
        return "no encounters"
    counts = (("encounters", n), ("events", events), ("non-events", n - events))
    lacking = [word for word, count in counts if count < least]
    return f"fewer than {least} {' and '.join(lacking)}" if lacking else ""
