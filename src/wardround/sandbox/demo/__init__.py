"""The demonstration: a whole loop on this machine, offline. A good change, one that leaks the future, and a fork that lies."""

from wardround.sandbox.demo.run import Demo, Stage, demonstrate

__all__ = ["Demo", "Stage", "demonstrate"]
