"""Whether risk alone may explain that events are found less often in one group than in another.

Sensitivity at one threshold follows the risk in a group (infra-marginality: Simoiu, Corbett-Davies and Goel 2017). Nothing that a
model's evidence holds can prove that risk is the reason; but it can show that it is not.
"""

from __future__ import annotations

import math

from wardround.evidence.measures import GroupMeasures
from wardround.gate.facts import Z, interval
from wardround.gate.limits import between
from wardround.gate.noninferiority import ENDPOINT
from wardround.values import Verdict


def may_explain(high: GroupMeasures, low: GroupMeasures, observed_expected: tuple[float, float]) -> bool:
    """Whether the group where fewer events are found (``low``) has a lower risk, and the model is no worse there in itself.

    All must hold: events are rarer in it beyond chance; observed over expected events are measured in both groups and not shown to
    lie outside the limits; and its AUROC is measured and not shown to be lower than the other's (inputs that say less about a
    group lower its sensitivity, too, with predictions that are right on average).
    """
    return (
        _rarer(high, low)
        and all(_calibrated(group, observed_expected) for group in (high, low))
        and _as_sharp(high, low)
    )


def _rarer(high: GroupMeasures, low: GroupMeasures) -> bool:
    rates = [(group.events / group.n, group.n) for group in (high, low) if group.n]
    if len(rates) < 2:
        return False
    (more, _), (less, _) = rates
    error = math.sqrt(sum(rate * (1 - rate) / n for rate, n in rates))
    return more - less > Z * error


def _calibrated(group: GroupMeasures, limits: tuple[float, float]) -> bool:
    found = interval(group.measures.get("oe"))
    return found is not None and between(found, *limits) is not Verdict.REFUSE


def _as_sharp(high: GroupMeasures, low: GroupMeasures) -> bool:
    one, other = (interval(group.measures.get(ENDPOINT)) for group in (high, low))
    return (
        one is not None
        and other is not None
        and one.value - other.value <= math.hypot(one.value - one.low, other.high - other.value)
    )
