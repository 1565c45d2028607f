"""Counts that no signal of the monitor says and two together do: missed events, and spared non-events.

Of a group's events (O/E counts them) those that were alerted (PPV counts them) are taken away: what is left are people whom the model missed.
Each signal alone is large; the difference need not be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from wardround.disclosure.margins import shown_levels
from wardround.evidence.monitor import Signal

#: Measure whose ``n`` and ``events`` are all known encounters and their events.
_WHOLE = "oe"

#: A signal by rule, measure, window, column and level.
Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class _Left:
    """Of one group in one window: events and non-events that were not alerted."""

    missed: int
    spared: int


def key_of(item: Signal) -> Key:
    """What a signal is about."""
    return item.rule, item.measure, item.window, item.column, item.level


def telling(signals: Iterable[Signal], least: int) -> frozenset[Key]:
    """Signals of alerts that would tell, beside the group's events, how few were missed or spared; with the next in their margin."""
    listed = tuple(signals)
    whole = {
        (item.window, item.column, item.level): item
        for item in listed
        if item.measure.partition("@")[0] == _WHOLE and item.events is not None
    }
    found: set[Key] = set()
    margins: dict[tuple[str, str, str, str], dict[str, tuple[Signal, _Left]]] = defaultdict(dict)
    everybody: dict[tuple[str, str, str], _Left] = {}
    for item in listed:
        group = whole.get((item.window, item.column, item.level))
        left = _left(item, group) if group is not None else None
        if left is None:
            continue
        if min(left.missed, left.spared) < least:
            found.add(key_of(item))
        if item.level:
            margins[item.rule, item.measure, item.window, item.column][item.level] = item, left
        elif not item.column:
            everybody[item.rule, item.measure, item.window] = left
    for (rule, measure, window, _), levels in margins.items():
        total = everybody.get((rule, measure, window))
        missed = {level: left.missed for level, (_, left) in levels.items()}
        spared = {level: left.spared for level, (_, left) in levels.items()}
        of = total.missed if total is not None else sum(missed.values())
        able = shown_levels(missed, max(of, sum(missed.values())), least, spared)
        found |= {key_of(item) for level, (item, _) in levels.items() if level not in able}
    return frozenset(found)


def _left(item: Signal, whole: Signal) -> _Left | None:
    """What alerts leave over, for a signal that counts hits; None for one that counts something else.

    PPV and the cost of a hit count alerts (``n``) and hits; KPIs by encounter count hits alone, so that spared ones are not known.
    """
    if item.events is None or whole.events is None:
        return None
    name = item.measure.partition("@")[0]
    if name == "ppv" or (item.rule == "value.kpi" and not name.endswith("_per_100")):
        return _Left(whole.events - item.events, whole.n - whole.events - (item.n - item.events))
    if item.rule == "value.kpi":
        return _Left(whole.events - item.events, whole.n - whole.events)
    return None
