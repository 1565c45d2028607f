"""How many rows of a table were scored, gave an alert or were not scored: what a terminal and CI's log may have of it (DESIGN §9).

A nightly run's output is kept by whatever starts it, and *not scored: 1 row* is a small cell. The exact counts stay with the scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

from wardround.disclosure.margins import count, shown_levels
from wardround.disclosure.published import KEY, Count, Disclosed


@dataclass(frozen=True)
class Tally:
    """The exact counts of a run. ``refused``: reason -> rows."""

    rows: int
    answered: int
    alerts: int
    warned: int
    history_rows: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class ScoredView(Disclosed):
    """The same counts rounded to 10, or withheld. That there are reasons at all is no count: the exit code says so, too."""

    _: KW_ONLY
    rows: Count
    answered: Count
    alerts: Count
    warned: Count
    history_rows: Count
    refused: Mapping[str, Count]


def view(tally: Tally, least: int) -> ScoredView:
    """Counts that are small, or whose rest is, are withheld; of the reasons so many that the rest cannot be told from the others."""
    left = tally.rows - tally.answered
    able = shown_levels(tally.refused, left, least)
    return ScoredView(
        KEY,
        rows=count(tally.rows, show=tally.rows >= least),
        # without a reason all were: then this is the number of rows once more
        answered=count(tally.answered, show=tally.answered >= least and (not left or left >= least)),
        alerts=count(tally.alerts, show=min(tally.alerts, tally.answered - tally.alerts) >= least),
        warned=count(tally.warned, show=min(tally.warned, tally.answered - tally.warned) >= least),
        history_rows=count(tally.history_rows, show=tally.history_rows >= least),
        refused={reason: count(number, show=reason in able) for reason, number in tally.refused.items()},
    )
