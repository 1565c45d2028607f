"""Probabilities of a whole snapshot by a project's own features and model: what a review runs in base's and anchor's programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from wardround import contract
from wardround.files import replacing
from wardround.project.layout import Project
from wardround.stages.features import frames
from wardround.stages.features.building import Builder
from wardround.stages.partitions import is_small, map_partitions
from wardround.stages.serving.scorer import load


@dataclass(frozen=True)
class _PartRequest:
    """What a worker needs to score one part."""

    source: Path
    code: Path
    settings: Mapping[str, Any]
    withheld: tuple[str, ...]
    model: Path


def _score_part(request: _PartRequest) -> tuple[pa.Table, NDArray[np.float64]]:
    table = frames.read_table(request.source)
    keys = table.select([frames.ENCOUNTER, frames.SUBJECT])
    if not table.num_rows:
        return keys, np.empty(0, dtype=np.float64)
    builder = Builder.load(request.code, request.settings, request.withheld)
    features = builder.build(frames.encounters(table, request.withheld), "the features do not run on this snapshot")
    return keys, load(request.model).of_features(features)


def score_snapshot(project_root: Path, snapshot_dir: Path, out: Path) -> None:
    """Writes ``wr_encounter``, ``wr_subject`` and ``probability`` (float64) of every row of a snapshot, in snapshot order.

    The code, settings and model are those of ``project_root``; the snapshot may be another revision's. Raises
    :class:`UsageError` when the code cannot work on that snapshot (a column is gone, a feature differs from the model's).
    """
    project = Project(project_root)
    params = project.params
    load(project.layout.model)  # fails here, with its own message, rather than in every worker
    withheld = frames.withheld(params.data.columns, contract.load(project.layout.contract))
    paths = frames.part_paths(snapshot_dir, made_by="ingest")
    requests = [
        _PartRequest(
            source=path.resolve(),
            code=project.layout.features_code.resolve(),
            settings=params.features.settings,
            withheld=withheld,
            model=project.layout.model.resolve(),
        )
        for path in paths
    ]
    done = map_partitions(_score_part, requests, params.compute, small=is_small(paths))
    keys = pa.concat_tables([table for table, _ in done]).replace_schema_metadata(None)
    probability = np.concatenate([values for _, values in done])
    with replacing(out) as temporary:
        parquet.write_table(
            keys.append_column("probability", pa.array(probability, pa.float64())), temporary, compression="zstd"
        )
