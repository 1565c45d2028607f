"""Real clinical tables become projects that run without editing."""

import pandas as pd
import pytest

from wardround.flows.initialise import InitRequest, content_of
from wardround.flows.stage import run_stage
from wardround.project.layout import Project
from wardround.scaffold.decision import Use
from wardround.scaffold.request import DataRequest

pytestmark = pytest.mark.shared_data

HEART = [
    "age",
    "sex",
    "cp",
    "trestbps",
    "chol",
    "fbs",
    "restecg",
    "thalach",
    "exang",
    "oldpeak",
    "slope",
    "ca",
    "thal",
    "num",
]


def project_of(request, root):
    root.mkdir()
    content = content_of(InitRequest(root, request), root, root)
    for name, text in content.texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Project(root), content.plan


def run_to(project, last):
    answers = {}
    for stage in ("ingest", "validate", "features", "split", "tune", "train", "evaluate"):
        answers[stage] = run_stage(project, stage).plain()
        if stage == last:
            break
    assert answers["validate"]["verdict"] == "pass"
    return answers


@pytest.fixture
def heart(shared_data, tmp_path):
    parts = [
        pd.read_csv(shared_data / "uci_heart_4sites" / f"processed.{site}.data", header=None, names=HEART, dtype=str, keep_default_na=False).assign(site=site)
        for site in ("cleveland", "hungarian", "switzerland", "va")
    ]  # fmt: skip
    path = tmp_path / "heart.csv"
    pd.concat(parts).to_csv(path, index=False)
    return DataRequest(str(path), "num", ">0", site="site")


def test_heart_hospitals(heart, tmp_path):
    project, plan = project_of(heart, tmp_path / "real")
    columns = {column.name: column for column in plan.columns}
    assert (plan.rows, plan.positives) == (920, 509)
    assert columns["chol"].missing == ("0", "?")
    assert columns["trestbps"].missing == ("0", "?")
    assert "0" not in columns["oldpeak"].missing
    assert columns["site"].use is Use.SITE
    answers = run_to(project, "split")
    assert answers["validate"]["rows"] == 920


@pytest.mark.slow
def test_heart_hospitals_train(heart, tmp_path):
    project, _ = project_of(heart, tmp_path / "real")
    run_to(project, "evaluate")


@pytest.fixture
def diabetes(shared_data):
    return DataRequest(
        str(shared_data / "uci_diabetes130" / "diabetic_data.csv.gz"),
        "readmitted",
        "<30",
        subject="patient_nbr",
        encounter="encounter_id",
        time="encounter_id",
        exclude={"discharge_disposition_id": ("11", "13", "14", "19", "20", "21")},
    )


def test_diabetes_is_understood(diabetes, tmp_path):
    project, plan = project_of(diabetes, tmp_path / "real")
    columns = {column.name: column for column in plan.columns}
    assert (plan.rows, plan.eligible, plan.positives) == (101_766, 99_343, 11_314)
    assert project.params.data.positive == "<30"
    assert columns["race"].missing == ("?",)
    assert columns["gender"].missing == ("Unknown/Invalid",)
    for name in ("max_glu_serum", "A1Cresult"):
        assert "None" in columns[name].levels
        assert any("None" in reason for reason in columns[name].why)
    for name in ("diag_1", "diag_2", "diag_3"):
        assert columns[name].use is Use.DIAGNOSIS
    for name in ("examide", "citoglipton"):
        assert columns[name].use is Use.KEPT
    assert plan.predict_at == "discharge"
    assert columns["discharge_disposition_id"].known_at == "discharge"
    assert any("21 never occurs" in note for note in plan.notes)


@pytest.mark.slow
def test_diabetes_trains(diabetes, tmp_path):
    project, _ = project_of(diabetes, tmp_path / "real")
    run_to(project, "train")


@pytest.mark.slow
def test_covid_tests(shared_data, tmp_path):
    path = shared_data / "israel_covid_tests" / "corona_tested_individuals_ver_0083.parquet"
    request = DataRequest(
        str(path), "corona_result", "positive", time="test_date", exclude={"corona_result": ("other",)}
    )
    project, plan = project_of(request, tmp_path / "real")
    assert (plan.rows, plan.positives) == (2_742_596, 220_975)
    answers = run_to(project, "split")
    assert answers["validate"]["rows"] == 2_742_596 - 41_218
