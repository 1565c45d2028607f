"""Evidence of the split: how encounters were divided, where the blocks begin, and what each part holds."""

from __future__ import annotations

from typing import ClassVar, Literal

from wardround.evidence.base import Evidence, Frozen


class SplitFacts(Frozen):
    """One part of the split.

    ``split`` is a value of :class:`wardround.values.Split`; ``n`` counts encounters with a known outcome (in ``dropped`` also
    those without one or without a time), ``events`` those with the outcome.

    ``days`` is the time from the first to the last encounter (for alerts per day); null without dates.
    """

    split: str
    n: int
    events: int
    subjects: int
    first_time: str | int | None = None
    last_time: str | int | None = None
    days: float | None = None


class SplitEvidence(Evidence):
    """What ``split`` writes to ``reports/split.json``.

    ``method`` is ``time`` (blocks of rows by time, then subjects) or ``subject`` (shares of subjects drawn by a hash).
    ``validation_from`` and ``test_from`` are the first times of those blocks. ``overlap`` counts subjects that are in more
    than one of train, validation and test; it is measured on the result and is always 0. ``unlabelled`` and ``without_time`` are
    encounters that no split uses.
    """

    KIND: ClassVar[str] = "split"

    method: Literal["time", "subject"]
    seed: int | None = None
    train_share: float
    validation_share: float
    validation_from: str | int | None = None
    test_from: str | int | None = None
    splits: tuple[SplitFacts, ...]
    overlap: int
    unlabelled: int = 0
    without_time: int = 0
    digest: str
    limitations: tuple[str, ...] = ()

    def of(self, split: str) -> SplitFacts | None:
        """The facts of one part, if it has any encounter."""
        return next((item for item in self.splits if item.split == split), None)
