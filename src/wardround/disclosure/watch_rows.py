"""Signals as rows of plain values, and back: the history holds very many, and each is looked at again when it is read.

A row is a list in the order of :data:`COLUMNS`. Reading refuses what disclosure control would not have written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wardround.disclosure.rounding import BASE, GROUP_DECIMALS, OVERALL_DECIMALS, to_ten
from wardround.disclosure.shapes import LARGEST, Malformed
from wardround.disclosure.values import KEY, Count, Quantity, Why
from wardround.disclosure.watched import OPERATIONS, SignalView, WatchView

COLUMNS = (
    *("rule", "measure", "window", "column", "level", "n", "n_withheld", "value", "low", "high", "withheld"),
    *("interval_withheld", "origin", "low_limit", "high_limit", "crossed", "state", "note"),
)
_STATES = frozenset(("assessed", "too few", "immature", "not available"))
_WHY = {str(why): why for why in Why}
_ORIGINS = frozenset(("table", "scores"))
#: The longest texts of a row, all together, in characters.
_LONGEST = 2000


def row(view: SignalView) -> list[Any]:
    """A signal as a row."""
    n, shown = view.n, view.estimate
    return [
        *(view.rule, view.measure, view.window, view.column, view.level),
        *(n.value, str(n.withheld), shown.value, shown.low, shown.high, str(shown.withheld)),
        *(str(shown.interval_withheld), shown.origin, view.low_limit, view.high_limit),
        *(view.crossed, view.state, view.note),
    ]


def signal(values: Sequence[Any], least: int) -> SignalView:
    """The signal of a row. Raises :class:`Malformed` for a row that is none, or that says more than may be said."""
    if type(values) is not list or len(values) != len(COLUMNS):
        raise Malformed((f"a signal is no list of {len(COLUMNS)}",))
    rule, measure, window, column, level, n, hidden, value, low, high, withheld, ends, origin, *rest = values
    below, above, crossed, state, note = rest
    decimals = GROUP_DECIMALS if level else OVERALL_DECIMALS
    said = (
        _words(rule, measure, window, column, level, hidden, withheld, ends, origin, state, note)
        or _numbers((value, low, high, below, above), decimals)
        or ("" if type(crossed) is bool else "a signal is crossed or not")
        or (
            ""
            if hidden in _WHY and withheld in _WHY and ends in _WHY
            else "a signal withholds for a reason that is none"
        )
        or ("" if state in _STATES and origin in _ORIGINS else "a signal holds a word that may not stand there")
        or ("" if n is None or _count(n, least) else "a signal's count is small, or not rounded")
        or _agree((n, hidden), (value, withheld), state, counted=rule not in OPERATIONS)
    )
    if said or ((value is None or ends) and (low is not None or high is not None)):
        raise Malformed((said or "a signal holds an interval that is withheld",))
    return SignalView(
        KEY,
        *(rule, measure, window, column, level),
        Count(KEY, n, _WHY[hidden]),
        Quantity(KEY, value, low, high, decimals, _WHY[withheld], _WHY[ends], origin),
        *(below, above, crossed, state, note),
    )


def _words(*words: Any) -> str:
    try:
        fits = len("".join(words)) <= _LONGEST
    except TypeError:
        fits = False
    return "" if fits else "a signal holds something else where a text is wanted"


def _numbers(numbers: Sequence[Any], decimals: int) -> str:
    for place, number in enumerate(numbers):
        if number is None:
            continue
        if not _number(number):
            return "a signal holds something else where a number is wanted"
        if place < 3 and round(number, decimals) != number:
            return "a signal's number is more precise than it may be"
    return ""


def _count(n: Any, least: int) -> bool:
    return type(n) is int and n % BASE == 0 and n >= to_ten(least)


def _agree(n: tuple[Any, str], value: tuple[Any, str], state: str, *, counted: bool) -> str:
    """Whether a number stands where one may, or the reason why there is none."""
    if (n[0] is None) == (not n[1]) or (value[0] is None) == (not value[1]):
        return "a signal must hold a number or the reason why there is none, one of them"
    beside = value[0] is not None and ((n[0] is None and counted) or state != "assessed")
    return "a signal's number stands beside a count that is withheld" if beside else ""


def _number(value: Any) -> bool:
    return (type(value) is float or type(value) is int) and -LARGEST <= value <= LARGEST


def with_signals(watch: WatchView, signals: Sequence[SignalView]) -> WatchView:
    """The same look with other signals."""
    return replace(watch, key=KEY, min_cell=watch.min_cell, signals=tuple(signals))
