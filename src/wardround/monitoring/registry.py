"""All rules of the monitor, in the order in which a report prints them. Each part keeps its own in a module ``rules``."""

from __future__ import annotations

from wardround.monitoring import drift_rules, heartbeat, outcome_rules
from wardround.monitoring.rule import MonitorRule

RULES: tuple[MonitorRule, ...] = (*drift_rules.RULES, *outcome_rules.RULES, *heartbeat.RULES)


def by_id(name: str) -> MonitorRule | None:
    """The rule of that id."""
    return next((one for one in RULES if one.id == name), None)
