"""Small charts of characters, for where no image is shown: intervals on an axis, observed beside predicted risk, bars."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.disclosure.published import CalibrationPoint, DecisionPoint, Quantity
from wardround.report import numbers
from wardround.report.groups import Line

WIDTH = 41
_EIGHTHS = " \u258f\u258e\u258d\u258c\u258b\u258a\u2589"
_FULL = "\u2588"


def bar(value: float, top: float, width: int = 20) -> str:
    """A bar of ``value`` out of ``top``, in eighths of a character."""
    eighths = round(8 * width * min(max(value / top, 0.0), 1.0)) if top > 0 else 0
    whole, part = divmod(eighths, 8)
    return (_FULL * whole + (_EIGHTHS[part] if part else "")).ljust(width)


def on_axis(quantity: Quantity, low: float, high: float, marks: Sequence[tuple[float, str]]) -> str:
    """An interval between ``low`` and ``high``; ``marks`` are values with the character that stands there. Ends that run off are arrows."""
    cells = [" "] * WIDTH

    def place(value: float) -> int:
        return min(max(round((value - low) / (high - low) * (WIDTH - 1)), 0), WIDTH - 1)

    for value, char in marks:
        if low <= value <= high:
            cells[place(value)] = char
    if quantity.low is not None and quantity.high is not None:
        first, last = place(quantity.low), place(quantity.high)
        for index in range(first, last + 1):
            cells[index] = "\u2500"
        cells[first] = "\u25c2" if quantity.low < low else "\u251c"
        cells[last] = "\u25b8" if quantity.high > high else "\u2524"
    if quantity.value is not None:
        cells[place(quantity.value)] = "\u25cf"
    return "".join(cells)


def forest(lines: Sequence[Line], margin: float | None, *, differs: bool) -> tuple[str, ...]:
    """Every group on one axis. For differences the axis is symmetric about zero and the margin is marked."""
    drawn = [line.value for line in lines if line.value is not None]
    known = [limit for value in drawn for limit in (value.value, value.low, value.high) if limit is not None]
    if not known:
        return ()
    if differs:
        reach = min(0.25, max(0.015, 1.5 * (margin or 0), *(abs(value) for value in known)))
        low, high = -reach, reach
        marks = [(0.0, "\u2502")] + ([(-margin, "\u250a")] if margin is not None else [])
    else:
        low, high, marks = min(0.5, *known), max(known), [(0.5, "\u2502")]
    labels = [_label(line) for line in lines]
    width = max(len(label) for label in labels)
    decimals = 3 if high - low < 0.2 else 2
    ends = f"{numbers.number(low, decimals, sign=differs):<{WIDTH // 2}}{numbers.number(high, decimals, sign=differs):>{WIDTH - WIDTH // 2}}"
    if differs:
        ends = ends[: WIDTH // 2] + "0" + ends[WIDTH // 2 + 1 :]
    rows = [f"{'':<{width}}  {ends}"]
    for label, line in zip(labels, lines, strict=True):
        if line.value is None:
            rows.append(f"{label:<{width}}  {'':<{WIDTH}}  {line.word}")
        else:
            axis = on_axis(line.value, low, high, marks)
            rows.append(f"{label:<{width}}  {axis}  {numbers.with_interval(line.value, sign=differs)}")
    if differs and margin is not None:
        rows.append(f"{'':<{width}}  \u2502 no difference   \u250a margin {numbers.parameter(-margin, 3)}")
    return tuple(rows)


def _label(line: Line) -> str:
    text = f"{line.heading}: {line.label}" if line.heading else line.label
    return text if len(text) <= 30 else text[:29] + "\u2026"


def calibration(points: Sequence[CalibrationPoint]) -> tuple[str, ...]:
    """One row a bin: predicted, observed with interval, and the observed share as a bar on which ``◆`` marks the predicted."""
    if not points:
        return ()
    top = max(max(point.observed, point.predicted) for point in points) * 1.05
    rows = ["predicted  observed (95 % interval)   observed \u2588, predicted \u25c6"]
    for point in points:
        drawn = list(bar(point.observed, top, 30))
        drawn[min(29, int(30 * point.predicted / top))] = "\u25c6"
        limits = f"{numbers.number(100 * point.observed_low, 0)} to {numbers.number(100 * point.observed_high, 0)}"
        observed = f"{numbers.percent(point.observed):>5} ({limits})"
        rows.append(f"{numbers.percent(point.predicted):>9}  {observed:<26} {''.join(drawn).rstrip()}")
    return tuple(rows)


def decision(curves: Sequence[tuple[str, Sequence[DecisionPoint]]], declared: Sequence[float]) -> tuple[str, ...]:
    """Net benefit at the declared thresholds: each model, and alerting everybody."""
    at = {
        threshold: [(label, point.model) for label, curve in curves for point in curve if point.threshold == threshold]
        + [
            ("alert everybody", point.everybody)
            for _, curve in curves[:1]
            for point in curve
            if point.threshold == threshold
        ]
        for threshold in declared
    }
    values = [value for entries in at.values() for _, value in entries]
    if not values or max(values) <= 0:
        return ()
    rows: list[str] = []
    for threshold, entries in at.items():
        for place, (label, value) in enumerate(entries):
            head = f"at {numbers.threshold(threshold)}" if place == 0 else ""
            rows.append(
                f"{head:<9}  {label:<16}  {numbers.number(value, 3):>7}  {bar(value, max(values), 24).rstrip()}".rstrip()
            )
    return tuple(rows)
