"""The outcome in one word or two: how the head stands against everything that it was compared with."""

from __future__ import annotations

from wardround.evidence.comparison import Comparison
from wardround.gate.freshness import unusable
from wardround.gate.noninferiority import Assessment, Standing, assess
from wardround.gate.request import JudgeRequest


def headline(request: JudgeRequest) -> str:
    """One of ``baseline``, ``unchanged``, ``superior``, ``non-inferior``, ``inferior``, ``underpowered``, ``not compared``.

    *Superior* is said when the head is superior to the base on each of its test sets and nowhere worse than non-inferior.
    Never raises: what cannot be read was not compared.
    """
    if request.baseline:
        return "baseline"
    comparison = request.comparison.value
    if unusable("comparison", request) or not isinstance(comparison, Comparison):
        return Standing.NOT_COMPARED.value
    return together(assessments(comparison, request)).value


def assessments(comparison: Comparison, request: JudgeRequest) -> list[Assessment]:
    """The standing in every comparison, in the order of the evidence."""
    return [assess(item, request.base_params.gate.non_inferiority) for item in comparison.against]


def together(assessed: list[Assessment]) -> Standing:
    """All standings as one: the worst news first."""
    standings = [item.standing for item in assessed]
    versus_base = [item.standing for item in assessed if item.against.reference == "base"]
    if not versus_base:
        return Standing.NOT_COMPARED
    for bad in (Standing.INFERIOR, Standing.NOT_COMPARED, Standing.UNDERPOWERED):
        if bad in standings:
            return bad
    if all(standing is Standing.UNCHANGED for standing in versus_base):
        return Standing.UNCHANGED
    if all(standing is Standing.SUPERIOR for standing in versus_base):
        return Standing.SUPERIOR
    return Standing.NON_INFERIOR
