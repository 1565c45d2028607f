"""A window's encounters with their outcomes as far as they are known, ready to be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.compare import Grouping, Scored, groupings, largest_sites
from wardround.evidence.monitor import Span
from wardround.monitoring.outcomes.answered import Answered
from wardround.monitoring.outcomes.treated import Treatments
from wardround.project.judging import Subgroup

SITE = "wr_site"


@dataclass(frozen=True)
class Joined:
    """``outcome`` is 0, 1 or -1 (not known), ``recorded`` in microseconds since 1970. ``mature`` says that outcomes of the window count as known."""

    answered: Answered
    outcome: NDArray[np.int8]
    recorded: NDArray[np.int64]
    mature: bool = False
    reason: str = ""
    treatments: Treatments | None = None

    @property
    def span(self) -> Span:
        """The window."""
        return self.answered.span

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows whose outcome is known."""
        return self.outcome >= 0

    @property
    def days(self) -> int:
        """Days of the window that have passed."""
        return int(self.answered.by_day.size)

    def scored(self, groups: tuple[Grouping, ...]) -> Scored:
        """The encounters of known outcome, with groups (of all rows)."""
        keep = self.known
        cut = tuple(Grouping(item.column, item.levels, item.codes[keep], item.mandatory) for item in groups)
        return Scored(
            outcome=self.outcome[keep],
            subject=self.answered.subject[keep],
            probability=self.answered.probability[keep],
            groupings=cut,
            days=float(max(self.days, 1)),
        )


def group(joined: Joined, subgroups: Sequence[Subgroup], site: str | None) -> tuple[Grouping, ...]:
    """The declared groups of all rows, and the sites; a column that the log does not hold is left out."""
    frame = joined.answered.frame
    if site is not None and site in frame:
        frame = frame.assign(**{SITE: frame[site]})
    there = [item for item in subgroups if item.column in frame or (item.column == "site" and SITE in frame)]
    own = largest_sites(frame[SITE]) if SITE in frame else None
    return groupings(frame, there, site=SITE in frame, sites=own) if len(frame) else ()
