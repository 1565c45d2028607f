"""The gate: rules over evidence. It does no I/O, never raises on evidence, and cannot be passed by silence."""

from wardround.gate.changes import judging_changes
from wardround.gate.engine import judge
from wardround.gate.request import JudgeRequest

__all__ = ["JudgeRequest", "judge", "judging_changes"]
