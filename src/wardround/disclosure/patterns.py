"""How people were shown before: which groups, in which bins. A new publication about them is planned in the same pattern where it can be.

Two publications in one pattern say the same of a model that both show, so that nothing new can be worked out. Where the pattern cannot be
used (another model has a small cell in it), the new one is planned inside it: coarser bins, fewer levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wardround.disclosure.cells import Binning
from wardround.disclosure.earlier import Earlier, People
from wardround.disclosure.published import GroupView


@dataclass(frozen=True)
class Pattern:
    """What one publication shows of one set of people: everybody's bins, those of each shown level by column, and the models."""

    everybody: Binning | None = None
    columns: Mapping[str, Mapping[str, Binning]] = field(default_factory=dict)
    models: frozenset[str] = frozenset()


def patterns(
    earlier: Iterable[Earlier], people: People, models: Sequence[str], edges: tuple[float, ...]
) -> tuple[Pattern, ...]:
    """The patterns in which the people were shown, the one to use first: of the same models; else the one with the most bins.

    Bins that are not on the fine edges of today are no pattern.
    """
    found: list[Pattern] = []
    for publication in earlier:
        tables = [table for table in publication.tables if table.people == people]
        if not tables:
            continue
        views = tables[0].view.groups
        binnings = {view.name: _binning(view, edges) for view in views if view.bins}
        columns: dict[str, dict[str, Binning]] = {}
        for view in views:
            binning = binnings.get(view.name)
            if view.column and binning is not None:
                columns.setdefault(view.column, {})[view.name] = binning
        pattern = Pattern(binnings.get("all"), columns, frozenset(table.model for table in tables))
        if pattern.everybody is not None and None not in binnings.values() and pattern not in found:
            found.append(pattern)
    wanted = frozenset(models)
    return tuple(
        sorted(found, key=lambda item: (item.models != wanted, not item.models & wanted, -len(item.everybody or ())))
    )


def _binning(view: GroupView, edges: tuple[float, ...]) -> Binning | None:
    cuts = (*(item.low for item in view.bins), *(item.high for item in view.bins[-1:]))
    if not set(cuts) <= set(edges):
        return None
    return tuple(edges.index(edge) for edge in cuts)


def nested(one: Binning, other: Binning) -> bool:
    """Whether one of them is made of the other's bins."""
    return set(one) <= set(other) or set(other) <= set(one)
