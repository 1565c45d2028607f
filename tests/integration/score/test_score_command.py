"""`wardround score` as a person runs it: by stage, by version, here; interrupted, killed, refused."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import released_small as small
from pyarrow import parquet

from wardround.cli.main import run
from wardround.monitoring.predictions import ReadRequest, read

RUN = [sys.executable, "-m", "wardround", "score"]


def score(root, *args, code=0):
    """The command line in this process: what it says, and its exit code as required."""
    out, err = io.StringIO(), io.StringIO()
    before = Path.cwd(), signal.getsignal(signal.SIGTERM)
    try:
        os.chdir(root)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            run(["score", *args])
    finally:
        os.chdir(before[0])
        signal.signal(signal.SIGTERM, before[1])
    said = Said(out.getvalue(), err.getvalue())
    assert ended.value.code == code, said
    return said


class Said(NamedTuple):
    stdout: str
    stderr: str


@pytest.fixture
def source(project, encounters):
    encounters.to_parquet(project.parent / "in.parquet", index=False)
    return str(project.parent / "in.parquet")


def probabilities(place):
    frame = pd.concat([pd.read_parquet(path) for path in sorted(place.glob("part-*.parquet"))])
    return frame.set_index("encounter")["probability"].sort_index()


def ids(root):
    return [
        item
        for table in read(ReadRequest(str(root / ".wardround" / "predictions")))
        for item in table["id"].to_pylist()
    ]


def test_the_stage_s_version_answers_whatever_the_work_tree_holds(project, source):
    here = score(project, "--here", "--no-log", "--input", source, "--output", "here")
    assert "scored with unreleased+" in here.stdout
    assert "rows: 600\n  scored: 600\n" in here.stdout
    assert "never for patients" in here.stdout
    (project / "pipelines" / "features.py").write_text("broken")
    said = json.loads(score(project, "--stage", "prod", "--input", source, "--output", "out", "--json").stdout)
    assert (said["version"], said["tag"], said["answered"]) == ("v1.0.0", "small#prod#1", 600)
    assert said["known_encounters"] == 5
    pd.testing.assert_series_equal(probabilities(project / "here"), probabilities(project / "out"))
    tables = list(read(ReadRequest(str(project / ".wardround" / "predictions"))))
    assert set(tables[0]["model_version"].to_pylist()) == {"v1.0.0"}
    assert set(tables[0]["stage"].to_pylist()) == {"prod"}
    again = score(project, "--stage", "prod", "--input", source, "--output", "out")
    assert "nothing to do: out is finished" in again.stdout
    assert len(ids(project)) == len(set(ids(project))) == 600


def test_what_may_not_answer(project, source):
    both = ("--input", source, "--output", "out")
    refused = score(project, "--stage", "staging", *both, code=11)
    assert "no version is in this stage" in refused.stderr
    assert "there is no such version" in score(project, "--version", "v9.0.0", *both, code=11).stderr
    archive = small.bento_of(project)
    content = bytearray(archive.read_bytes())
    place = content.index(b"max_iter")
    content[place : place + 8] = b"MAX_ITER"
    archive.write_bytes(content)
    assert "not the one that was released" in score(project, "--version", "v1.0.0", *both, code=13).stderr
    archive.unlink()
    assert "the storage lacks bento.tar" in score(project, "--stage", "prod", *both, code=3).stderr
    assert not (project / "out").exists()


def test_a_model_that_answers_otherwise_here(project, source):
    path = project / "models" / "model" / "golden.json"
    told = json.loads(path.read_bytes())
    told["encounters"][0]["probability"] += 0.01
    path.write_text(json.dumps(told))
    done = score(project, "--here", "--input", source, "--output", "out", code=3)
    assert "answered otherwise here" in done.stderr
    assert "which model shall answer?" in score(project, "--input", source, "--output", "out", code=2).stderr


def test_rows_outside_of_the_contract(project, encounters):
    encounters.loc[3, "age"] = 150
    encounters.to_csv(project.parent / "in.csv", index=False)
    both = ("--here", "--no-log", "--input", "../in.csv", "--output", "out")
    done = score(project, *both, code=10)
    assert "rows: 600\n  scored: withheld: small numbers\n" in done.stdout
    assert "not scored, age: range: withheld: small numbers" in done.stdout
    said = json.loads(score(project, *both, "--json", code=10).stdout)
    assert (said["rows"], said["answered"], said["out_of_contract"]) == (600, None, True)
    assert "age: range" in said["refused"]
    assert set(said["refused"].values()) == {None}
    exact = json.loads((project / "out" / "_finished.json").read_bytes())
    assert exact["refused"]["age: range"] == 1
    assert exact["answered"] == 600 - sum(exact["refused"].values())
    assert "150" not in done.stdout + done.stderr
    assert "nothing to do" in score(project, *both, code=10).stdout


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_stopped_and_run_again(project, source, how):
    args = ["--here", "--input", source, "--part-rows", "6"]
    process = subprocess.Popen(
        [*RUN, *args, "--output", "out"],
        cwd=project,
        env=small.ENV,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    out, until = project / "out", time.monotonic() + 300
    while len(list(out.glob("part-*"))) < 3 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    os.kill(process.pid, how)
    _, said = process.communicate(timeout=300)
    stopped = len(list(out.glob("part-*")))
    assert 3 <= stopped < 100
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "finished work is kept" in said
        assert "Traceback" not in said
    done = score(project, *args, "--output", "out")
    assert "of 100 parts were there" in done.stdout
    score(project, *args, "--output", "whole")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in (project / "whole").iterdir()
    }
    found = [item for path in out.glob("part-*") for item in parquet.read_table(path)["id"].to_pylist()]
    assert sorted(ids(project)) == sorted(found)
