"""Evaluate: how well the model predicts on encounters that it has not seen, with intervals, by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wardround.compare import Rows, measure_population, scored, settings_of
from wardround.evidence.measures import Metrics, PopulationMeasures
from wardround.files import replacing
from wardround.stages.serving import score_snapshot
from wardround.values import Population, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wardround.project.layout import Project


def run(project: Project) -> Metrics:
    """Scores every encounter but the training ones and measures both populations.

    Writes ``data/scores.parquet`` and ``reports/metrics.json``. Raises a WardroundError when model or features are missing.
    """
    layout, params = project.layout, project.params
    rows = Rows(layout.snapshot, pq.read_table(layout.split))
    probability = _score(project, rows)
    metrics = Metrics(
        thresholds=params.evaluate.thresholds,
        populations=tuple(_measure(project, rows, probability, name) for name in Population),
    )
    metrics.write(layout.evidence("metrics"))
    return metrics


def _score(project: Project, rows: Rows) -> NDArray[np.float64]:
    layout = project.layout
    with replacing(layout.root / ".evaluate-scores.parquet") as temporary:
        score_snapshot(layout.root, layout.snapshot, temporary)
        found = np.asarray(pq.read_table(temporary, columns=["probability"]).column(0).to_numpy(), dtype=np.float64)
    (layout.root / ".evaluate-scores.parquet").unlink()
    # Evaluation refuses the training split: what is not there cannot be measured by mistake.
    found = np.where(rows.within(Split.TRAIN), np.nan, found)
    column = pa.array(found, mask=np.isnan(found))
    with replacing(layout.scores) as temporary:
        pq.write_table(rows.split.append_column("probability", column), temporary, compression="zstd")
    return found


def _measure(
    project: Project, rows: Rows, probability: NDArray[np.float64], population: Population
) -> PopulationMeasures:
    splits = (Split.TEST,) if population is Population.NEW_SUBJECTS else (Split.TEST, Split.TEST_SEEN)
    encounters, _ = scored(rows, (probability,), rows.within(*splits), project.params.evaluate)
    return measure_population(population.value, encounters, settings_of(project.params))
