"""Whether evidence may be used: it is there, it is well formed, and it was made from what this revision holds."""

from __future__ import annotations

from typing import Any

from wardround.evidence.comparison import Comparison
from wardround.gate.facts import CONFIDENCE
from wardround.gate.request import EVIDENCE, JudgeRequest


def unusable(name: str, request: JudgeRequest) -> str:
    """Why the evidence ``name`` must not be used; empty when it may be."""
    reading = request.reading(name)
    if reading.value is None:
        return reading.reason or "it is missing"
    if reason := request.stale.get(name, ""):
        return f"it is stale: {reason}"
    return (
        _other_digest(reading.value, request)
        or _other_data(reading.value, request)
        or _other_comparison(reading.value, request)
    )


def _other_digest(value: Any, request: JudgeRequest) -> str:
    """Evidence that says what it was made from (``model_digest`` and the like) must name what this revision has."""
    for what, wanted in request.digests.items():
        recorded = getattr(value, f"{what}_digest", "")
        if wanted and recorded and recorded != wanted:
            return f"it is stale: it was made from another {what} than this revision has"
    return ""


def _other_data(value: Any, request: JudgeRequest) -> str:
    """Features and training must have seen the same snapshot; where they disagree, neither can be trusted."""
    own = getattr(value, "data_digest", "")
    for name in EVIDENCE:
        other = getattr(request.reading(name).value, "data_digest", "")
        if own and other and own != other:
            return f"it is stale, or the {name} evidence is: they were made from different data"
    return ""


def _other_comparison(value: Any, request: JudgeRequest) -> str:
    if not isinstance(value, Comparison):
        return ""
    if value.head_commit != request.head_commit:
        return "it is stale: it compares another head commit"
    if value.baseline != request.baseline:
        return "it disagrees with the review about whether this is the first version"
    if value.confidence != CONFIDENCE:
        return "its intervals are not at 95 %"
    wanted = {"base": request.base_commit, "anchor": request.anchor_commit}
    if any(item.commit != wanted.get(item.reference, "") for item in value.against):
        return "it is stale: it compares with another base or anchor commit"
    return ""
