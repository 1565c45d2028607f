"""Retraining: what an alarm asks for, and the cheapest fix that suffices. Pure: nothing here reads, writes or proposes."""

from wardround.monitoring.retraining.deciding import Answer, answer_to
from wardround.monitoring.retraining.ladder import Climb, LadderRequest, climb
from wardround.monitoring.retraining.limits import Limits, limits_of
from wardround.monitoring.retraining.rows import Half, halves

__all__ = ["Answer", "Climb", "Half", "LadderRequest", "Limits", "answer_to", "climb", "halves", "limits_of"]
