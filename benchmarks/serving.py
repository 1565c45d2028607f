"""Shared by the serving benchmarks: the shipped project, trained in a scratch directory, and its encounters as a service gets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from wardround import contract
from wardround.project.layout import Project
from wardround.service.engine import Engine
from wardround.service.settings import Settings
from wardround.stages import features, ingest, split, train, validate
from wardround.stages.features import frames
from wardround.stages.serving import store
from wardround.stages.serving.encounters import arrange
from wardround.stages.serving.records import to_records

ROOT = Path(__file__).resolve().parent.parent


def trained(place: Path) -> Project:
    """The repository's own project with a model, in ``place``."""
    place.mkdir(parents=True)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(ROOT / name, place / name)
    shutil.copytree(ROOT / "pipelines", place / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    project = Project(place)
    for stage in (ingest, validate, features, split, train):
        stage.run(project)
    return project


def encounters(project: Project, many: int) -> list[dict[str, Any]]:
    """Encounters of different subjects with their histories, as bodies have them: each subject's last one, spread over the snapshot."""
    agreed = contract.load(project.layout.contract)
    columns = project.params.data.columns
    shown = [column.name for column in agreed.columns if column.name not in frames.withheld(columns, agreed)]
    snapshot = pd.concat(
        [pq.read_table(part).to_pandas() for part in sorted(project.layout.snapshot.glob("*.parquet"))]
    )
    snapshot = snapshot[~snapshot["discharge_to"].isin(["died", "hospice"])]
    subjects = snapshot["wr_subject"].drop_duplicates()
    chosen = subjects.iloc[:: len(subjects) // many].iloc[:many]
    snapshot = snapshot[snapshot["wr_subject"].isin(chosen)].sort_values(["wr_subject", "wr_time"])
    items = []
    for _, rows in snapshot.groupby("wr_subject", sort=False):
        *history, encounter = to_records(rows[shown])
        items.append({"encounter": encounter, "history": history})
    return items


def engine(project: Project) -> Engine:
    """The model as a service runs it."""
    return Engine.load(Settings(project=project.root, model=project.layout.model))


def feature_rows(running: Engine, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The features of each item's encounter: what the peers are sent, who make none themselves."""
    rows = []
    for item in items:
        asked = running.parser.parse(json.dumps(item).encode()).items[0]
        frame, where = arrange([*asked.history, asked.encounter], running.parser.keys)
        row = running.builder.build(frame).iloc[int(where[-1])]
        rows.append({name: None if pd.isna(value) else value for name, value in row.items()})
    return rows


def estimator(project: Project) -> Any:
    """The trained estimator, without calibration."""
    return store.loads((project.layout.model / "model.skops").read_bytes())


def peer_files(project: Project, running: Engine, rows: list[dict[str, Any]], place: Path) -> Path:
    """What ``peers.py`` makes a peer's model from: the model, what its columns are, and rows of features."""
    place.mkdir(parents=True)
    shutil.copyfile(project.layout.model / "model.skops", place / "model.skops")
    (place / "spec.json").write_text(json.dumps(running.scorer.spec.plain()))
    (place / "sample.json").write_text(json.dumps(rows))
    return place
