"""The processes below one: a service's workers have groups of their own, which a signal to the parent's group does not reach."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")


def below(pid: int) -> dict[int, str]:
    """The living descendants of ``pid`` with the moment at which each began, which tells it from a later one of its number.

    Empty where the system has no ``/proc``.
    """
    parents: dict[int, tuple[int, str]] = {}
    for entry in _PROC.glob("[0-9]*"):
        if told := _told(int(entry.name)):
            parents[int(entry.name)] = told
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        above = waiting.pop()
        children = {
            child: began for child, (parent, began) in parents.items() if parent == above and child not in found
        }
        found |= children
        waiting += children
    return found


def end(family: Mapping[int, str]) -> None:
    """Kills those that are still the ones that :func:`below` saw."""
    for pid, began in family.items():
        told = _told(pid)
        if told is not None and told[1] == began:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _told(pid: int) -> tuple[int, str] | None:
    """Parent and beginning of a process; None when there is none."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), fields[19]
