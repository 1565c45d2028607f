"""The true world in the audit's variables: a start that is allowed, if every group has a table."""

from __future__ import annotations

import numpy as np

from wardround.disclosure.cells import Cells, fine_cells
from wardround.disclosure.knowledge import OTHERS, Knowledge
from wardround.disclosure.program import World
from wardround.disclosure.sources import Source
from wardround.evidence.measures import PopulationMeasures


def world(known: Knowledge, sources: tuple[Source, ...], edges: tuple[float, ...]) -> World | None:
    """The exact counts by the variables' numbers; None when a group lacks a table on these edges."""
    models: dict[tuple[str, str], PopulationMeasures] = {
        (f"{source.place}/{source.population}", role): measures
        for source in sources
        for role, measures in source.models.items()
    }
    # a second reference on the same encounters is under the first one's name
    for source in sources:
        for other in sources:
            if other.cohort == source.cohort:
                for role, measures in other.models.items():
                    models.setdefault((f"{source.place}/{source.population}", role), measures)
    if not set(known.edges) <= set(edges):
        return None
    cuts = [edges.index(edge) for edge in known.edges[:-1]]
    found: World = np.zeros(known.program.variables)
    for (cohort, role, name), outcomes in known.people.items():
        cells = cells_of(models.get((cohort, role)), name, edges)
        if cells is None:
            return None
        merged = np.add.reduceat(cells, cuts, axis=1)
        for outcome in (0, 1):
            found[outcomes[outcome]] = merged[outcome]
    return found


def cells_of(measures: PopulationMeasures | None, name: str, edges: tuple[float, ...]) -> Cells | None:
    """The exact cells of a group, or of those who are at no declared level of its column; None where they are not known."""
    if measures is None:
        return None
    column, _, level = name.partition("=")
    if level != OTHERS:
        group = measures.group(name)
        return fine_cells(group, edges) if group is not None else None
    everybody = cells_of(measures, "all", edges)
    levels = [fine_cells(group, edges) for group in measures.groups if group.column == column]
    if everybody is None or any(cells is None for cells in levels):
        return None
    rest: Cells = everybody - sum(cells for cells in levels if cells is not None)
    return rest
