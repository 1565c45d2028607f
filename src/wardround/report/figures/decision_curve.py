"""Decision curve: net benefit over thresholds, beside alerting everybody and nobody (Vickers and Elkin 2006)."""

from __future__ import annotations

from wardround.disclosure.published import DecisionPoint, GroupView, Published
from wardround.report import numbers, pick, words
from wardround.report.figures import style
from wardround.values import Population

NAME = "decision-curve"


def figure(published: Published) -> style.Drawing | None:
    """New patients; None when there is no curve."""
    found = pick.everybody(published, Population.NEW_SUBJECTS.value)
    models = {role: group for role, group in found.items() if group.decision_curve}
    if not models:
        return None
    declared = sorted(published.thresholds)
    with style.settings(NAME):
        made = style.figure(9.6, 4.4)
        axes = made.subplots()
        axes.set_title("Net benefit, new patients")
        curve = _of_everybody(models)
        top = max(point.model for group in models.values() for point in group.decision_curve)
        top = max(top, *(point.everybody for point in curve), 0.001)
        right = max(point.threshold for point in curve)
        for threshold in declared:
            axes.axvline(threshold, color=style.RULE, linewidth=1.6)
        axes.plot((0, 1), (0, 0), color=style.QUIET, linewidth=1, label="Alert nobody")
        axes.plot(
            [point.threshold for point in curve],
            [point.everybody for point in curve],
            color=style.QUIET,
            linestyle=(0, (3, 1, 1, 1)),
            linewidth=1.3,
            label="Alert everybody",
        )
        for role, group in models.items():
            look = style.LOOKS[role]
            axes.plot(
                [point.threshold for point in group.decision_curve],
                [point.model for point in group.decision_curve],
                color=look.colour,
                linestyle=look.line,
                marker=look.marker,
                label=look.label,
            )
        style.share_axis(
            axes, "x", min(1.0, 1.04 * right), "Threshold probability (grey lines: the declared thresholds)"
        )
        axes.set_ylim(-0.3 * top, 1.15 * top)
        axes.set_ylabel("Net benefit")
        axes.legend(loc="upper right")
        return style.draw(made, NAME, alt(models, declared))


def _of_everybody(models: dict[str, GroupView]) -> tuple[DecisionPoint, ...]:
    """The curve that says what alerting everybody gives: the head's. Each model's own bins are merged in their own way."""
    return (models.get("head") or next(iter(models.values()))).decision_curve


def alt(models: dict[str, GroupView], declared: list[float]) -> str:
    """The figure in words: net benefit of each model at each declared threshold that is shown."""
    said = []
    for role, group in reversed(models.items()):
        at = [
            f"{numbers.number(point.model, 3)} at {numbers.threshold(point.threshold)}"
            for point in group.decision_curve
            if point.threshold in declared
        ]
        said.append(
            f"{words.ROLES[role].capitalize()}: net benefit {', '.join(at) or 'not shown at the declared thresholds'}."
        )
    everybody = [
        f"{numbers.number(point.everybody, 3)} at {numbers.threshold(point.threshold)}"
        for point in _of_everybody(models)
        if point.threshold in declared
    ]
    return f"Decision curve of new patients. {' '.join(said)} Alerting everybody: {', '.join(everybody) or 'not shown'}; nobody: 0."
