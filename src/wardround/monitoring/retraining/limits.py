"""What a fix must reach on the half that it was not fitted on: the gate's own limits, point by point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.evidence.measures import Estimate
from wardround.evidence.retraining import Miss
from wardround.project.params import Params
from wardround.stats.names import at


@dataclass(frozen=True)
class Limits:
    """The tolerated values. ``margin`` and ``net_benefit_loss`` are against the model as it is.

    A half with fewer than ``min_events`` events or non-events tells nothing.
    """

    observed_expected: tuple[float, float] = (0.8, 1.25)
    slope: tuple[float, float] = (0.8, 1.25)
    auroc: float = 0.6
    margin: float = 0.01
    net_benefit_loss: float = 0.002
    alerts_per_day: float | None = None
    alerts_per_100: float | None = None
    min_events: int = 30


def limits_of(params: Params) -> Limits:
    """The gate's limits of these params."""
    gate = params.gate
    return Limits(
        gate.calibration.observed_expected,
        gate.calibration.slope,
        gate.floor.auroc,
        gate.non_inferiority.margin,
        gate.utility.net_benefit_loss,
        gate.utility.alerts_per_day,
        gate.utility.alerts_per_100,
        gate.fairness.min_events,
    )


def unmet(
    limits: Limits, threshold: float, measures: dict[str, Estimate], differences: dict[str, Estimate]
) -> tuple[Miss, ...]:
    """The limits that are not met. A number that is not there is not met.

    Calibration and workload are held against the estimate, because half a window's interval is often wider than its limits are apart;
    the review of the proposal judges by intervals, on its own test set. A difference is held against its lower limit.
    """
    return tuple(_unmet(limits, threshold, measures, differences))


def _unmet(
    limits: Limits, threshold: float, measures: dict[str, Estimate], differences: dict[str, Estimate]
) -> Iterator[Miss]:
    yield from _within("O/E", measures.get("oe"), limits.observed_expected)
    yield from _within("calibration slope", measures.get("slope"), limits.slope)
    yield from _at_least("AUROC", measures.get("auroc"), limits.auroc)
    if differences:
        yield from _no_worse("AUROC", differences.get("auroc"), limits.margin)
        yield from _no_worse("net benefit", differences.get(at("net_benefit", threshold)), limits.net_benefit_loss)
    for measure, most in (("alerts_per_day", limits.alerts_per_day), ("alerts_per_100", limits.alerts_per_100)):
        if most is not None:
            words = "alerts a day" if measure == "alerts_per_day" else "alerts among 100"
            found = measures.get(at(measure, threshold))
            # where the treated are left out, people had to answer their alerts all the same
            if measure == "alerts_per_100":
                found = measures.get(at("workload_per_100", threshold), found)
            yield from _at_most(words, found, most)


def _number(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value


def _within(name: str, estimate: Estimate | None, limits: tuple[float, float]) -> Iterator[Miss]:
    value, (low, high) = _number(estimate), limits
    if value is None:
        yield Miss(limit=name, found="could not be measured")
    elif not low <= value <= high:
        yield Miss(limit=name, found=f"{value:.2f} is outside {low:g} to {high:g}")


def _at_least(name: str, estimate: Estimate | None, least: float) -> Iterator[Miss]:
    value = _number(estimate)
    if value is None:
        yield Miss(limit=name, found="could not be measured")
    elif value < least:
        yield Miss(limit=name, found=f"{value:.3f} is below {least:g}")


def _at_most(name: str, estimate: Estimate | None, most: float) -> Iterator[Miss]:
    value = _number(estimate)
    if value is None:
        yield Miss(limit=name, found="could not be measured")
    elif value > most:
        yield Miss(limit=name, found=f"{value:.3g} is more than {most:g}")


def _no_worse(name: str, estimate: Estimate | None, margin: float) -> Iterator[Miss]:
    value = _number(estimate)
    low = None if estimate is None else estimate.low
    if value is None:
        yield Miss(limit=f"{name} against the model as it is", found="could not be measured")
    elif (value if low is None else low) <= -margin:
        yield Miss(limit=f"{name} against the model as it is", found=f"may fall by more than {margin:g}")
