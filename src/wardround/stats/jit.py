"""Compiled kernels: numba without the interpreter lock, cached on disk where that is possible."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compiles a function at its first call; on a read-only installation without a writable cache, uncached.

    Kernels release the interpreter lock and hold no parallel loops of their own: callers run them in threads, so that
    no threading layer is started (OpenMP's does not survive a fork) and no result depends on the number of threads.
    """
    try:
        return cast("F", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # numba finds no place where it may write its cache
        return cast("F", numba.njit(nogil=True)(function))


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
