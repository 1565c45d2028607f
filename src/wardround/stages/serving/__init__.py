"""The stored model: how it is written, how it answers, and how a whole snapshot is scored with it."""

from wardround.stages.serving.scorer import Scorer, load
from wardround.stages.serving.scoring import score_snapshot

__all__ = ["Scorer", "load", "score_snapshot"]
