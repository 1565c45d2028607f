"""The features stage: the team's pandas functions on whole subjects, checked, probed for knowledge of the future, and encoded."""

from wardround.stages.features.assembling import assemble
from wardround.stages.features.categories import category
from wardround.stages.features.running import run
from wardround.stages.features.spec import FeatureSpec, encode

__all__ = ["FeatureSpec", "assemble", "category", "encode", "run"]
