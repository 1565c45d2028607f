"""This repository's own workflows can run in the sandbox: read, granted, not refused, and understood by act."""

import json
from pathlib import Path

import pytest

from wardround.proc import Command, run
from wardround.sandbox.runner import act, permissions, refusals, workflows
from wardround.sandbox.runner.groups import of_workflow
from wardround.sandbox.runner.rewriting import rewrite

ROOT = Path(__file__).resolve().parents[4]
FILES = sorted((ROOT / workflows.DIRECTORY).glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_runs_in_the_sandbox(path, tmp_path):
    def read(name):
        file = ROOT / name
        return file.read_text(encoding="utf-8") if file.is_file() else None

    found = workflows.read(f"{workflows.DIRECTORY}/{path.name}", path.read_text(encoding="utf-8"))
    assert refusals.find(found, read) == ()
    assert all(isinstance(permissions.of_job(found.document, job), dict) for job in found.jobs.values())
    github = {"event_name": "pull_request", "ref": "refs/pull/1/merge", "event": {"pull_request": {"number": 1}}}
    assert of_workflow("acme/ml", found, {"github": github})
    copy = tmp_path / path.name
    copy.write_text(json.dumps(rewrite(found).document), encoding="utf-8")
    done = run(
        Command([str(act.program()), "--validate", "--strict", "--workflows", str(copy)], cwd=tmp_path, timeout=60)
    )
    assert done.ok, done.out + done.err


def test_there_are_some():
    assert {"review.yml", "publish.yml"} <= {path.name for path in FILES}
