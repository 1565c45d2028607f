"""A small project with a made-up snapshot and split, for the tests of features, tune, train and serving."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from wardround.project.layout import Project

REPOSITORY = Path(__file__).resolve().parents[3]

CONTRACT = """
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    visit: Series[str] = pa.Field(unique=True)
    patient: Series[str] = pa.Field()
    at: Series[pd.Timestamp] = pa.Field()
    left: Series[pd.Timestamp] = pa.Field(metadata={"known_at": "discharge"})
    age: Series[pd.Int64Dtype] = pa.Field(ge=18, le=99, nullable=True)
    sex: Series[str] = pa.Field(isin=["f", "m"])
    code: Series[str] = pa.Field(isin=["a", "b", "c", "d", "e"], nullable=True)
    smoker: Series[pd.BooleanDtype] = pa.Field(nullable=True)
    lab: Series[float] = pa.Field(ge=0, le=400, nullable=True)
    died_later: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1], metadata={"known_at": "outcome"})
    again: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1], nullable=True, metadata={"known_at": "outcome"})

    @pa.dataframe_check
    def leaves_after_coming(cls, table):
        return table["left"] >= table["at"]
"""

FEATURES = """
import pandas as pd

from wardround.stages.features import category, history


def build(encounters, settings):
    features = encounters[["age", "smoker", "lab"]].copy()
    features["sex"] = category(encounters["sex"], ["f", "m"])
    features["code"] = category(encounters["code"], ["a", "b", "c", "d", "e"])
    features["before"] = history.prior_encounters(encounters)
    features["recent"] = history.prior_encounters(encounters, days=90)
    features["since"] = history.days_since_last(encounters, since="left")
    features["lab_before"] = history.previous_value(encounters, "lab")
    return features
"""

PARAMS: dict[str, Any] = {
    "project": {"name": "small"},
    "data": {
        "source": "files",
        "path": "none.csv",
        "columns": {"encounter": "visit", "subject": "patient", "time": "at", "outcome": "again"},
    },
    "features": {"probe_subjects": 40},
    "model": {"settings": {"max_iter": 20, "min_samples_leaf": 10}},
    "train": {"golden_encounters": 5},
    "compute": {"backend": "sequential"},
}


def encounters(rows: int = 600, seed: int = 1) -> pd.DataFrame:
    """Encounters in snapshot order of one part. Code ``e`` never occurs; the outcome depends on lab, code and earlier stays."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"patient": [f"p{item:04d}" for item in rng.integers(rows // 2, size=rows)]})
    frame["at"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(700 * 24, size=rows), unit="h")
    frame["left"] = frame["at"] + pd.to_timedelta(rng.integers(1, 200, size=rows), unit="h")
    frame["age"] = pd.array(rng.integers(18, 99, rows), dtype="Int64")
    frame["sex"] = rng.choice(["f", "m"], rows)
    frame["code"] = rng.choice(["a", "b", "c", "d"], rows)
    frame["smoker"] = pd.array(rng.integers(2, size=rows).astype(bool), dtype="boolean")
    frame["lab"] = np.round(rng.gamma(4, 20, rows), 1).clip(0, 400)
    for name in ("age", "code", "smoker", "lab"):
        frame.loc[rng.random(rows) < 0.15, name] = None
    frame["died_later"] = rng.integers(2, size=rows)
    risk = 0.02 * (frame["lab"].fillna(80) - 80) + (frame["code"] == "a") * 1.0 - 1.2
    frame["again"] = (rng.random(rows) < 1 / (1 + np.exp(-risk))).astype("int8")
    frame = frame.sort_values(["patient", "at"], kind="stable").reset_index(drop=True)
    frame.insert(0, "visit", [f"v{item:05d}" for item in range(rows)])
    frame["wr_encounter"], frame["wr_subject"], frame["wr_time"] = frame["visit"], frame["patient"], frame["at"]
    frame["wr_outcome"] = frame["again"]
    return frame


def write_snapshot(directory: Path, frame: pd.DataFrame, parts: int = 3) -> pd.DataFrame:
    """Writes whole subjects to each part and returns the frame in snapshot order."""
    directory.mkdir(parents=True, exist_ok=True)
    place = pd.util.hash_array(frame["wr_subject"].to_numpy(dtype=object)) % parts
    texts = {"visit", "patient", "sex", "code", "wr_encounter", "wr_subject"}
    done = []
    for part in range(parts):
        own = frame[place == part].reset_index(drop=True)
        table = pa.Table.from_pandas(own, preserve_index=False).replace_schema_metadata(None)
        for index, name in enumerate(table.column_names):
            if name in texts and not pa.types.is_string(table.schema.field(name).type):
                table = table.set_column(index, name, table.column(name).cast(pa.string()))
        table = table.append_column("wr_uncast", pa.nulls(len(own), pa.list_(pa.string())))
        pq.write_table(table, directory / f"part-{part:05d}.parquet")
        done.append(own)
    return pd.concat(done, ignore_index=True)


def write_split(path: Path, frame: pd.DataFrame) -> None:
    """The first 60 % in time train, then validation; subjects seen before are dropped or ``test_seen``."""
    cuts = frame["wr_time"].quantile([0.6, 0.8]).to_numpy() if "wr_time" in frame else None
    block = (
        np.searchsorted(cuts, frame["wr_time"].to_numpy(), side="right")
        if cuts is not None
        else np.arange(len(frame)) % 3
    )
    first = pd.Series(block).groupby(frame["wr_subject"].to_numpy()).transform("min").to_numpy()
    names = np.where(
        block == 0,
        "train",
        np.where(block == 1, np.where(first < 1, "dropped", "validation"), np.where(first < 2, "test_seen", "test")),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "wr_encounter": pa.array(frame["wr_encounter"], pa.string()),
        "wr_subject": pa.array(frame["wr_subject"], pa.string()),
        "wr_outcome": pa.array(frame["wr_outcome"], pa.int8(), from_pandas=True),
        "split": pa.array(names.tolist(), pa.string()),
    }
    pq.write_table(pa.table(table), path)


def merged(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """``other`` over ``base``, section by section."""
    result = dict(base)
    for key, value in other.items():
        deeper = isinstance(value, dict) and isinstance(result.get(key), dict) and key != "settings"
        result[key] = merged(result[key], value) if deeper else value
    return result


def make(
    root: Path,
    *,
    frame: pd.DataFrame | None = None,
    parts: int = 3,
    params: dict[str, Any] | None = None,
    features: str = FEATURES,
    contract: str = CONTRACT,
    model: str | None = None,
) -> Project:
    """A project with contract, features, model, snapshot and split; nothing has run yet."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "pipelines").mkdir(exist_ok=True)
    (root / "params.yaml").write_text(yaml.safe_dump(merged(PARAMS, params or {})), encoding="utf-8")
    (root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    (root / "pipelines" / "contract.py").write_text(contract, encoding="utf-8")
    (root / "pipelines" / "features.py").write_text(textwrap.dedent(features), encoding="utf-8")
    text = model if model is not None else (REPOSITORY / "pipelines" / "model.py").read_text(encoding="utf-8")
    (root / "pipelines" / "model.py").write_text(textwrap.dedent(text), encoding="utf-8")
    project = Project(root)
    ordered = write_snapshot(project.layout.snapshot, encounters() if frame is None else frame, parts)
    write_split(project.layout.split, ordered)
    return project
