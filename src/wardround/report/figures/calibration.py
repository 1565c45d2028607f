"""Calibration: observed against predicted risk by score bin, and how many encounters each bin holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wardround.disclosure.published import GroupView, Published
from wardround.report import numbers, pick, words
from wardround.report.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "calibration"


def figure(published: Published) -> style.Drawing | None:
    """A panel for each population that is shown; None when none has a calibration table."""
    panels = {name: pick.everybody(published, name) for name in pick.POPULATIONS}
    panels = {name: models for name, models in panels.items() if any(group.calibration for group in models.values())}
    if not panels:
        return None
    with style.settings(NAME):
        made = style.figure(9.6 if len(panels) > 1 else 5.6, 5.2)
        grid = made.subplots(
            2, len(panels), squeeze=False, sharex="col", gridspec_kw={"height_ratios": (4, 1), "hspace": 0.02}
        )
        for place, (name, models) in enumerate(panels.items()):
            top = _top(list(models.values()))
            _curve(grid[0][place], models, words.population(name), top)
            _histogram(grid[1][place], models, top)
        return style.draw(made, NAME, alt(panels))


def _top(groups: list[GroupView]) -> float:
    """The end of both axes: the largest number that is drawn, up to the next tenth."""
    drawn = [
        max(point.predicted, min(point.observed_high, 2 * point.observed))
        for group in groups
        for point in group.calibration
    ]
    return min(1.0, math.ceil(10 * max(drawn, default=1.0)) / 10)


def _curve(axes: Axes, models: dict[str, GroupView], title: str, top: float) -> None:
    axes.set_title(title)
    axes.plot((0, top), (0, top), color=style.QUIET, linewidth=1, label="Perfect")
    for role, group in models.items():
        look = style.LOOKS[role]
        predicted = [point.predicted for point in group.calibration]
        observed = [point.observed for point in group.calibration]
        errors = (
            [max(0.0, point.observed - point.observed_low) for point in group.calibration],
            [max(0.0, point.observed_high - point.observed) for point in group.calibration],
        )
        axes.errorbar(
            predicted,
            observed,
            yerr=errors,
            color=look.colour,
            linestyle=look.line,
            marker=look.marker,
            elinewidth=1,
            label=look.label,
        )
    style.share_axis(axes, "x", top, "")
    style.share_axis(axes, "y", top, "Observed share with the event")
    axes.legend(loc="upper left")


def _histogram(axes: Axes, models: dict[str, GroupView], top: float) -> None:
    """How the head's risks are spread: the share of encounters per percentage point, so that wide bins do not look full."""
    group = models.get("head") or next(iter(models.values()))
    total = sum(item.n for item in group.bins)
    shown = [item for item in group.bins if item.low < top]
    widths = [min(item.high, top) - item.low for item in shown]
    heights = [item.n / total / (100 * (item.high - item.low)) for item in shown] if total else []
    axes.bar(
        [item.low for item in shown], heights, widths, align="edge", color=style.HEAD, alpha=0.45, edgecolor=style.PAPER
    )
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    style.share_axis(axes, "x", top, "Predicted risk")


def alt(panels: dict[str, dict[str, GroupView]]) -> str:
    """The figure in words: for each population and model, predicted and observed risk in each bin."""
    said = []
    for population, models in panels.items():
        for role, group in reversed(models.items()):
            pairs = ", ".join(
                f"{numbers.percent(point.predicted)} predicted {numbers.percent(point.observed)} observed"
                for point in group.calibration
            )
            said.append(f"{words.population(population)}, {words.ROLES[role]}: {pairs}.")
    return "Calibration: observed against predicted risk by score bin. " + " ".join(said)
