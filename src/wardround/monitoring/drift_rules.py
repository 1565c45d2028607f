"""The rules of the inputs' side, in the order in which a report prints them."""

from __future__ import annotations

from wardround.monitoring.rule import MonitorRule

FEATURE = "drift.feature"
MISSING = "drift.missing"
CONSTANT = "drift.constant"
CATEGORY = "drift.category"
RANGE = "drift.range"
CONTRACT = "drift.contract"
UNITS = "drift.units"
CODING = "drift.coding"
MULTIVARIATE = "drift.multivariate"
SITE = "drift.site"
POWER = "drift.power"

_KEY = "monitor.drift."


def _rule(name: str, title: str, *params: str) -> MonitorRule:
    return MonitorRule(name, title, tuple(_KEY + param for param in params))


RULES: tuple[MonitorRule, ...] = (
    _rule(UNITS, "Values are measured in the unit that training had", "units", "false_alerts"),
    _rule(CODING, "Codes mean what they meant in training", "psi", "false_alerts"),
    _rule(MISSING, "As many values are missing as in training", "missing", "outage", "false_alerts", "persistence"),
    _rule(CONSTANT, "No single value stands in for all others", "outage", "false_alerts"),
    _rule(CATEGORY, "Levels are those of training", "new_levels", "fault", "false_alerts", "persistence"),
    _rule(CONTRACT, "Served encounters satisfy the contract", "violations", "fault", "false_alerts", "persistence"),
    _rule(RANGE, "Values lie within the range of training", "out_of_range", "false_alerts", "persistence"),
    _rule(FEATURE, "Values are distributed as in training", "psi", "psi_large", "false_alerts", "persistence"),
    _rule(MULTIVARIATE, "Inputs together look as in training", "together", "sample", "false_alerts", "persistence"),
    _rule(SITE, "Sites are those of training, and none has moved", "new_site", "false_alerts"),
    _rule(POWER, "A change that matters would be seen", "power", "psi_large", "rows"),
)
