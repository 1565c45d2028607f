"""Discrimination, calibration and PPV of a window against what was validated: for everybody and for each group."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate, IntervalAt, Limits
from wardround.monitoring.performance.parts import Z95, Part, Reference, error
from wardround.project.params import Params
from wardround.stats.names import at

DECAY, CALIBRATION = "performance.decay", "calibration.decay"
#: The normal quantile of 80 % power (customary).
_POWER = 0.8416


@dataclass(frozen=True)
class _Limit:
    limits: Limits
    far: Limits
    #: The standard error of what was validated, which the interval must allow for.
    error: float = 0.0


def candidates(part: Part, reference: Reference, params: Params) -> Iterator[Candidate]:
    """AUROC, O/E, slope, and PPV at the operating threshold of one group."""
    section, threshold = params.monitor.outcome, params.evaluate.thresholds[0]
    ppv = at("ppv", threshold)
    yield _candidate(part, DECAY, "auroc", _loss(reference, part.name, "auroc", section.auroc_loss), params)
    yield _candidate(part, CALIBRATION, "oe", _ratio(section.observed_expected), params)
    yield _candidate(part, CALIBRATION, "slope", _ratio(section.slope), params)
    yield _candidate(part, DECAY, ppv, _loss(reference, part.name, ppv, section.ppv_loss), params)


def unknown(n: int, reason: str, least: int) -> Iterator[Candidate]:
    """The measures of a window whose outcomes are not known: they never alarm."""
    for rule, measure in ((DECAY, "auroc"), (CALIBRATION, "oe")):
        state, why = (State.IMMATURE, reason) if n else (State.TOO_FEW, "no encounters")
        yield Candidate(
            rule, measure, n, Estimate(value=None, note=why or "no outcomes"), minimum=least, state=state, note=why
        )


def _candidate(part: Part, rule: str, measure: str, limit: _Limit, params: Params) -> Candidate:
    section, slice_ = params.monitor.outcome, part.measured.part
    n, events = slice_.n, slice_.events
    counted: int | None = events if measure == "oe" else None
    if measure.startswith("ppv"):
        n, counted = _alerts(part)
    estimate = part.estimate(measure)
    lacking = (
        min(events, slice_.n - events) < section.min_events if not measure.startswith("ppv") else n < section.min_events
    )
    if measure == "oe":  # without events there is an exact interval too
        lacking = slice_.n < 2 * section.min_events or _expected(part) < section.min_events
    interval = part.at(measure)
    state = State.TOO_FEW if estimate is None or lacking or interval is None else State.ASSESSED
    widened = _widened(interval, estimate, limit.error) if interval and estimate else None
    return Candidate(
        rule=rule,
        measure=measure,
        column=part.column,
        level=part.level,
        n=n,
        minimum=section.min_events,
        events=counted,
        estimate=estimate or Estimate(value=None, note=slice_.reason or "not measured"),
        at=widened,
        limits=limit.limits,
        far=limit.far,
        state=state,
        note=_seen(estimate, limit) if state is State.ASSESSED else f"fewer than {section.min_events} of one kind",
    )


def _alerts(part: Part) -> tuple[int, int]:
    if not part.measured.fitted:
        return 0, 0
    totals = part.measured.fitted[0].totals
    return int(totals.alerts[0, 0]), int(totals.hits[0, 0])


def _expected(part: Part) -> float:
    return float(part.measured.fitted[0].totals.expected[0]) if part.measured.fitted else 0.0


def _loss(reference: Reference, name: str, measure: str, tolerated: float) -> _Limit:
    validated = reference.measure(name, measure)
    if validated is None or validated.value is None:
        return _Limit((None, None), (None, None))
    low = validated.value - tolerated
    return _Limit((low, None), (low - tolerated, None), error(validated))


def _ratio(limits: tuple[float, float]) -> _Limit:
    low, high = limits
    return _Limit((low, high), (low * low, high * high))


def _widened(interval: IntervalAt, estimate: Estimate, more: float) -> IntervalAt:
    """The interval with the uncertainty of what was validated in it."""
    value = estimate.value
    if more == 0.0 or value is None:
        return interval

    def limits(z: float) -> tuple[float, float]:
        low, high = interval(z)
        return value - math.hypot(value - low, z * more), value + math.hypot(high - value, z * more)

    return limits


def _seen(estimate: Estimate | None, limit: _Limit) -> str:
    """Says where a change of twice the tolerated size, the tolerated one beyond the limit, would often not be seen."""
    low, high = limit.limits
    if estimate is None or low is None:
        return "nothing was validated to compare with"
    if high is not None:  # a ratio: the smaller of both distances, on the logarithmic scale
        spread, tolerated = _log_error(estimate), min(math.log(high), -math.log(low))
    else:
        spread = math.hypot(error(estimate), limit.error)
        tolerated = low - (limit.far[0] if limit.far[0] is not None else low)
    if (Z95 + _POWER) * spread > tolerated:
        return "too few to see a change of twice the tolerated size with 80 % power"
    return ""


def _log_error(estimate: Estimate) -> float:
    low, high = estimate.low, estimate.high
    return math.log(high / low) / (2.0 * Z95) if low is not None and high is not None and low > 0.0 else math.inf
