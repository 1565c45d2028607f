"""Real clinical tables become projects that run without editing."""

import pandas as pd
import pytest
from workshop import wardround

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


@pytest.fixture
def covid(shared_data):
    path = shared_data / "israel_covid_tests" / "corona_tested_individuals_ver_0083.parquet"
    return DataRequest(str(path), "corona_result", "positive", time="test_date", exclude={"corona_result": ("other",)})


@pytest.mark.slow
def test_covid_tests(covid, tmp_path):
    project, plan = project_of(covid, tmp_path / "real")
    assert (plan.rows, plan.positives) == (2_742_596, 220_975)
    answers = run_to(project, "split")
    assert answers["validate"]["rows"] == 2_742_596 - 41_218


def reviewed(request, tmp_path, code):
    """What the command line answers to ``init`` and an unedited ``review``, which must end with ``code``."""
    options = {
        "--data": request.path,
        "--outcome": request.outcome,
        "--positive": request.positive,
        "--subject": request.subject,
        "--encounter": request.encounter,
        "--time": request.time,
        "--site": request.site,
    }
    given = [word for name, value in options.items() if value is not None for word in (name, value)]
    given += [word for name, values in request.exclude.items() for word in ("--exclude", f"{name}={','.join(values)}")]
    wardround(tmp_path, "init", "real", *given, code=0)
    answer = wardround(tmp_path / "real", "review", timeout=1800, code=code)
    assert "Traceback" not in answer.text
    for name in ("review.html", "review.md", "decision.json"):
        assert (tmp_path / "real" / "reports" / name).is_file()
    return answer.out


@pytest.mark.slow
def test_heart_hospitals_are_reviewed(heart, tmp_path):
    """About 100 events cannot tell the slope within its limits; nothing else is in the way."""
    said = reviewed(heart, tmp_path, 11)
    assert said.startswith("? CANNOT TELL")
    assert "1 rule cannot tell (calibration.slope)" in said
    assert "to do: Add encounters to the test block" in said
    assert "fairness.gap" not in said


@pytest.mark.slow
def test_diabetes_is_reviewed(diabetes, tmp_path):
    said = reviewed(diabetes, tmp_path, 0)
    assert said.startswith("✓ PASS")
    assert "every rule passes" in said
    assert "AUROC 0.637" in said


@pytest.mark.slow
def test_covid_tests_are_reviewed(covid, tmp_path):
    """All 2.7 million rows, in about five minutes: the share of positive tests fell after the validation block, and the review says so."""
    said = reviewed(covid, tmp_path, 11)
    assert said.startswith("✕ REFUSE")
    assert "1 rule refuses the change (calibration.in_the_large)" in said
    assert "Fewer events happened than are predicted" in said
    assert "set train.recalibration" not in said
