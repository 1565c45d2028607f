"""Random messy tables become projects whose stages run without editing."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wardround.evidence.base import Evidence
from wardround.flows.initialise import InitRequest, content_of
from wardround.flows.stage import run_stage
from wardround.project.layout import Project
from wardround.scaffold.decision import Use
from wardround.scaffold.request import DataRequest

_SPEC = importlib.util.spec_from_file_location("messy", Path(__file__).with_name("messy.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
messy = importlib.util.module_from_spec(_SPEC)
sys.modules["messy"] = messy
_SPEC.loader.exec_module(messy)


def project_of(table, root):
    root.mkdir()
    content = content_of(InitRequest(root, DataRequest(str(table.path), **table.options)), root, root)
    for name, text in content.texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        more = "\ncompute: {backend: sequential}\n" if name == "params.yaml" else ""  # no pool to start: quicker
        (root / name).write_text(text + more, encoding="utf-8")
    return Project(root), content.plan


@pytest.mark.parametrize("seed", range(12))
def test_stages_run_without_editing(seed, tmp_path):
    table = messy.make(seed, tmp_path)
    project, plan = project_of(table, tmp_path / "project")
    for stage in ("ingest", "validate", "features", "split"):
        evidence = run_stage(project, stage)
        assert isinstance(evidence, Evidence)
        if stage == "validate":
            assert evidence.plain()["verdict"] == "pass", [
                c for c in evidence.plain()["checks"] if c.get("verdict") == "refuse"
            ]
    columns = {column.name: column for column in plan.columns}
    for name, code in table.planted.items():
        assert code in columns[name].missing, name
    assert not columns["copy of truth"].use.feature
    assert not columns["death_date"].use.feature
    assert not columns["discharge_destination"].use.feature
    assert columns["result"].use is Use.OUTCOME
    for name in ("empty", "note", "barcode"):
        assert columns[name].use is Use.DROPPED, name
    assert "-" in columns["rhesus"].levels
    assert "None" in columns["test"].levels
    for path in (project.root / "pipelines").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "seldom seen" not in text  # a small cell must not stand in git
        assert "patient seen" not in text


@pytest.mark.parametrize("seed", [1, 4])
def test_written_files_are_formatted_and_linted(seed, tmp_path):
    project, _ = project_of(messy.make(seed, tmp_path), tmp_path / "project")
    files = [str(project.layout.contract), str(project.layout.features_code)]
    for length in ("88", "120"):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "--diff", "--line-length", length, *files],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_german_export_becomes_numbers(tmp_path):
    rng = np.random.default_rng(4)
    crp, platelets = rng.uniform(0.2, 90, 600).round(1), rng.integers(100_000, 400_000, 600)
    frame = pd.DataFrame(
        {
            "crp": [f"{value:.1f}".replace(".", ",") for value in crp],
            "platelets_count": [f"{value:,}".replace(",", ".") for value in platelets],
            "fio2": [f"{value} %" for value in rng.integers(21, 90, 600)],
            "died": (crp + rng.uniform(0, 60, 600) > 80).astype(int),
        }
    )
    path = tmp_path / "export.csv"
    frame.to_csv(path, index=False, sep=";", encoding="cp1252")
    table = messy.Table(path, {"outcome": "died", "positive": "1"}, {})
    project, _ = project_of(table, tmp_path / "project")
    for stage in ("ingest", "validate", "features"):
        run_stage(project, stage)
    made = pd.read_parquet(project.layout.snapshot).sort_values("wr_encounter", kind="stable")
    assert made["crp"].tolist() == crp.tolist()
    assert made["platelets_count"].tolist() == platelets.tolist()
    assert made["fio2"].between(21, 90).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 3, 7])
def test_training_runs_too(seed, tmp_path):
    project, _ = project_of(messy.make(seed, tmp_path), tmp_path / "project")
    for stage in ("ingest", "validate", "features", "split", "tune", "train"):
        run_stage(project, stage)
    assert (project.layout.model / "manifest.json").is_file()
