"""Forest plot: the difference in AUROC in every group, with its interval and the margin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.disclosure.published import Published
from wardround.report import numbers, words
from wardround.report.escape import clean
from wardround.report.figures import style
from wardround.report.groups import Line, compares, lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "subgroups"
#: Rows that one figure holds legibly; the table below it has all.
MOST = 40
#: Characters of a label.
LONGEST = 26
#: The axis of differences ends here at the latest; intervals that are wider run off its end.
FARTHEST = 0.25


def figure(published: Published, margin: float | None) -> style.Drawing | None:
    """None when fewer than two groups can be drawn."""
    found = lines(published)[:MOST]
    drawn = [line for line in found if line.value is not None]
    if len(drawn) < 2:
        return None
    differs = compares(published)
    rows = _rows(found)
    with style.settings(NAME):
        made = style.figure(9.6, 1.25 + 0.27 * len(rows))
        axes = made.subplots()
        axes.set_title(
            f"{'Difference in AUROC' if differs else 'AUROC'} by group, new patients",
            pad=24 if margin is not None and differs else 10,
        )
        _lines_of_reference(axes, margin, differs=differs)
        for place, (label, line) in enumerate(rows):
            bold = line is None or line.label == "Everybody"
            style.label(axes, place, label, weight="bold" if bold else "normal")
            if line is not None:
                _draw(axes, place, line, differs=differs)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        _limit(axes, drawn, margin, differs=differs)
        axes.set_yticks([])
        axes.grid(visible=True, axis="x")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("New model less current model; right is better" if differs else "AUROC of the new model")
        return style.draw(made, NAME, alt(published))


def _rows(found: tuple[Line, ...]) -> list[tuple[str, Line | None]]:
    rows: list[tuple[str, Line | None]] = []
    heading = ""
    for line in found:
        if line.heading != heading:
            heading = line.heading
            rows.append((_cut(words.column(heading)), None))
        rows.append((_cut(line.label), line))
    return rows


def _cut(label: str) -> str:
    text = clean(label) or "(empty)"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "\u2026"


def _lines_of_reference(axes: Axes, margin: float | None, *, differs: bool) -> None:
    if not differs:
        axes.axvline(0.5, color=style.QUIET, linewidth=1)
        return
    axes.axvline(0, color=style.QUIET, linewidth=1)
    if margin is not None:
        axes.axvline(-margin, color=style.WARN, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.annotate(
            f"margin {numbers.parameter(-margin, 3)}",
            (-margin, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            color=style.WARN,
            fontsize=9.5,
        )


def _draw(axes: Axes, place: int, line: Line, *, differs: bool) -> None:
    said = line.word
    value = line.value
    if value is not None and value.value is not None:
        everybody = line.label == "Everybody" and not line.heading
        if value.low is not None and value.high is not None:
            axes.plot((value.low, value.high), (place, place), color=style.HEAD, linewidth=2.6 if everybody else 1.6)
        axes.plot(
            (value.value,), (place,), "D" if everybody else "o", color=style.HEAD, markersize=8 if everybody else 6
        )
        said = numbers.with_interval(value, sign=differs)
    colour = style.INK if line.value is not None else style.QUIET
    style.label(axes, place, said, ha="left", color=colour)


def _limit(axes: Axes, drawn: list[Line], margin: float | None, *, differs: bool) -> None:
    """Room for every interval, but for differences no farther than is worth reading: wide ones run off."""
    values = [limit for line in drawn if line.value for limit in (line.value.value, line.value.low, line.value.high)]
    known = [value for value in values if value is not None]
    if not differs:
        axes.set_xlim(min(0.48, *known) - 0.01, max(known) + 0.02)
        return
    reach = min(FARTHEST, 1.08 * max(0.015, 1.5 * (margin or 0), *(abs(value) for value in known)))
    axes.set_xlim(-reach, reach)


def alt(published: Published) -> str:
    """The figure in words: each group with its number and interval, or why there is none."""
    differs = compares(published)
    said = []
    for line in lines(published)[:MOST]:
        name = f"{words.column(line.heading)} {line.label}" if line.heading else line.label
        said.append(f"{name}: {numbers.with_interval(line.value, sign=differs) if line.value else line.word}.")
    subject = "Difference in AUROC, new model less current model," if differs else "AUROC of the new model"
    return f"{subject} by group of new patients, with 95 % intervals. {' '.join(said)}"
