"""Whether the gap between groups has widened: sensitivity at the operating threshold, by pairs of a grouping's levels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import State
from wardround.monitoring.alarms import Candidate
from wardround.monitoring.performance.parts import Z95, Part, Reference
from wardround.project.params import Params
from wardround.stats.names import at

GAP = "fairness.decay"


@dataclass(frozen=True)
class _Pair:
    high: Part
    low: Part
    limit: float
    gap: float


def candidates(parts: Sequence[Part], reference: Reference, params: Params) -> Iterator[Candidate]:
    """For each grouping the pair of levels whose gap is furthest above what is tolerated; sites are no such grouping."""
    measure = at("sensitivity", params.evaluate.thresholds[0])
    for column in dict.fromkeys(part.column for part in parts if part.column not in {"", "site"}):
        mine = [part for part in parts if part.column == column]
        known = [part for part in mine if part.at(measure) is not None]
        pairs = [_pair(one, other, reference, params, measure) for one, other in combinations(known, 2)]
        if not pairs:
            yield Candidate(
                rule=GAP,
                measure="sensitivity_gap",
                column=column,
                n=sum(part.measured.part.n for part in mine),
                minimum=params.monitor.outcome.min_events,
                estimate=Estimate(value=None, note="fewer than two groups are large enough"),
                state=State.TOO_FEW,
            )
            continue
        worst = max(pairs, key=lambda pair: pair.gap - pair.limit)
        yield _candidate(worst, column, len(pairs), params, measure)


def _pair(one: Part, other: Part, reference: Reference, params: Params, measure: str) -> _Pair:
    high, low = sorted((one, other), key=lambda part: _value(part, measure), reverse=True)
    fairness = params.gate.fairness
    declared = next((item.gap for item in fairness.gaps if item.column == high.column), fairness.gap)
    before = [reference.measure(part.name, measure, own=True) for part in (high, low)]
    limit = declared
    if all(item is not None and item.value is not None for item in before):
        validated = (before[0].value or 0.0) - (before[1].value or 0.0)  # type: ignore[union-attr]  # both are there
        limit = max(declared, validated + fairness.worst_group_margin)
    return _Pair(high, low, limit, _value(high, measure) - _value(low, measure))


def _value(part: Part, measure: str) -> float:
    estimate = part.estimate(measure)
    return estimate.value if estimate is not None and estimate.value is not None else 0.0


def _candidate(pair: _Pair, column: str, tests: int, params: Params, measure: str) -> Candidate:
    first, second = pair.high.at(measure), pair.low.at(measure)

    def limits(z: float) -> tuple[float, float]:
        """The method of variance estimates recovery (Newcombe 1998, Zou & Donner 2008); groups are taken as independent."""
        if first is None or second is None:
            raise ValueError("a pair is made of groups that have intervals")
        one, other = first(z), second(z)
        high, low = _value(pair.high, measure), _value(pair.low, measure)
        return (
            pair.gap - math.hypot(high - one[0], other[1] - low),
            pair.gap + math.hypot(one[1] - high, low - other[0]),
        )

    low, high = limits(Z95)
    return Candidate(
        rule=GAP,
        measure="sensitivity_gap",
        column=column,
        n=pair.high.measured.part.n + pair.low.measured.part.n,
        minimum=params.monitor.outcome.min_events,
        estimate=Estimate(value=pair.gap, low=low, high=high, method="wilson"),
        at=limits,
        limits=(None, pair.limit),
        far=(None, pair.limit + params.gate.fairness.worst_group_margin * 2),
        note=f"{pair.high.level} over {pair.low.level}",
        tests=tests,
    )
