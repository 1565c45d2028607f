"""All rules, in the order in which a report prints them."""

from __future__ import annotations

from wardround.gate.rule import Rule
from wardround.gate.rules import (
    calibration,
    card,
    change,
    data,
    fairness,
    governance,
    lock,
    performance,
    privacy,
    shift,
    sites,
    split,
    utility,
    worst_group,
)

RULES: tuple[Rule, ...] = (
    data.contract,
    *shift.RULES,
    data.leakage,
    *split.RULES,
    *lock.RULES,
    *performance.RULES,
    *calibration.RULES,
    *utility.RULES,
    *fairness.RULES,
    *worst_group.RULES,
    *sites.RULES,
    *privacy.RULES,
    *change.RULES,
    *card.RULES,
    *governance.RULES,
)


def by_id(name: str) -> Rule | None:
    """The rule of that id."""
    return next((one for one in RULES if one.id == name), None)
