"""What became of the patients of whom the service answered: outcomes joined to the log, and what they say of the model."""

from wardround.monitoring.outcomes.looking import look
from wardround.monitoring.outcomes.request import OutcomeLook, OutcomeRequest

__all__ = ["OutcomeLook", "OutcomeRequest", "look"]
