"""Many groups judged together, so that chance alone does not refuse (docs/explanation/multiplicity.md).

A refusal needs a limit that is exceeded beyond chance by Holm's step-down procedure (Holm 1979, Scandinavian Journal of
Statistics 6:65) over all groups of the rule, one-sided at 0.025. A limit that is exceeded by the estimate alone blocks
(*cannot tell*) where the project's owners declared the group mandatory, and is printed where they did not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from wardround.evidence.decision import Fact
from wardround.gate.facts import Interval
from wardround.stats.multiplicity import holm
from wardround.values import Verdict

#: One-sided level of a refusal, the same as that of an acceptance.
ALPHA = 0.025


@dataclass(frozen=True)
class Test:
    """One limit for one group or pair of groups.

    ``excess`` is how far the estimate lies beyond the limit (negative: within), ``error`` its standard error.
    """

    __test__ = False  # the name is the statistician's, not pytest's

    label: str
    column: str
    mandatory: bool
    excess: float
    error: float
    facts: tuple[Fact, ...] = ()

    @property
    def p(self) -> float:
        """One-sided p of *the limit is not exceeded*; an exact number (error 0) is either beyond or not."""
        if self.error <= 0:
            return 0.0 if self.excess > 0 else 1.0
        return NormalDist().cdf(-self.excess / self.error)


def shown(tests: Sequence[Test], alpha: float = ALPHA) -> list[bool]:
    """For each test, whether Holm's procedure rejects *the limit is not exceeded*, in the order of ``tests``."""
    adjusted = holm([test.p for test in tests])
    return [p <= alpha and test.excess > 0 for p, test in zip(adjusted, tests, strict=True)]


def verdict(tests: Sequence[Test], proven: Sequence[bool]) -> Verdict:
    """The verdict of some tests of a family: refuse what is proven, block on mandatory groups beyond the limit."""
    if any(proven):
        return Verdict.REFUSE
    if any(test.mandatory and test.excess > 0 for test in tests):
        return Verdict.CANNOT_TELL
    return Verdict.PASS


def gap_error(first: Interval, second: Interval, z: float) -> float:
    """The standard error of ``first - second`` towards zero, from both intervals.

    The method of variance estimates recovery (MOVER; Newcombe 1998, Zou and Donner 2008): the distance of the lower limit
    of the difference from its estimate, divided by the quantile ``z`` of the intervals. Groups are taken as independent,
    which is cautious where one subject counts in both.
    """
    return math.hypot(first.value - first.low, second.high - second.value) / z
