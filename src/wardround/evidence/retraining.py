"""Evidence of a retraining: which fixes were tried on the recent window, cheapest first, and which one suffices."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from wardround.evidence.base import Evidence, Frozen
from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Span


class Fix(StrEnum):
    """The rungs of the ladder, cheapest first. ``platt`` is slope and intercept; ``search`` a refit with searched settings."""

    THRESHOLD = "threshold"
    INTERCEPT = "intercept"
    PLATT = "platt"
    REFIT = "refit"
    SEARCH = "search"


#: What a fix is called in a sentence.
WORDS = {
    Fix.THRESHOLD: "a new operating threshold",
    Fix.INTERCEPT: "an intercept recalibration",
    Fix.PLATT: "a slope and intercept recalibration",
    Fix.REFIT: "a refit on the new window",
    Fix.SEARCH: "a refit with searched settings",
}


class Miss(Frozen):
    """A limit that is not met: its name, and what was found, in words."""

    limit: str
    found: str


class Attempt(Frozen):
    """One fix, fitted on one half of the recent subjects and measured on the other.

    ``fix`` is empty for the model as it is. ``measures`` are those of :class:`GroupMeasures`; ``differences`` are fix minus the model as it
    is, on the same encounters. ``failed`` are the limits that are not met; ``unable`` why the fix could not be tried.
    ``recalibrate_from`` is the day from which on encounters recalibrate a refit; None: all of the fitting half.
    """

    fix: Fix | None = None
    threshold: float
    detail: str = ""
    measures: dict[str, Estimate] = Field(default_factory=dict)
    differences: dict[str, Estimate] = Field(default_factory=dict)
    failed: tuple[Miss, ...] = ()
    unable: str = ""
    recalibrate_from: dt.date | None = None

    @property
    def suffices(self) -> bool:
        """Whether the fix was tried and meets every limit."""
        return not self.failed and not self.unable


class Counted(Frozen):
    """Encounters, events and subjects of one half."""

    n: int
    events: int
    subjects: int


class RetrainingEvidence(Evidence):
    """What ``wardround retrain`` writes to ``retraining.json``.

    ``champion`` is the model as it is. ``chosen`` is the cheapest fix that meets every limit; null when none does or none is needed.
    ``unrepaired`` says what no fix brings back. ``feedback`` names how the model's own alerts may have changed the outcomes;
    ``refitted`` says on which encounters a refit's intercept is fitted.
    """

    KIND: ClassVar[str] = "retraining"

    project: str
    base_commit: str
    window: Span
    data_digest: str
    fitted_on: Counted
    judged_on: Counted
    champion: Attempt
    attempts: tuple[Attempt, ...]
    chosen: Fix | None = None
    unrepaired: tuple[str, ...] = ()
    feedback: str = ""
    refitted: str = ""

    def attempt(self, fix: Fix | None) -> Attempt | None:
        """The attempt with that fix."""
        return next((item for item in self.attempts if item.fix == fix), None)
