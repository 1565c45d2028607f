"""``wardround init`` and ``init --adopt`` in real git and DVC repositories."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from wardround.cli.main import main
from wardround.errors import UsageError, WardroundError
from wardround.flows.adopt import adopt
from wardround.flows.forge_files import outdated
from wardround.flows.initialise import InitRequest, initialise, initialise_synthetic
from wardround.project.layout import Project
from wardround.scaffold.pipeline import merged
from wardround.scaffold.request import DataRequest

OURS = "stages:\n  ingest:\n    cmd: a\n    deps: [x]\n  train:\n    cmd: b\n"


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"age": rng.integers(20, 90, 400), "sex": rng.choice(["f", "m"], 400), "y": rng.integers(0, 2, 400)}
    )
    path = tmp_path / "in" / "my table.csv"
    path.parent.mkdir()
    frame.to_csv(path, index=False)
    return path


def git(directory, *args):
    return subprocess.run(["git", *args], cwd=directory, check=True, capture_output=True, text=True).stdout


def test_a_project_is_a_clean_repository_without_raw_data(tmp_path, data):
    done = initialise(InitRequest(tmp_path / "heart", DataRequest(str(data), "y", "1")))
    assert git(done.root, "status", "--porcelain") == ""
    assert git(done.root, "symbolic-ref", "--short", "HEAD").strip() == "main"
    tracked = git(done.root, "ls-files").split()
    assert {"params.yaml", "dvc.yaml", "wardround.yaml", "README.md", ".dvc/config", "pipelines/model.py"} <= set(
        tracked
    )
    assert not any(name.endswith(".csv") for name in tracked)
    params = Project(done.root).params
    assert params.data.path == str(data)
    assert "remote = storage" in (done.root / ".dvc" / "config").read_text()


def test_a_copy_lies_under_dvc_and_not_in_git(tmp_path, data):
    done = initialise(InitRequest(tmp_path / "heart", DataRequest(str(data), "y", "1"), copy=True))
    tracked = git(done.root, "ls-files").splitlines()
    assert "data/raw/my table.csv.dvc" in tracked
    assert "data/raw/my table.csv" not in tracked
    assert (done.root / "data/raw/my table.csv").read_bytes() == data.read_bytes()
    assert Project(done.root).params.data.path == "data/raw/my table.csv"
    assert git(done.root, "status", "--porcelain") == ""


def test_the_synthetic_project_is_the_root_project_but_for_its_name(tmp_path, repository):
    done = initialise_synthetic(tmp_path / "wards")
    for name in ("dvc.yaml", "pipelines/contract.py", "pipelines/features.py", "pipelines/model.py"):
        assert (done.root / name).read_text() == (repository / name).read_text()
    assert Project(done.root).params.project.name == "wards"


def test_what_is_there_is_not_touched(tmp_path, data):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not empty"):
        initialise_synthetic(tmp_path / "full")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="a file of this name"):
        initialise_synthetic(tmp_path / "file")
    initialise_synthetic(tmp_path / "twice")
    with pytest.raises(UsageError, match="project of this name"):
        initialise_synthetic(tmp_path / "twice")
    (tmp_path / "empty").mkdir()
    assert initialise_synthetic(tmp_path / "empty").commit


def test_a_failure_leaves_nothing(tmp_path, data, monkeypatch):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError):
        initialise(InitRequest(tmp_path / "heart", DataRequest(str(data), "y", "maybe")))
    monkeypatch.setattr(
        "wardround.flows.initialise._dvc", lambda args, cwd: (_ for _ in ()).throw(WardroundError("no dvc"))
    )
    with pytest.raises(WardroundError, match="no dvc"):
        initialise(InitRequest(tmp_path / "heart", DataRequest(str(data), "y", "1")))
    assert sorted(tmp_path.iterdir()) == before


def test_a_kill_leaves_no_project_and_the_next_run_succeeds(tmp_path):
    command = [sys.executable, "-m", "wardround", "init", "wards"]
    for delay in (0.3, 0.8):
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if (tmp_path / "wards").exists():  # it was quicker than the kill: then it is complete
            assert git(tmp_path / "wards", "log", "--oneline")
            return
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    assert git(tmp_path / "wards", "status", "--porcelain") == ""


def repository_of(place, pipeline="", params=""):
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch", "trunk")
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=place, check=True)
    if pipeline:
        (place / "dvc.yaml").write_text(pipeline)
    if params:
        (place / "params.yaml").write_text(params)
    return place


def test_adopting_keeps_their_stages_and_a_second_run_does_nothing(tmp_path, data):
    theirs = "# ours since 2019\nstages:\n  prepare:\n    cmd: echo   # never touch\n    outs:\n    - prepared\n"
    place = repository_of(tmp_path / "repo", theirs)
    request = DataRequest(str(data), "y", "1")
    done = adopt(place, None, request)
    assert done.root == place
    text = (place / "dvc.yaml").read_text()
    assert text.startswith(theirs.rstrip("\n"))
    listed = subprocess.run(
        [sys.executable, "-m", "dvc", "stage", "list", "--name-only"],
        cwd=place,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.split()[0] == "prepare"
    assert "evaluate" in listed.stdout
    params = Project(place).params
    assert params.review.base == "trunk"
    assert "branches: [trunk]" in (place / ".github/workflows/release.yml").read_text()
    assert outdated(place) == (), "what an upgrade would write is what was written"
    again = adopt(place, None, request)
    assert (again.written, again.kept) == ((), ())
    (place / "pipelines" / "features.py").write_text("# mine\n")
    assert adopt(place, None, request).kept == ("pipelines/features.py",)
    assert (place / "pipelines" / "features.py").read_text() == "# mine\n"


def test_a_clash_sends_the_project_to_a_directory_of_its_own(tmp_path, data):
    theirs, settings = "stages:\n  train:\n    cmd: echo\n    outs: [m]\n", "lr: 1\n"
    place = repository_of(tmp_path / "repo", theirs, settings)
    done = adopt(place, "heart", DataRequest(str(data), "y", "1"))
    assert done.root == place / "projects" / "heart"
    assert "train" in done.notes[0]
    assert (place / "dvc.yaml").read_text() == theirs
    assert (place / "params.yaml").read_text() == settings
    assert adopt(place, "heart", DataRequest(str(data), "y", "1")).written == ()


def test_adopting_needs_git_and_dvc(tmp_path):
    with pytest.raises(UsageError, match="not in a git repository"):
        adopt(tmp_path, None, None)
    git(tmp_path, "init", "--quiet")
    with pytest.raises(UsageError, match="no DVC"):
        adopt(tmp_path, None, None)


@pytest.mark.parametrize(
    "theirs",
    [
        "",
        "# only words\n",
        "vars: [x.yaml]\n",
        "stages:\n  a:\n    cmd: x\n",
        "stages:\n    a:\n        cmd: x\nplots: [p.csv]\n",
        "stages:\n  a: {cmd: x}\nplots:\n- p.csv\n",
        "stages: {a: {cmd: x}}\n",
        "stages:\n",
    ],
)
def test_stages_are_added_whatever_the_form(theirs):
    from ruamel.yaml import YAML

    read = YAML(typ="safe", pure=True).load
    before, after = read(theirs) or {}, read(merged(theirs, OURS))
    assert after["stages"] == {**(before.get("stages") or {}), **read(OURS)["stages"]}
    assert {key: value for key, value in after.items() if key != "stages"} == {
        k: v for k, v in before.items() if k != "stages"
    }
    assert merged(merged(theirs, OURS), OURS) == merged(theirs, OURS)


def test_the_command_prints_every_decision(tmp_path, data, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["init", "heart", "--data", str(data), "--outcome", "y", "--positive", "1"])
    assert done.exit_code == 0, done.output
    for word in ("age in years", "note:", "--copy", "wardround review"):
        assert word in done.output
    done = CliRunner().invoke(main, ["init", "wards", "--json"])
    assert json.loads(done.output)["commit"]


@pytest.mark.parametrize(
    "args",
    [
        ["init"],
        ["init", "a", "--copy"],
        ["init", "a", "--outcome", "y"],
        ["init", "Bad Name"],
        ["init", "ok", "--data", "nowhere.csv", "--outcome", "y", "--positive", "1"],
        ["init", "ok", "--data", "x.csv", "--outcome", "y", "--positive", "1", "--exclude", "nonsense"],
    ],
)
def test_wrong_use_exits_with_2(tmp_path, args):
    done = subprocess.run(
        [sys.executable, "-m", "wardround", *args], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error:")
    assert list(tmp_path.iterdir()) == []
