"""Published values as cells of tables: a number with its interval below, or the word for why it is not shown."""

from __future__ import annotations

from wardround.disclosure.published import Count, FactView, Quantity, Why
from wardround.report import numbers, words
from wardround.report.blocks import BREAK, Inline, Notes, plain, strong


def quantity(value: Quantity | None, notes: Notes, *, sign: bool = False, bold: bool = False) -> Inline:
    """The estimate, and below it the interval."""
    if value is None:
        return notes.withheld(Why.SHOWN)
    if not value.shown:
        return notes.withheld(value.withheld)
    text = numbers.point(value, sign=sign)
    first = strong(text) if bold else plain(text)
    limits = numbers.interval(value, sign=sign)
    if limits:
        return (*first, BREAK, *plain(limits))
    if value.interval_withheld is not Why.SHOWN:
        return (*first, BREAK, *plain("interval "), *notes.withheld(value.interval_withheld))
    return first


def ranking(name: str, *values: Quantity | None) -> Inline:
    """A measure's name; an AUROC that comes from the few published score bins says so, because it is lower than the scores' own."""
    title = plain(words.short(name))
    if name == "auroc" and any(value is not None and value.shown and value.origin == "table" for value in values):
        return (*title, BREAK, *plain("from the published score bins, too low by their width"))
    return title


def inline(value: Quantity, notes: Notes, *, sign: bool = False) -> Inline:
    """The estimate with its interval in parentheses, on one line."""
    if value.value is not None and value.origin == "parameter":
        return plain(numbers.parameter(value.value))
    return plain(numbers.with_interval(value, sign=sign)) if value.shown else notes.withheld(value.withheld)


def count(value: Count | None, notes: Notes) -> Inline:
    """A rounded count."""
    if value is None:
        return notes.withheld(Why.SHOWN)
    return plain(numbers.count(value)) if value.shown else notes.withheld(value.withheld)


def fact(value: FactView, notes: Notes) -> Inline:
    """What a fact says; a difference carries its sign."""
    if value.count is not None:
        return count(value.count, notes)
    if value.quantity is not None:
        return inline(value.quantity, notes, sign=value.name.startswith("difference"))
    return plain(value.text)


def fact_in_full(value: FactView, notes: Notes) -> Inline:
    """The same, with the whole reason beside it where the number is not shown: for places without notes below, and for what alarms."""
    held = value.count if value.count is not None else value.quantity
    if held is not None and not held.shown and held.withheld is not Why.SHOWN:
        return plain(str(held.withheld))
    return fact(value, notes)


def share(value: Quantity, notes: Notes) -> Inline:
    """A share as a percentage, with no more digits than were published."""
    if value.value is None:
        return notes.withheld(value.withheld)
    return plain(numbers.percent(value.value, max(0, value.decimals - 2)))
