"""The exact cells of one set of encounters, by model and group: what a plan is made on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wardround.disclosure.cells import Cells, fine_cells
from wardround.evidence.measures import GroupMeasures, PopulationMeasures

EVERYBODY = "all"


@dataclass(frozen=True)
class CohortCells:
    """One set of encounters: cells by model and group name, and the levels by column."""

    name: str
    models: Mapping[str, Mapping[str, Cells]]
    groups: Mapping[str, GroupMeasures]

    @property
    def roles(self) -> tuple[str, ...]:
        """The models that were scored on it."""
        return tuple(self.models)

    def everybody(self, role: str) -> Cells | None:
        """All encounters of the cohort, by that model."""
        return self.models[role].get(EVERYBODY)


def cohort_cells(name: str, models: Mapping[str, PopulationMeasures], edges: tuple[float, ...]) -> CohortCells:
    """Reads the cells of every model and group. Groups that the models do not agree on (n, events) have none."""
    first = next(iter(models.values()))
    groups = {group.name: group for group in first.groups}
    read: dict[str, dict[str, Cells]] = {role: {} for role in models}
    for group in groups.values():
        found = {role: fine_cells(other, edges) for role, m in models.items() if (other := m.group(group.name))}
        whole_group = [cells for cells in found.values() if cells is not None]
        if len(whole_group) == len(models) and all(
            (cells.sum(axis=1) == whole_group[0].sum(axis=1)).all() for cells in whole_group
        ):
            for role, cells in found.items():
                assert cells is not None
                read[role][group.name] = cells
    return CohortCells(name, read, groups)
