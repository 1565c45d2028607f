"""The tune stage: a search over hyper-parameters on training data only; off by default."""

from wardround.stages.tune.running import run

__all__ = ["run"]
