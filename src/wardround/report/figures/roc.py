"""ROC and precision-recall curves of new patients, from the published score table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.disclosure.published import GroupView, Published
from wardround.report import numbers, pick, words
from wardround.report.figures import style
from wardround.values import Population

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "roc"


@dataclass(frozen=True)
class Recall:
    """Recall and precision when everybody at or above ``threshold`` is alerted."""

    threshold: float
    recall: float
    precision: float


def precision_recall(group: GroupView) -> tuple[Recall, ...]:
    """From the highest threshold down; bins are those of the published table, which is all that may be known."""
    events = sum(item.events for item in group.bins)
    true, false, points = 0, 0, []
    for item in reversed(group.bins):
        true, false = true + item.events, false + item.non_events
        if events and true + false:
            points.append(Recall(item.low, true / events, true / (true + false)))
    return tuple(points)


def figure(published: Published) -> style.Drawing | None:
    """ROC beside precision-recall; None when there is no table."""
    models = {
        role: group for role, group in pick.everybody(published, Population.NEW_SUBJECTS.value).items() if group.roc
    }
    if not models:
        return None
    operating = published.thresholds[0] if published.thresholds else None
    with style.settings(NAME):
        made = style.figure(9.6, 4.7)
        left, right = made.subplots(1, 2)
        _roc(left, models, operating)
        _recall(right, models, operating)
        return style.draw(made, NAME, alt(models, operating))


def _roc(axes: Axes, models: dict[str, GroupView], operating: float | None) -> None:
    axes.set_title("ROC, new patients")
    axes.plot((0, 1), (0, 1), color=style.QUIET, linewidth=1, label="Guessing")
    for role, group in models.items():
        look = style.LOOKS[role]
        points = sorted(((point.false_positive, point.true_positive) for point in group.roc), key=lambda point: point)
        points = [(0.0, 0.0), *points, (1.0, 1.0)]
        axes.plot(
            *zip(*points, strict=True),
            color=look.colour,
            linestyle=look.line,
            label=_label(role, group, "auroc", "AUROC"),
        )
        for point in group.roc:
            if point.threshold == operating:
                axes.plot(point.false_positive, point.true_positive, look.marker, color=look.colour, markersize=8)
    style.share_axis(axes, "x", 1, f"False-positive share (1 {numbers.MINUS} specificity)")
    style.share_axis(axes, "y", 1, "Sensitivity")
    axes.set_box_aspect(1)
    axes.legend(loc="lower right")


def _recall(axes: Axes, models: dict[str, GroupView], operating: float | None) -> None:
    axes.set_title("Precision and recall, new patients")
    top = 0.0
    for role, group in models.items():
        look = style.LOOKS[role]
        points = precision_recall(group)
        top = max(top, *(point.precision for point in points))
        axes.plot(
            [point.recall for point in points],
            [point.precision for point in points],
            color=look.colour,
            linestyle=look.line,
            label=_label(role, group, "auprc", "AUPRC"),
        )
        for point in points:
            if point.threshold == operating:
                axes.plot(point.recall, point.precision, look.marker, color=look.colour, markersize=8)
    rate = _rate(next(iter(models.values())))
    axes.axhline(rate, color=style.QUIET, linewidth=1, label=f"Guessing: event rate {numbers.percent(rate)}")
    style.share_axis(axes, "x", 1, "Recall (sensitivity)")
    style.share_axis(axes, "y", min(1.0, 1.25 * top), "Precision (positive predictive value)")
    axes.set_box_aspect(1)
    axes.legend(loc="upper right")


def _rate(group: GroupView) -> float:
    total = sum(item.n for item in group.bins)
    return sum(item.events for item in group.bins) / total if total else 0.0


def _label(role: str, group: GroupView, measure: str, name: str) -> str:
    found = group.measures.get(measure)
    number = f", {name} {numbers.point(found)}" if found is not None and found.shown else ""
    return f"{style.LOOKS[role].label}{number}"


def alt(models: dict[str, GroupView], operating: float | None) -> str:
    """The figure in words: areas, and where the operating threshold lies."""
    said = []
    for role, group in reversed(models.items()):
        parts = [
            f"{title} {numbers.with_interval(found)}"
            for key, title in (("auroc", "AUROC"), ("auprc", "AUPRC"))
            if (found := group.measures.get(key)) is not None and found.shown
        ]
        parts += [
            f"at {numbers.threshold(point.threshold)} sensitivity {numbers.percent(point.true_positive)} "
            f"with {numbers.percent(point.false_positive)} false positives"
            for point in group.roc
            if point.threshold == operating
        ]
        said.append(f"{words.ROLES[role].capitalize()}: {', '.join(parts)}.")
    return "ROC and precision-recall curves of new patients. " + " ".join(said)
