"""The door to the sample-size numerics, so that rules state what they need and ``wardround.stats`` how it is computed."""

from __future__ import annotations

from statistics import NormalDist


def quantile(probability: float) -> float:
    """The standard normal quantile."""
    return NormalDist().inv_cdf(probability)


def planned_events(margin: float, prevalence: float, correlation: float, power: float) -> int | None:
    """Events so that a test of non-inferiority in AUROC has ``power`` at no true difference; None when there is no plan."""
    from wardround.stats.noninferiority import planned_events as plan

    return plan(margin, prevalence, correlation, power)
