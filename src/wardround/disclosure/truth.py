"""The true counts in the audit's cells, where every group has a table."""

from __future__ import annotations

from wardround.disclosure.cells import Cells, fine_cells
from wardround.disclosure.knowledge import OTHERS
from wardround.evidence.measures import PopulationMeasures


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
