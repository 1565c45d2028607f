"""The estimate without outcomes of each window, and how far it was off where outcomes came later."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.estimating.auroc import Announced, expected_auroc, validated_calibration
from wardround.monitoring.performance.parts import Z95, Part, Reference, error
from wardround.project.monitor_outcomes import MonitorOutcomesSection

ESTIMATED = "performance.estimated"
#: What every such number carries.
BLIND = "from the scores alone: blind to concept drift, right only while the probabilities are"


def candidates(
    probability: NDArray[np.float64],
    subject: NDArray[np.int64],
    realised: Part | None,
    reference: Reference,
    section: MonitorOutcomesSection,
) -> Iterator[Candidate]:
    """The estimated AUROC of all encounters of a window, and the estimate less the realised one where outcomes are known."""
    calibration = validated_calibration(reference.table)
    scores = probability if calibration is None else calibration.apply(probability)
    announced = expected_auroc(scores, subject)
    if announced is None or min(scores.sum(), (1.0 - scores).sum()) < section.min_events:
        yield Candidate(
            rule=ESTIMATED,
            measure="auroc_estimated",
            n=int(probability.size),
            minimum=section.min_events,
            estimate=Estimate(value=None, note="too few events are to be expected"),
            state=State.TOO_FEW,
        )
        return
    validated = reference.measure("all", "auroc")
    low = None if validated is None or validated.value is None else validated.value - section.auroc_loss
    yield _candidate("auroc_estimated", announced, 0.0, probability.size, (low, None), error(validated), section)
    told = realised.estimate("auroc") if realised is not None else None
    if told is not None and told.value is not None and told.low is not None:
        limits = (-section.auroc_loss, section.auroc_loss)
        yield _candidate("auroc_overestimated", announced, told.value, probability.size, limits, error(told), section)


def _candidate(  # noqa: PLR0913, PLR0917 - one measure against one limit
    measure: str,
    announced: Announced,
    less: float,
    n: int,
    limits: tuple[float | None, float | None],
    more: float,
    section: MonitorOutcomesSection,
) -> Candidate:
    value, spread = announced.value - less, math.hypot(announced.error, more)

    def at(z: float) -> tuple[float, float]:
        return value - z * spread, value + z * spread

    low, high = at(Z95) if less else (value - Z95 * announced.error, value + Z95 * announced.error)
    return Candidate(
        rule=ESTIMATED,
        measure=measure,
        n=int(n),
        minimum=section.min_events,
        estimate=Estimate(value=value, low=low, high=high, method="influence", note=BLIND),
        at=at,
        limits=limits,
        note=BLIND,
    )
