"""All figures of a review, by name."""

from __future__ import annotations

from wardround.disclosure.published import Published
from wardround.report import sentences
from wardround.report.figures import calibration, decision_curve, forest, roc
from wardround.report.figures.style import Drawing


def drawings(published: Published) -> dict[str, Drawing]:
    """The figures that can be drawn from what is published, in the order of the report."""
    bound = sentences.margin(published.decision)
    margin = bound.quantity.value if bound is not None and bound.quantity is not None else None
    made = (
        calibration.figure(published),
        roc.figure(published),
        decision_curve.figure(published),
        forest.figure(published, margin),
    )
    return {drawing.name: drawing for drawing in made if drawing is not None}
