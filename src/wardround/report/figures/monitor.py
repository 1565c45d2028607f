"""Figures of the monitor: measures through the windows with intervals and limits, and a heat map of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wardround.disclosure.watched import SignalView, WatchView
from wardround.report.escape import clean
from wardround.report.figures import style
from wardround.report.monitor import names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Measures of everybody that are drawn, at most; inputs and windows of the heat map, at most.
PANELS, INPUTS, WINDOWS = 4, 30, 26
#: Effect sizes of inputs, the first that a look has.
_EFFECTS = ("psi", "js", "ks", "wasserstein")
#: From here on a colour says no more: twice the customary limit of the index (Siddiqi 2006).
_FULL = 0.5


def drawings(watch: WatchView, earlier: tuple[SignalView, ...] = ()) -> dict[str, style.Drawing]:
    """The figures that can be drawn, by the chapter in which they stand."""
    signals = (*earlier, *watch.signals)
    made = (_trend("performance", signals), _trend("outputs", signals), _heat(signals))
    return {drawing.name: drawing for drawing in made if drawing is not None}


def _trend(chapter: str, signals: Sequence[SignalView]) -> style.Drawing | None:
    series: dict[tuple[str, str], list[SignalView]] = {}
    for item in signals:
        if names.chapter(item.rule)[0] == chapter and not item.column and item.estimate.shown:
            series.setdefault((item.rule, item.measure), []).append(item)
    drawn = [
        (measure, sorted(found, key=lambda item: item.window)[-WINDOWS:])
        for (_, measure), found in series.items()
        if len(found) > 1
    ][:PANELS]
    if not drawn:
        return None
    with style.settings(chapter):
        made = style.figure(9.6, 2.3 * len(drawn) + 0.3)
        for axes, (measure, found) in zip(made.subplots(len(drawn), squeeze=False)[:, 0], drawn, strict=True):
            _line(axes, measure, found)
        return style.draw(made, chapter, _alt(drawn))


def _line(axes: Axes, measure: str, found: Sequence[SignalView]) -> None:
    axes.set_title(names.measure(measure))
    places = range(len(found))
    values = [item.estimate.value or 0.0 for item in found]
    for place, item in zip(places, found, strict=True):
        if item.estimate.low is not None and item.estimate.high is not None:
            axes.plot((place, place), (item.estimate.low, item.estimate.high), color=style.HEAD, linewidth=1.4)
    axes.plot(places, values, "-", color=style.HEAD, linewidth=1.2)
    axes.plot(places, values, "o", color=style.HEAD)
    crossed = [(place, value) for place, value, item in zip(places, values, found, strict=True) if item.crossed]
    if crossed:
        axes.plot(*zip(*crossed, strict=True), "D", color=style.WARN, markersize=8, linestyle="none")
    for limit in (found[-1].low_limit, found[-1].high_limit):
        if limit is not None:
            axes.axhline(limit, color=style.WARN, linewidth=1.2, linestyle=(0, (4, 3)))
    step = max(1, len(found) // 9)
    axes.set_xticks(list(places)[::step], [clean(item.window) for item in found[::step]])


def _alt(drawn: Sequence[tuple[str, Sequence[SignalView]]]) -> str:
    said = []
    for measure, found in drawn:
        last = found[-1]
        beyond = sum(item.crossed for item in found)
        said.append(
            f"{names.measure(measure)}: {last.estimate} in the window {last.window}, the last of {len(found)}; beyond a limit in {beyond}."
        )
    return " ".join(said)


def _heat(signals: Sequence[SignalView]) -> style.Drawing | None:
    drift = [item for item in signals if item.rule.startswith("drift.") and item.column and not item.level]
    measure = next((name for name in _EFFECTS if any(item.measure == name for item in drift)), None)
    shown = {(item.column, item.window): item for item in drift if item.measure == measure and item.estimate.shown}
    if measure is None or not shown:
        return None
    windows = sorted({window for _, window in shown})[-WINDOWS:]
    size: dict[str, float] = {}
    for (column, window), item in shown.items():
        if window in windows:
            size[column] = max(size.get(column, 0.0), item.estimate.value or 0.0)
    inputs = sorted(size, key=lambda name: (-size[name], name))[:INPUTS]
    with style.settings("data"):
        made = style.figure(9.6, 1.1 + 0.26 * len(inputs))
        axes = made.subplots()
        axes.set_title(f"{names.measure(measure)} of each input, by window")
        for row, column in enumerate(inputs):
            style.label(axes, row, clean(column)[:26] or "(empty)")
            for place, window in enumerate(windows):
                _mark(axes, place, row, shown.get((column, window)))
        axes.set_xlim(-0.6, len(windows) - 0.4)
        axes.set_ylim(len(inputs) - 0.4, -0.6)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        step = max(1, len(windows) // 8)
        axes.set_xticks(list(range(len(windows)))[::step], [clean(name) for name in windows[::step]])
        moved = [
            column for column in inputs if any(item.crossed for (name, _), item in shown.items() if name == column)
        ]
        said = f"{names.measure(measure)} by input and window; a larger square is a larger change, full size from {_FULL:g} on."
        beyond = f" Beyond a limit: {', '.join(map(clean, moved))}." if moved else " No input is beyond a limit."
        return style.draw(made, "data", said + beyond)


def _mark(axes: Axes, place: int, row: int, item: SignalView | None) -> None:
    """Size and colour both say how far an input moved, and a crossed limit has another shape: no meaning hangs on colour alone."""
    if item is None or item.estimate.value is None:
        axes.plot((place,), (row,), "_", color=style.QUIET, markersize=4)
        return
    share = min(1.0, max(0.0, item.estimate.value) / _FULL)
    colour = style.WARN if item.crossed else style.HEAD
    axes.plot((place,), (row,), "D" if item.crossed else "s", color=colour, markersize=2.5 + 10 * share**0.5)
