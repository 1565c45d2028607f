"""The demonstration: the whole loop on this machine, offline. A good change, one that leaks the future, a fork that lies; then to the bedside."""

from wardround.sandbox.demo.images import images_here
from wardround.sandbox.demo.run import Demo, Stage, demonstrate

__all__ = ["Demo", "Stage", "demonstrate", "images_here"]
