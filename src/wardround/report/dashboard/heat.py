"""How far each input moved, week by week, as a map: strength by shade, a crossed limit by a mark as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wardround.disclosure.watched import SignalView
from wardround.report.escape import clean, in_html
from wardround.report.monitor import names

#: Inputs of one map; the others moved less.
MOST = 30
#: Lower ends of the shades: halves of the customary limits of the stability index, 0.1 and 0.25 (Siddiqi 2006).
STEPS = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5)
_LEFT, _ROW, _TOP = 190, 18, 22
_WIDTH = 960


def effect(signals: Sequence[SignalView]) -> str:
    """The effect size that the map shows: the first of those that there are."""
    measures = {item.measure for item in signals if item.rule == "drift.feature" and not item.level}
    return next((name for name in ("psi", "js", "ks", "wasserstein") if name in measures), "")


def heat(signals: Sequence[SignalView]) -> str:
    """The map; empty where nothing can be shown."""
    measure, cells = effect(signals), _cells(signals)
    if not cells:
        return ""
    windows = sorted({window for _, window in cells})
    size: dict[str, float] = {}
    for (column, _), item in cells.items():
        size[column] = max(size.get(column, 0.0), item.estimate.value or 0.0)
    inputs = sorted(size, key=lambda name: (-size[name], name))[:MOST]
    width = (_WIDTH - _LEFT) / len(windows)
    told = [in_html(window) for window in windows]
    parts = list(_years(windows, width))
    for row, column in enumerate(inputs):
        y = _TOP + row * _ROW
        parts.append(f"<text x='{_LEFT - 8}' y='{y + 13}' text-anchor='end'>{in_html(_cut(column))}</text>")
        title = in_html(column)
        for place, window in enumerate(windows):
            found = cells.get((column, window))
            if found is not None:
                said = f"{title}, {told[place]}: {found.estimate}"
                parts.append(_cell(found, said, (round(_LEFT + place * width, 2), y), round(max(width - 0.6, 0.8), 2)))
    height = _TOP + len(inputs) * _ROW + 4
    said = f"{names.measure(measure)} of {len(inputs)} inputs in {len(windows)} windows. {moved(cells.values())} {left_out(signals)}".strip()
    return f"<svg role='img' aria-label='{in_html(said)}' viewBox='0 0 {_WIDTH} {height}' class='heat'>{''.join(parts)}</svg>"


def _cells(signals: Sequence[SignalView]) -> dict[tuple[str, str], SignalView]:
    measure = effect(signals)
    return {
        (item.column, item.window): item
        for item in signals
        if item.rule == "drift.feature" and item.measure == measure and not item.level and item.estimate.shown
    }


def left_out(signals: Sequence[SignalView]) -> str:
    """How many inputs the map has no row for, in words; empty when it has all."""
    rest = len({column for column, _ in _cells(signals)}) - MOST
    return f"{rest} more inputs moved less, and have no row here." if rest > 0 else ""


def moved(signals: Iterable[SignalView]) -> str:
    """Which inputs crossed a limit, in words."""
    found = list(dict.fromkeys(item.column for item in signals if item.crossed))
    return (
        f"Beyond what is tolerated: {', '.join(map(clean, found))}." if found else "None is beyond what is tolerated."
    )


def _cut(name: str) -> str:
    text = clean(name) or "(empty)"
    return text if len(text) <= 26 else f"{text[:25]}\u2026"


def _years(windows: Sequence[str], width: float) -> list[str]:
    step = max(1, round(90 / width))
    return [
        f"<text x='{round(_LEFT + place * width, 1)}' y='14'>{in_html(windows[place])}</text>"
        for place in range(0, len(windows), step)
        if _LEFT + place * width < _WIDTH - 70
    ]


def _cell(item: SignalView, said: str, place: tuple[float, int], width: float) -> str:
    """A square; ``said`` is its title as HTML, ``place`` its upper left corner."""
    value, (x, y) = item.estimate.value or 0.0, place
    shade = max(sum(value >= step for step in STEPS) - 1, 0)
    title = f"<title>{said}</title>"
    if not item.crossed:
        return f"<rect class='h{shade}' x='{x}' y='{y}' width='{width}' height='{_ROW - 2}'>{title}</rect>"
    return (
        f"<rect class='h{shade} x' x='{x}' y='{y}' width='{width}' height='{_ROW - 2}'>{title}</rect>"
        f"<path class='cross' d='M{x} {y + _ROW - 2}L{round(x + width, 2)} {y}'/>"
    )
