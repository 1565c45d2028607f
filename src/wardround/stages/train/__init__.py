"""The train stage: the team's model, honest probabilities, two forms that must agree, and golden encounters."""

from wardround.stages.train.running import run

__all__ = ["run"]
