"""What every part of the evaluation works on: the matrix, the model, the split, and how estimates are made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wardround.compare import Rows, Scored, measure_population, scored, settings_of
from wardround.evidence.measures import Estimate, PopulationMeasures
from wardround.stages.features.reading import Table, read_training_table
from wardround.stages.serving import Scorer, load
from wardround.values import Population, Split

if TYPE_CHECKING:
    from wardround.project.layout import Project
    from wardround.project.params import Params

Floats = NDArray[np.float64]
SPLITS = {Population.NEW_SUBJECTS: (Split.TEST,), Population.ALL_COMERS: (Split.TEST, Split.TEST_SEEN)}


@dataclass(frozen=True)
class Material:
    """One model and the encounters that it is measured on; arrays are in snapshot order."""

    params: Params
    project: Project
    scorer: Scorer
    table: Table
    rows: Rows

    @classmethod
    def read(cls, project: Project) -> Material:
        """Model, features and split of a project. Raises WardroundError when one of them is missing or does not fit."""
        layout = project.layout
        scorer = load(layout.model)
        table = read_training_table(layout, scorer.spec)
        return cls(project.params, project, scorer, table, Rows(layout.snapshot, pq.read_table(layout.split)))

    def sealed(self, probability: Floats) -> Floats:
        """Probabilities without those of the training split: what is not there cannot be measured by mistake."""
        return np.where(self.rows.within(Split.TRAIN), np.nan, probability)

    def measure(self, probability: Floats, population: Population, *, quick: bool = False) -> PopulationMeasures:
        """The measures of probabilities (n,) in one population. ``quick`` takes influence functions whatever params say."""
        encounters = self.encounters(probability, population)
        settings = settings_of(self.params)
        if quick:
            settings = replace(settings, interval="influence")
            encounters = replace(encounters, groupings=())
        return measure_population(population.value, encounters, settings)

    def encounters(self, probability: Floats, population: Population) -> Scored:
        """The scored encounters of a population."""
        mask = self.rows.within(*SPLITS[population])
        return scored(self.rows, (self.sealed(probability),), mask, self.params.evaluate)[0]

    def auroc(self, probability: Floats, at: NDArray[np.int64]) -> Estimate:
        """The AUROC of probabilities (len(at),) on the rows ``at``, with its clustered DeLong interval."""
        encounters = Scored(
            outcome=self.table.outcome[at].astype(np.int8), subject=self.table.subject[at], probability=probability
        )
        settings = replace(settings_of(self.params), interval="influence")
        measured = measure_population("", encounters, settings).groups[0]
        return measured.measures.get("auroc") or Estimate(value=None, note=measured.reason or "not assessed")

    def test_rows(self, most: int | None = None) -> NDArray[np.int64]:
        """Labelled test rows of new subjects, at most ``most`` of them, drawn by the evaluation's seed, in snapshot order."""
        found = self.table.rows(Split.TEST)
        if most is None or len(found) <= most:
            return found
        drawn = np.random.default_rng(self.params.evaluate.seed).choice(found, size=most, replace=False)
        return np.sort(drawn)


def populations(material: Material, probability: Floats, *, quick: bool = False) -> tuple[PopulationMeasures, ...]:
    """Both honest estimates, always."""
    return tuple(material.measure(probability, population, quick=quick) for population in Population)
