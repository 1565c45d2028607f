"""Runs a repository's own workflows with act, in host mode: no container engine, no isolation of code.

``Runner(sandbox)`` with ``start()``, ``stop()``, ``idle()``, ``dispatch()`` and ``move_clock()`` is all that others need.
"""

from wardround.sandbox.runner.queue import Runner

__all__ = ["Runner"]
