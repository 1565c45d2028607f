"""Charts through time as SVG in the page's own colours: lines with intervals, limits and marks of releases. Text in, text out."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wardround.disclosure.watched import SignalView
from wardround.report.escape import in_html
from wardround.report.monitor import names

WIDTH, HEIGHT = 520, 200
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 14, 28
#: With more windows than this, points are drawn small.
_MANY = 60


@dataclass(frozen=True)
class Mark:
    """Something that happened: ``text`` at ``day``."""

    day: dt.date
    text: str


@dataclass(frozen=True)
class Axis:
    """From values to a coordinate."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of a value, within the axis."""
        span = (self.high - self.low) or 1.0
        share = min(max((value - self.low) / span, 0.0), 1.0)
        return round(self.start + share * (self.end - self.start), 1)


def days(signals: Iterable[SignalView]) -> list[int]:
    """The windows' first days as ordinals; windows are named by them."""
    return [day.toordinal() for item in signals if (day := day_of(item.window)) is not None]


def day_of(window: str) -> dt.date | None:
    """The first day of a window by its name."""
    try:
        return dt.date.fromisoformat(window)
    except ValueError:
        return None


def line(series: Sequence[SignalView], marks: Sequence[Mark]) -> str:
    """One measure through its windows. The same stands in words in its label, and in the table below."""
    shown = [(day, item) for item in series if item.estimate.shown and (day := day_of(item.window)) is not None]
    if not shown:
        return ""
    first, last = shown[0][0].toordinal(), shown[-1][0].toordinal()
    x = Axis(first, last if last > first else first + 1, LEFT, WIDTH - RIGHT)
    y = _scale(series)
    parts = [*_grid(y), *_months(x), *_limits(shown[-1][1], y), *_marks(marks, x)]
    upper = [f"{x.at(day.toordinal())},{y.at(_high(item))}" for day, item in shown]
    lower = [f"{x.at(day.toordinal())},{y.at(_low(item))}" for day, item in shown]
    path = " ".join(f"{x.at(day.toordinal())},{y.at(item.estimate.value or 0)}" for day, item in shown)
    parts.append(f"<polygon class='band' points='{' '.join((*upper, *reversed(lower)))}'/>")
    parts.append(f"<polyline class='trend' points='{path}'/>")
    size = 1.5 if len(shown) > _MANY else 2.6
    parts += (_point(item, x.at(day.toordinal()), y.at(item.estimate.value or 0), size) for day, item in shown)
    return (
        f"<svg role='img' aria-label='{in_html(label(series))}' viewBox='0 0 {WIDTH} {HEIGHT}' class='chart'>"
        + "".join(parts)
        + "</svg>"
    )


def label(series: Sequence[SignalView]) -> str:
    """The chart in words."""
    shown = [item for item in series if item.estimate.shown]
    name, beyond = names.measure(series[-1].measure), sum(item.crossed for item in shown)
    if not shown:
        return f"{name}: no window shows a number."
    newest = shown[-1]
    return (
        f"{name} in {len(shown)} windows from {shown[0].window} to {newest.window}; newest {newest.estimate}; "
        f"beyond what is tolerated in {beyond}."
    )


def _low(item: SignalView) -> float:
    return item.estimate.low if item.estimate.low is not None else item.estimate.value or 0.0


def _high(item: SignalView) -> float:
    return item.estimate.high if item.estimate.high is not None else item.estimate.value or 0.0


def _scale(series: Sequence[SignalView]) -> Axis:
    """Room for all estimates, for intervals up to twice their range, and for the newest limits."""
    values = [item.estimate.value for item in series if item.estimate.value is not None]
    low, high = min(values), max(values)
    room = max(high - low, abs(high) * 0.05, 1e-6)
    ends = [max(low - room, min(_low(item) for item in series if item.estimate.shown))]
    ends.append(min(high + room, max(_high(item) for item in series if item.estimate.shown)))
    ends += (limit for limit in (series[-1].low_limit, series[-1].high_limit) if limit is not None)
    low, high = min(low, *ends), max(high, *ends)
    extra = (high - low) * 0.06 or 0.5
    return Axis(low - extra, high + extra, HEIGHT - BOTTOM, TOP)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two others."""
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= most)
    first = math.ceil(low / step)
    return [round(place * step, 10) for place in range(first, math.floor(high / step) + 1)]


def _grid(y: Axis) -> Iterable[str]:
    for value in ticks(y.low, y.high):
        at = y.at(value)
        yield f"<line class='grid' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{at}' y2='{at}'/>"
        yield f"<text x='{LEFT - 8}' y='{at + 4}' text-anchor='end'>{value:g}</text>"


def _months(x: Axis) -> Iterable[str]:
    first, last = dt.date.fromordinal(int(x.low)), dt.date.fromordinal(int(x.high))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = max(1, math.ceil(months / 6))
    for number in range(0, months + 1, step):
        year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
        day = dt.date(year, month + 1, 1)
        if first <= day <= last and x.at(day.toordinal()) < WIDTH - 60:
            yield f"<text x='{x.at(day.toordinal())}' y='{HEIGHT - 8}'>{day:%Y-%m}</text>"
    if months < 3:
        yield f"<text x='{LEFT}' y='{HEIGHT - 8}'>{first}</text>"


def _limits(newest: SignalView, y: Axis) -> Iterable[str]:
    for limit in (newest.low_limit, newest.high_limit):
        if limit is not None:
            at = y.at(limit)
            yield f"<line class='limit' x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{at}' y2='{at}'><title>tolerated: {limit:g}</title></line>"


def _marks(marks: Sequence[Mark], x: Axis) -> Iterable[str]:
    for mark in marks:
        day = mark.day.toordinal()
        if x.low <= day <= x.high:
            at = x.at(day)
            side = "end" if at > WIDTH - 90 else "start"
            near = at - 4 if side == "end" else at + 4
            yield f"<line class='mark' x1='{at}' x2='{at}' y1='{TOP}' y2='{HEIGHT - BOTTOM}'/>"
            yield f"<text class='mark' x='{near}' y='{TOP + 8}' text-anchor='{side}'>{in_html(mark.text)}</text>"


def _point(item: SignalView, x: float, y: float, size: float) -> str:
    said = f"<title>{in_html(item.window)}: {in_html(str(item.estimate))}{', beyond what is tolerated' if item.crossed else ''}</title>"
    if item.crossed:
        return f"<path class='crossed' d='M{x} {y - 5}l5 5-5 5-5-5z'>{said}</path>"
    return f"<circle cx='{x}' cy='{y}' r='{size}'>{said}</circle>"


def spark(series: Sequence[SignalView]) -> str:
    """A small line without axes, for a cell of a table."""
    shown = [item for item in series if item.estimate.value is not None][-52:]
    if len(shown) < 2:
        return ""
    values = [item.estimate.value or 0.0 for item in shown]
    x, y = Axis(0, len(shown) - 1, 2, 118), Axis(min(values), max(values), 22, 3)
    path = " ".join(f"{x.at(place)},{y.at(value)}" for place, value in enumerate(values))
    end = f"<circle cx='{x.at(len(values) - 1)}' cy='{y.at(values[-1])}' r='2.4'/>"
    return f"<svg role='img' aria-label='{in_html(label(shown))}' viewBox='0 0 120 25' class='spark'><polyline class='trend' points='{path}'/>{end}</svg>"
