"""Evidence about how the head differs from base and anchor on the same encounters. It measures and does not judge."""

from __future__ import annotations

from typing import ClassVar

from wardround.evidence.base import Evidence, Frozen
from wardround.evidence.measures import Estimate, PopulationMeasures


class Difference(Frozen):
    """Head minus reference for one measure in one group, paired on the same encounters, clustered by subject.

    ``standard_error`` is 0 when the scores are identical. ``better`` is ``up`` or ``down`` (which direction is better)
    or ``one`` / ``zero`` for measures with a target value (slope, O/E; calibration-in-the-large).
    """

    measure: str
    better: str
    reference: Estimate
    head: Estimate
    difference: Estimate
    standard_error: float | None


class GroupDifferences(Frozen):
    """All differences of one group; ``column`` and ``level`` as in GroupMeasures."""

    column: str = ""
    level: str = ""
    n: int
    events: int
    subjects: int
    assessed: bool = True
    reason: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def name(self) -> str:
        """How the group is written."""
        return f"{self.column}={self.level}" if self.column else "all"

    def of(self, measure: str) -> Difference | None:
        """The difference in that measure, if it was measured."""
        return next((item for item in self.differences if item.measure == measure), None)


class PairedPopulation(Frozen):
    """Differences in one population: everybody first, then each declared group."""

    population: str
    groups: tuple[GroupDifferences, ...]

    def group(self, name: str) -> GroupDifferences | None:
        """The group of that name, if there is one."""
        return next((item for item in self.groups if item.name == name), None)


class Exclusions(Frozen):
    """Why test encounters were left out so that no compared model had seen their subjects: counts of encounters."""

    test_encounters: int
    seen_by_head: int
    seen_by_reference: int
    compared: int


class Against(Frozen):
    """The comparison with one reference (``base`` or ``anchor``) on one test set.

    ``test_set`` is ``head`` (the head's test encounters) or ``reference`` (the reference's own test set, used as well
    where split or data changed). ``comparable`` is false when no encounters or no scores are left; ``reason`` says
    why and the gate cannot tell.
    """

    reference: str
    commit: str
    test_set: str
    comparable: bool
    reason: str = ""
    exclusions: Exclusions | None = None
    head: tuple[PopulationMeasures, ...] = ()
    measures: tuple[PopulationMeasures, ...] = ()
    populations: tuple[PairedPopulation, ...] = ()
    #: Pearson correlation of the two score vectors on the logit scale, for planning: how many events are needed.
    score_correlation: float | None = None

    def population(self, name: str) -> PairedPopulation | None:
        """The paired population of that name, if it was compared."""
        return next((item for item in self.populations if item.population == name), None)


class Comparison(Evidence):
    """What ``review`` writes to ``reports/comparison.json``."""

    KIND: ClassVar[str] = "comparison"

    head_commit: str
    against: tuple[Against, ...]
    #: True for the first version ever: nothing to compare with, so absolute floors decide and the verdict is *baseline*.
    baseline: bool = False
    confidence: float = 0.95
    resamples: int = 0
    seed: int = 0

    def versus(self, reference: str) -> tuple[Against, ...]:
        """All comparisons with that reference."""
        return tuple(item for item in self.against if item.reference == reference)
