"""Violations of the contract that a window's profile shows: ranges, levels, and values that must be there.

Ranges are told by bucket, so a value within 1/64 of a bound may be taken for one within it; bounds that are an edge of a bucket (integers up
to 128, and many above) are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wardround.evidence.profile import ColumnProfile
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift.bins import histogram
from wardround.monitoring.drift.measured import Measured, Seen, share
from wardround.profile.buckets import key_of
from wardround.project.monitor_drift import MonitorDriftSection

if TYPE_CHECKING:
    from wardround.contract.model import ContractColumn


def violations(declared: ContractColumn, profile: ColumnProfile) -> int:
    """Rows of the window that violate the contract in this column."""
    found = 0 if declared.nullable else profile.missing
    if profile.levels is not None and declared.categories is not None:
        found += profile.levels.other
        found += sum(n for name, n in profile.levels.counts.items() if name not in declared.categories)
    if profile.numbers is not None and profile.numbers.histogram:
        keys, counts = histogram(profile.numbers)
        wrong = np.zeros(len(keys), bool)
        if declared.low is not None:
            wrong |= keys < key_of(float(declared.low))
        if declared.high is not None:
            wrong |= keys > key_of(float(declared.high))
        found += int(counts[wrong].sum()) + profile.numbers.infinite
    return found


def held(declared: ContractColumn, profile: ColumnProfile, seen: Seen, settings: MonitorDriftSection) -> Measured:
    """The share of rows that violate the contract in this column."""
    which = (rules.CONTRACT, "violation_share", profile.name)
    return share(which, violations(declared, profile), profile.rows, seen, (settings.violations, settings.fault))
