"""The faults that the self-test plants: they are drawn by the seed, and they are what they say."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wardround.flows import faults
from wardround.project.layout import Project
from wardround.project.params import load

PARAMS = """\
# a comment that stays
project:
  name: scratch
data:
  source: synthetic
  columns: {outcome: readmitted}
model:
  kind: logistic_regression
  seed: 3
"""
CONTRACT = """\
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    encounter_id: Series[str] = pa.Field(unique=True, metadata={"description": "id"})
    age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120, metadata={"description": "age"})
    albumin: Series[float] = pa.Field(ge=0, le=80, nullable=True, metadata={"description": "albumin"})
    sex: Series[str] = pa.Field(isin=["F", "M"], metadata={"description": "sex"})
"""
FEATURES = """\
import pandas as pd


def build(encounters, settings):
    return pd.DataFrame({"age": encounters["age"]}, index=encounters.index)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "params.yaml").write_text(PARAMS)
    pipelines = tmp_path / "pipelines"
    pipelines.mkdir()
    (pipelines / "contract.py").write_text(CONTRACT)
    (pipelines / "features.py").write_text(FEATURES)
    snapshot = tmp_path / "data" / "snapshot"
    snapshot.mkdir(parents=True)
    generator = np.random.default_rng(1)
    n = 400
    for part in range(2):
        table = pa.table(
            {
                "encounter_id": [f"e{part}-{row}" for row in range(n)],
                "age": pa.array(generator.integers(20, 90, n)),
                "albumin": pa.array(generator.normal(40, 4, n)),
                "sex": generator.choice(["F", "M"], n),
                "wr_subject": [f"s{row // 2}" for row in range(n)],
            }
        )
        pq.write_table(table, snapshot / f"part-0000{part}.parquet")
    return Project(tmp_path)


def read(project: Project) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted(project.layout.snapshot.glob("*.parquet"))])


def test_params_keep_their_comments_and_take_the_draw(project: Project) -> None:
    faults.healthy_params(project.root, 7)
    text = project.layout.params.read_text()
    assert "# a comment that stays" in text
    first = load(project.layout.params)
    faults.healthy_params(project.root, 8)
    second = load(project.layout.params)
    faults.healthy_params(project.root, 7)
    assert load(project.layout.params) == first != second
    assert first.model.seed == 3


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_model_is_the_default_one_without_capacity(project: Project, seed: int) -> None:
    how = faults.bad_model(project, seed)
    params = load(project.layout.params)
    assert (how, params.model.settings) in faults._BAD
    assert params.model.kind == "hist_gradient_boosting"


def test_every_kind_is_drawn(project: Project) -> None:
    assert {faults.bad_model(project, seed) for seed in range(40)} == {how for how, _ in faults._BAD}


@pytest.mark.parametrize(("how", "expression"), faults._LEAKS)
def test_a_leak_is_a_feature_that_changes_when_the_future_is_cut_off(how: str, expression: str) -> None:
    code = FEATURES + faults._WRAPPER.format(expression=expression)
    module: dict[str, object] = {}
    exec(compile(code, "features.py", "exec"), module)  # the self-test plants text, as a team would write it
    frame = pd.DataFrame(
        {
            "wr_subject": ["a", "a", "a", "b"],
            "wr_time": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-03-01", "2024-01-05"]),
            "age": [50, 50, 50, 60],
        }
    )
    whole = module["build"](frame, {})["planted"]
    cut = module["build"](frame.iloc[[0, 3]], {})["planted"]
    assert how
    assert whole.dtype == float
    first, alone = float(whole.iloc[0]), float(cut.iloc[0])
    assert not np.array_equal([first], [alone], equal_nan=True)


@pytest.mark.parametrize("seed", range(12))
def test_broken_data_break_one_column_beyond_its_contract(project: Project, seed: int) -> None:
    before = read(project)
    how = faults.broken_data(project, seed)
    after = read(project)
    changed = [name for name in before if not before[name].equals(after[name])]
    assert len(changed) == 1
    assert changed[0] in how
    hit = before[changed[0]].to_numpy() != after[changed[0]].to_numpy()
    assert 0.05 < hit.mean() < 0.6
    if "unit" in how:
        assert (after[changed[0]][hit] > 120).all()
    elif "code" in how:
        assert not set(after[changed[0]][hit]) & {"F", "M"}
    else:
        assert after[changed[0]][hit].isna().all()


def test_the_draw_is_the_seed_s(project: Project) -> None:
    random.seed(0)
    first = faults.broken_data(project, 3)
    random.seed(1)
    assert faults.broken_data(project, 3) == first
