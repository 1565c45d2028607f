"""Evaluate: how well the model predicts on encounters that it has not seen, with intervals, by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wardround.evidence.measures import Metrics
from wardround.files import replacing
from wardround.stages.evaluate.baselines import baselines
from wardround.stages.evaluate.importance import importance
from wardround.stages.evaluate.material import Material, populations
from wardround.stages.evaluate.robustness import robustness
from wardround.stages.evaluate.sites import held_out_sites

if TYPE_CHECKING:
    from wardround.project.layout import Project


def run(project: Project) -> Metrics:
    """Scores every encounter but the training ones and measures both populations, beside baselines and disturbances.

    Writes ``data/scores.parquet`` and ``reports/metrics.json``. Raises a WardroundError when model or features are missing.
    """
    material = Material.read(project)
    probability = material.sealed(material.scorer.probabilities(material.table.matrix))
    column = pa.array(probability, mask=np.isnan(probability))
    with replacing(project.layout.scores) as temporary:
        pq.write_table(material.rows.split.append_column("probability", column), temporary, compression="zstd")
    simple, missing = baselines(material)
    metrics = Metrics(
        thresholds=project.params.evaluate.thresholds,
        populations=populations(material, probability),
        baselines=simple,
        importance=importance(material),
        robustness=robustness(material),
        held_out_sites=held_out_sites(material),
        limitations=missing,
    )
    metrics.write(project.layout.evidence("metrics"))
    return metrics
