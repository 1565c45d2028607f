"""The written files: they load, they run, they fit the data, and they are point-in-time correct."""

import subprocess
import sys
import types

import numpy as np
import pandas as pd
import pytest

from wardround.contract import load_text
from wardround.project.params import parse
from wardround.scaffold import project_text, template
from wardround.scaffold.contract_text import contract_text
from wardround.scaffold.features_text import features_text
from wardround.scaffold.params_text import params_text, scalar
from wardround.scaffold.planning import plan
from wardround.scaffold.request import DataRequest


@pytest.fixture
def made(tmp_path):
    rng = np.random.default_rng(5)
    rows = 800
    frame = pd.DataFrame(
        {
            "class": rng.choice(["x", "y"], rows),
            "validate": rng.integers(0, 9, rows),
            "blood pressure (sys)": rng.normal(130, 20, rows).round(),
            "naïve café": rng.choice([f"level {i:02d}" for i in range(12)], rows),
            "diag": rng.choice(["250.1", "428", "V27", "E909", "8", *map(str, range(400, 420))], rows),
            "who": rng.integers(0, 150, rows),
            "when": pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D"),
            'note"quote': rng.choice(["?", "a"], rows),
            "y": rng.integers(0, 2, rows),
        }
    )
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    request = DataRequest(str(path), "y", "1", subject="who", time="when")
    return frame, request, plan(request)


def test_the_contract_loads_and_names_every_column(made):
    frame, _, found = made
    contract = load_text(contract_text("t", found, 11))
    assert contract.names == tuple(frame.columns)
    pressure = contract.column("blood pressure (sys)")
    assert (pressure.low, pressure.high, pressure.unit) == (5, 375, "mmHg")
    assert contract.column('note"quote').missing == ("?",)
    assert contract.column("y").known_at == "outcome"
    assert len(contract.column("naïve café").categories) == 12


@pytest.mark.slow
def test_the_features_pass_mypy(made, tmp_path):
    _, request, found = made
    (tmp_path / "contract.py").write_text(contract_text("t", found, 11), encoding="utf-8")
    (tmp_path / "features.py").write_text(features_text("t", found, request), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--cache-dir", str(tmp_path / "c"), str(tmp_path / "features.py")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    compile((tmp_path / "contract.py").read_text(encoding="utf-8"), "contract.py", "exec")


def built(text, frame):
    module = types.ModuleType("features")
    exec(compile(text, "features.py", "exec"), module.__dict__)
    return module.build(frame, {})


def encounters(frame):
    found = frame.drop(columns="y").assign(
        wr_subject=frame["who"].astype(str), wr_time=frame["when"].astype("datetime64[us]")
    )
    found['note"quote'] = found['note"quote'].replace("?", np.nan)
    return found.sort_values(["wr_subject", "wr_time"]).reset_index(drop=True)


def test_features_have_fixed_types_and_see_no_future(made):
    frame, request, found = made
    text = features_text("t", found, request)
    table = encounters(frame)
    features = built(text, table)
    assert features.index.equals(table.index)
    assert not {"who", "when", "y"} & set(features.columns)
    assert {"earlier_encounters", "days_since_previous", "weekday", "month", "diag"} <= set(features.columns)
    for name in features.columns:
        assert isinstance(features[name].dtype, pd.CategoricalDtype) or features[name].dtype == float, name
    half = table[table["wr_time"] < "2022-01-01"].reset_index()
    early = built(text, half.drop(columns="index"))
    pd.testing.assert_frame_equal(early, features.loc[half["index"]].reset_index(drop=True))


def test_diagnoses_become_chapters(made):
    frame, request, found = made
    features = built(features_text("t", found, request), encounters(frame))
    pairs = set(zip(encounters(frame)["diag"].astype(str), features["diag"], strict=True))
    assert {
        ("250.1", "endocrine"),
        ("428", "circulatory"),
        ("V27", "supplementary"),
        ("E909", "external"),
        ("8", "infection"),
    } <= pairs


def test_an_unlisted_level_is_other_and_missing_stays_missing(made):
    frame, request, found = made
    table = encounters(frame)
    table.loc[0, "class"] = "never seen"
    table.loc[1, "class"] = None
    features = built(features_text("t", found, request), table)
    assert features.loc[0, "class"] == "other"
    assert pd.isna(features.loc[1, "class"])


def test_params_are_valid_and_say_what_was_asked(made):
    _, request, found = made
    params = parse(params_text("t-1", "t", found, request, "a path/with: colon.csv"))
    assert params.project.name == "t-1"
    assert params.data.path == "a path/with: colon.csv"
    assert params.data.positive == 1
    low, high = params.contract.outcome_rate
    assert low < found.prevalence < high
    assert params.evaluate.thresholds[0] >= min(0.5, found.prevalence)


@pytest.mark.parametrize(
    "value",
    ["yes", "No", "null", "a: b", "1", "1e5", "", " x", "#", "it's", 'say "x"', "é", "<30", ">0", "a b", True, 3, 2.5],
)
def test_scalars_read_back(value):
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(f"key: {scalar(value)}")["key"] == value


def test_the_pipeline_watches_the_data_and_nothing_synthetic():
    from ruamel.yaml import YAML

    text = project_text.pipeline_text(template.read("dvc.yaml"), 'odd "name".csv')
    stages = YAML(typ="safe", pure=True).load(text)["stages"]
    assert stages["ingest"]["deps"][-1] == 'odd "name".csv'
    assert "synthetic" not in stages["ingest"]["params"]
    original = YAML(typ="safe", pure=True).load(template.read("dvc.yaml"))["stages"]
    assert {name: stage for name, stage in stages.items() if name != "ingest"} == {
        name: stage for name, stage in original.items() if name != "ingest"
    }


def test_the_template_is_the_root_project(repository):
    assert template.read("dvc.yaml") == (repository / "dvc.yaml").read_text(encoding="utf-8")
    assert set(template.pipelines()) >= {"pipelines/contract.py", "pipelines/features.py", "pipelines/model.py"}
