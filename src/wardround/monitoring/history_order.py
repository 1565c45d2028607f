"""The order in which entries of the history were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.monitoring.history import Entry


def in_order(entries: Mapping[str, Entry]) -> Iterable[tuple[str, Entry]]:
    """Oldest first, parents before children: a clock that was set back does not turn the order around."""
    done: dict[str, Entry] = {}
    waiting = sorted(entries.items(), key=lambda item: (item[1].ran_at, item[0]))
    while waiting:
        later = []
        for path, entry in waiting:
            if all(parent in done for parent in entry.parents):
                done[path] = entry
            else:
                later.append((path, entry))
        if len(later) == len(
            waiting
        ):  # names are digests of content that holds the parents' names, so that no cycle can be made
            done.update(later)
            break
        waiting = later
    return done.items()
