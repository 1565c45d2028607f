"""Several comparisons at once: what may be said of each without fooling oneself.

Two kinds of claims need two treatments.

- *All must hold* (no group is worse by more than the margin, and the primary measure is non-inferior against base and
  anchor): an intersection-union test (Berger 1982). Each is tested at the full level; the claim that all hold has that
  level too, and no adjustment is due. It costs power, not error.
- *Some group differs* (this group was harmed): the more groups, the more chance findings. Limits and p-values are
  adjusted by Bonferroni (simultaneous limits) or Holm (1979; p-values, never weaker than Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from wardround.stats.intervals import quantile


@dataclass(frozen=True)
class Adjusted:
    """One of several differences: simultaneous Bonferroni limits and Holm's adjusted two-sided p-value of 0."""

    low: float
    high: float
    p_value: float


def adjusted(differences: Sequence[float], errors: Sequence[float], confidence: float = 0.95) -> tuple[Adjusted, ...]:
    """Adjusts a family of differences with their standard errors, in the order given; normal approximation.

    All limits together cover all true differences with at least ``confidence``. An error of 0 gives limits without
    width, and a p-value of 1 if the difference is 0, else 0.
    """
    family = len(differences)
    if not family:
        return ()
    z = quantile(1.0 - (1.0 - confidence) / family)
    raw = [two_sided_p(difference, error) for difference, error in zip(differences, errors, strict=True)]
    return tuple(
        Adjusted(difference - z * error, difference + z * error, p_value)
        for difference, error, p_value in zip(differences, errors, holm(raw), strict=True)
    )


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjusted p-values, in the order given."""
    result = [0.0] * len(p_values)
    largest = 0.0
    for rank, k in enumerate(sorted(range(len(p_values)), key=lambda k: p_values[k])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[k]))
        result[k] = largest
    return tuple(result)


def two_sided_p(difference: float, error: float) -> float:
    """Two-sided normal p-value of no difference."""
    if error == 0.0:
        return 1.0 if difference == 0.0 else 0.0
    return 2.0 * NormalDist().cdf(-abs(difference) / error)
