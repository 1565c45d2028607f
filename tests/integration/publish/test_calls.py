"""At most ten requests of the API for the common case, and nothing heavy for a change that moves no model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import evidence
import hospital as rig
import pytest
from hospital import CONTEXT, REPO
from test_kill import Job

from wardround.sandbox.api.shapes_run import run_shape
from wardround.sandbox.api.view import View
from wardround.sandbox.model import Run
from wardround.values import Verdict

MOST = 10


def published(hospital, run, place, *more: str) -> dict:
    """The command as publish.yml calls it, with the event that started it; what it says as JSON."""
    shape = run_shape(View(hospital.sandbox.world, hospital.sandbox.url), hospital.store.get(Run, REPO, run))
    job = Job(hospital, run, place, more=("--json", *more))
    place.mkdir()
    event = place / "started.json"
    event.write_text(
        json.dumps({"action": "completed", "workflow_run": shape, "repository": {"default_branch": "main"}})
    )
    job.env = {"GITHUB_EVENT_PATH": str(event)}
    before = len(hospital.sandbox.calls.made)
    code, out, err = job.finished(job.start())
    assert code == 0, err
    said = json.loads(out)
    assert said["calls"] == len(hospital.sandbox.calls.made) - before
    return said


def test_the_common_case_takes_at_most_ten_requests(hospital, tmp_path, capsys):
    change = hospital.change()
    first = published(hospital, hospital.reviewed(change), tmp_path / "first")["calls"]
    second = hospital.reviewed(change, {evidence.REFUSED: Verdict.REFUSE})
    update = published(hospital, second, tmp_path / "update")["calls"]
    again = published(hospital, second, tmp_path / "again")["calls"]
    with capsys.disabled():
        sys.stdout.write(f"\nrequests: first publish {first}, update {update}, nothing to do {again}\n")
    assert max(first, update, again) <= MOST
    assert hospital.statuses(change.head)[CONTEXT][0] == "failure"


def test_an_anchor_costs_one_request_more(hospital, tmp_path):
    """Its tag is asked for, and it may be given as a commit or a branch too."""
    base = hospital.bare().branch("main")
    hospital.bare().set("refs/tags/readmission@v1.0.0", base)
    tree = tmp_path / "tree"
    subprocess.run(["git", "clone", "-q", str(hospital.tree), str(tree)], check=True, timeout=60)
    text = (tree / "params.yaml").read_text()
    change = hospital.change()
    made = evidence.value(evidence.made(change.head, base))
    made["anchor_commit"] = made["published"]["decision"]["anchor_commit"] = base
    run = hospital.run(change)
    hospital.upload(run, evidence.zipped(made))
    for anchor, calls in (("readmission@v1.0.0", 11), (base, 11), ("main", 12)):
        (tree / "params.yaml").write_text(
            text.replace("review: {base: main}", f"review: {{base: main, anchor: '{anchor}'}}")
        )
        hospital.forget(change)
        result = hospital.publish(run, tree=tree)
        assert hospital.statuses(change.head)[CONTEXT][0] == "success"
        assert result.calls == calls  # with the run, which the event tells in the workflow
    (tree / "params.yaml").write_text(text.replace("review: {base: main}", "review: {base: main, anchor: gone}"))
    hospital.publish(run, tree=tree)
    assert hospital.statuses(change.head)[CONTEXT][0] == "error"


def test_the_event_speaks_for_its_own_run_only(hospital, tmp_path):
    """An event about another run, or one that is broken, is not believed: the forge is asked."""
    change = hospital.change()
    run, other = hospital.reviewed(change), hospital.reviewed(change, {evidence.REFUSED: Verdict.REFUSE})
    shape = run_shape(View(hospital.sandbox.world, hospital.sandbox.url), hospital.store.get(Run, REPO, other))
    for number, event in enumerate(
        [shape, {**shape, "id": run, "head_sha": None, "path": 3, "event": {}}, {"id": run}, []]
    ):
        hospital.forget(change)
        job = Job(hospital, run, tmp_path / str(number), more=("--json",))
        job.place.mkdir()
        path = job.place / "started.json"
        path.write_text(json.dumps({"action": "requested" if number == 1 else "completed", "workflow_run": event}))
        job.env = {"GITHUB_EVENT_PATH": str(path)}
        code, _, err = job.finished(job.start())
        assert code == 0, err
        assert hospital.statuses(change.head)[CONTEXT][0] == "success"


def test_a_docs_change_loads_nothing_heavy(hospital, tmp_path):
    change = hospital.change({"docs/index.md": b"# Words\n"})
    run = hospital.run(change)
    probe = tmp_path / "probe.py"
    probe.write_text(
        "import atexit, sys\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'sklearn', 'matplotlib', 'pyarrow', 'polars', 'duckdb', 'dvc', 'pandera', 'jsonschema', 'joblib'}\n"
        "atexit.register(lambda: sys.stderr.write(f'heavy: {sorted(heavy & set(sys.modules))}\\n'))\n"
        "import runpy\n"
        "sys.argv[0] = 'wardround'\n"
        "runpy.run_module('wardround', run_name='__main__')\n",
        encoding="utf-8",
    )
    env = {**os.environ, "GITHUB_OUTPUT": str(tmp_path / "outputs"), "GITHUB_REPOSITORY": REPO, "GITHUB_ACTIONS": "true",
           "GITHUB_API_URL": hospital.sandbox.api_url, "GITHUB_TOKEN": hospital.sandbox.world.tokens.run(REPO, rig.PUBLISH)}  # fmt: skip
    arguments = ["ci", "publish", "--run", str(run), "--tree", str(hospital.tree), "--light"]
    done = subprocess.run([sys.executable, str(probe), *arguments], env=env, capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "heavy: []" in done.stderr
    assert hospital.statuses(change.head) == {CONTEXT: ("success", "not touched by this change")}
    assert hospital.comments(change.number) == ()
    assert (tmp_path / "outputs").read_text() == "done=true\nlock=false\n"


@pytest.mark.parametrize("head", ["c" * 40])
def test_a_commit_that_is_not_there_costs_two_requests(head, hospital):
    change = replace(hospital.change(), head=head)
    assert hospital.publish(hospital.run(change)).calls == 2
