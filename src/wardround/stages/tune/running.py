"""Writes ``models/tuned.json`` and the evidence of the search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wardround.errors import UsageError
from wardround.evidence.tuning import Fold, TuningEvidence
from wardround.files import write_json
from wardround.project.layout import Layout, Project
from wardround.stages.features import frames
from wardround.stages.features.reading import Table, read_evidence, read_training_table, spec_from
from wardround.stages.train.fitting import Recipe
from wardround.stages.tune.folds import FoldRows, folds
from wardround.stages.tune.search import SearchRequest, search
from wardround.values import Split


def run(project: Project) -> TuningEvidence:
    """Searches as ``tune`` in the params says, on training rows only. Off: writes an empty file and evidence that says so.

    Raises :class:`UsageError` when no fold has both outcomes, or a candidate's settings are not the estimator's.
    """
    layout, params = project.layout, project.params
    if params.tune.method == "off":
        return _write(layout, TuningEvidence(method="off"))
    spec = spec_from(read_evidence(layout))
    table = read_training_table(layout, spec)
    rows = table.rows(Split.TRAIN)
    subject, outcome = table.subject[rows], table.outcome[rows]
    times = _times(layout, table)
    made = folds(None if times is None else times[rows], subject, params.tune.folds, params.tune.seed)
    request = SearchRequest(
        recipe=Recipe.load(layout.model_code, spec, params),
        matrix=table.matrix[rows],
        outcome=outcome,
        subject=subject,
        folds=tuple(made),
        tune=params.tune,
        train=params.train,
    )
    trials = search(request)
    if trials[0].auroc is None:
        raise UsageError(
            "no fold of the search has events and non-events to fit on and to score",
            where="params.yaml: tune.folds",
            found=f"{params.tune.folds}",
            next="lower tune.folds, or set tune.method: off",
        )
    evidence = TuningEvidence(
        method=params.tune.method,
        chosen=trials[0].settings,
        folds=tuple(_described(fold, outcome, subject) for fold in made),
        trials=trials,
        warnings=("the project has no time: folds are of subjects at random",) if times is None else (),
    )
    return _write(layout, evidence)


def _write(layout: Layout, evidence: TuningEvidence) -> TuningEvidence:
    write_json(layout.tuned, {"settings": evidence.chosen} if evidence.chosen else {})
    evidence.write(layout.evidence("tuning"))
    return evidence


def _times(layout: Layout, table: Table) -> NDArray[np.int64] | None:
    """The snapshot's times as integers that order the rows; rows without one come first. None for a project without time."""
    blocks = []
    for path in frames.part_paths(layout.snapshot, made_by="ingest"):
        part = frames.read_table(path)
        if frames.TIME not in part.column_names:
            return None
        column: Any = part.column(frames.TIME)
        blocks.append(column.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy())
    times = np.concatenate(blocks)
    if len(times) != len(table.outcome):
        raise UsageError(
            "snapshot and split are about different encounters",
            where="data/snapshot, data/split.parquet",
            next="run `dvc repro`",
        )
    return np.asarray(times, dtype=np.int64)


def _described(fold: FoldRows, outcome: NDArray[np.float64], subject: NDArray[np.int64]) -> Fold:
    return Fold(
        fitted=len(fold.fitted),
        fitted_subjects=len(np.unique(subject[fold.fitted])),
        scored=len(fold.scored),
        scored_events=int(outcome[fold.scored].sum()),
    )
