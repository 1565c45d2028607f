"""Signals as tables: a row for each measure and group, a column for each window."""

from __future__ import annotations

from collections.abc import Iterable

from wardround.disclosure.watched import SignalView, WatchView
from wardround.report import cells
from wardround.report.blocks import BREAK, DASH, Block, Column, Fold, Inline, Notes, Row, Table, plain, strong
from wardround.report.monitor import names
from wardround.report.numbers import parameter
from wardround.report.words import plural

#: Windows beside each other; older ones are in the history and on the dashboard. Project choice.
WINDOWS = 6
#: Rows of a table that is not folded. Project choice.
ROWS = 12
_STATES = {"too few": "too few", "immature": "immature", "not available": "not available"}

_About = tuple[str, str, str]


def of_rule(watch: WatchView, rule: str, title: str, notes: Notes) -> list[Block]:
    """The table of one rule; rows beyond the first, those that crossed a limit first, are folded."""
    windows = [window.name for window in watch.windows][-WINDOWS:]
    rows: dict[_About, dict[str, SignalView]] = {}
    for item in watch.signals:
        if item.rule == rule and item.window in windows:
            rows.setdefault((item.measure, item.column, item.level), {})[item.window] = item
    if not rows:
        return []
    order = sorted(rows, key=lambda about: _weight(rows[about].values()))
    columns = (Column("Measure"), Column("Tolerated"), *(Column(name, numeric=True) for name in windows))
    telling = [about for about in order if _weight(rows[about].values()) < _NOTHING][:ROWS]
    rest = [about for about in order if about not in telling]
    shown: list[Block] = []
    if telling:
        shown.append(Table(title, columns, tuple(_row(about, rows[about], windows, notes) for about in telling)))
    if rest:
        more = Table(f"{title}, the rest", columns, tuple(_row(about, rows[about], windows, notes) for about in rest))
        shown.append(
            Fold(
                plain(plural(len(rest), "more row") if telling else f"{plural(len(rest), 'row')} without a number"),
                (more,),
            )
        )
    return shown


#: The weight of a row in which no number is shown.
_NOTHING = 1


def _weight(items: Iterable[SignalView]) -> int:
    """Rows that crossed a limit come first, those without a number last."""
    found = tuple(items)
    crossed = sum(item.crossed for item in found)
    return -crossed if crossed else 0 if any(item.estimate.shown for item in found) else _NOTHING


def _row(about: _About, found: dict[str, SignalView], windows: Iterable[str], notes: Notes) -> Row:
    name, column, level = about
    newest = list(found.values())[-1]
    title: Inline = (*plain(names.measure(name)), BREAK, *plain(names.group(column, level)))
    crossed = any(item.crossed for item in found.values())
    return Row(
        (title, plain(_limits(newest)), *(_cell(found.get(window), notes) for window in windows)),
        tone="main" if crossed else "",
    )


def _limits(item: SignalView) -> str:
    low, high = item.low_limit, item.high_limit
    if low is not None and high is not None:
        return f"{parameter(low)} to {parameter(high)}"
    if low is not None:
        return f"at least {parameter(low)}"
    return f"at most {parameter(high)}" if high is not None else DASH


def _cell(item: SignalView | None, notes: Notes) -> Inline:
    if item is None:
        return plain(DASH)
    if item.state != "assessed":
        return plain(_STATES.get(item.state, item.state))
    value = cells.quantity(item.estimate, notes, bold=item.crossed)
    return (*strong("! "), *value) if item.crossed and item.estimate.shown else value
