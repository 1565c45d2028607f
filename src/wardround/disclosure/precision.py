"""How precise a statistic may be that comes back from an untrusted run (DESIGN §9.4).

Two decimals for a group, three for everybody, and one more for net benefit, which is a small number. A parameter is as exact as
somebody wrote it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from wardround.disclosure.published import (
    AtThreshold,
    BaselineView,
    DifferenceView,
    FactView,
    GroupChange,
    GroupView,
    ImportanceView,
    PerturbationView,
    Quantity,
)
from wardround.disclosure.rounding import GROUP_DECIMALS, OVERALL_DECIMALS
from wardround.disclosure.watched import SignalView

#: About everybody; measures at a threshold and differences are looked at with their group as well.
_OVERALL = (AtThreshold, BaselineView, DifferenceView, ImportanceView, PerturbationView)


def parameters(value: Any, _least: int) -> Iterator[str]:
    """Numbers that somebody wrote are margins of findings; nothing else may call itself one, and be exact."""
    if isinstance(value, FactView):
        if value.quantity is not None and (value.quantity.origin == "parameter") != (value.type == "margin"):
            yield "a margin, and nothing else, is a parameter"
    elif any(quantity.origin == "parameter" for _, quantity in _quantities(value)):
        yield "a measure calls itself a parameter"


def decimals(value: Any, _least: int) -> Iterator[str]:
    """No statistic of the value has more decimals than it may."""
    yield from _fits(value, _most(value))


def differences(value: GroupChange, _least: int) -> Iterator[str]:
    """Differences do not know their group, so that the group looks at them."""
    most = GROUP_DECIMALS if value.column else OVERALL_DECIMALS
    for item in value.differences:
        yield from _fits(item, most)


def _most(value: Any) -> int:
    if isinstance(value, FactView):
        return OVERALL_DECIMALS if value.group in {"", "all"} else GROUP_DECIMALS
    if isinstance(value, GroupView):
        return GROUP_DECIMALS if value.column else OVERALL_DECIMALS
    if isinstance(value, SignalView):  # a column alone is an input of everybody
        return GROUP_DECIMALS if value.level else OVERALL_DECIMALS
    return OVERALL_DECIMALS if isinstance(value, _OVERALL) else GROUP_DECIMALS


def _fits(value: Any, most: int) -> Iterator[str]:
    for name, quantity in _quantities(value):
        allowed = most + ("net_benefit" in name.lower().replace(" ", "_"))
        if quantity.shown and quantity.origin != "parameter" and quantity.decimals > allowed:
            yield f"a measure has more than {allowed} decimals"


def _quantities(value: Any) -> Iterator[tuple[str, Quantity]]:
    """The statistics of one value, each with the name of what it measures."""
    title = value.measure if isinstance(value, DifferenceView) else value.name if isinstance(value, FactView) else ""
    for item in dataclasses.fields(value):
        held = getattr(value, item.name)
        if isinstance(held, Quantity):
            yield title, held
        elif isinstance(held, Mapping):
            yield from ((name, part) for name, part in held.items() if isinstance(part, Quantity))
