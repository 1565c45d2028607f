"""Two branches moved the model: the conflict in dvc.lock is settled by running what the merge changed."""

import json
import os
import shutil
import signal
import subprocess

import pytest
import workshop
from workshop import commit, dvc, git, wardround

from wardround.flows.reproducing import reproduce
from wardround.project.layout import Project
from wardround.revision.lock import parse


def put(place, old, new):
    """Edits one line of params: a merge of two such edits needs nobody."""
    path = place / "params.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def made(place):
    """The pipeline, run as a review runs it; comparing is not what is tested here."""
    reproduce(Project(place), lambda _line: None, pull=False)


def conflicting(root, project="."):
    """main and a branch, each with another model, params that merge by themselves and locks that do not."""
    place = root / project
    git(root, "switch", "--quiet", "--create", "change")
    put(place, "max_iter: 10,", "max_iter: 12,")
    made(place)
    commit(root, "Another model")
    git(root, "switch", "--quiet", "main")
    dvc(root, "checkout", "--quiet")
    put(place, "train: 0.5,", "train: 0.55,")
    made(place)
    commit(root, "Another split")


def stop_at(root, *command):
    done = subprocess.run(
        ["git", *command], cwd=root, env=workshop.ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0, done.stdout
    return done


def locked(root):
    return parse((root / "dvc.lock").read_bytes())


def check_resolved(root, project="."):
    """No markers, nothing unmerged, and the lock is what the stages make of the merged params."""
    place = root / project
    assert git(root, "ls-files", "--unmerged") == ""
    assert "<<<<<<<" not in (place / "dvc.lock").read_text(encoding="utf-8")
    assert json.loads(dvc(place, "status", "--json")) == {}
    records = locked(place).records
    assert '"max_iter": 12' in records["train"]
    assert '"train": 0.55' in records["split"]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_the_bases_lock_is_taken_and_what_changed_runs_again(tiny, how):
    conflicting(tiny)
    base = git(tiny, "show", "main:dvc.lock")
    git(tiny, "switch", "--quiet", "change")
    stop_at(tiny, how, "main")
    answer = wardround(tiny, "lock", "resolve", code=0)
    assert ("the commit that is merged in" if how == "merge" else "HEAD") in answer.out
    assert "split: not changed" in answer.err  # the base's lock counts: its split is not made again
    assert "train: running" in answer.err
    check_resolved(tiny)
    assert locked(tiny).digest("data/split.parquet") == parse(base.encode()).digest("data/split.parquet")
    again = wardround(tiny, "lock", "resolve", code=2)
    assert "in no conflict" in again.err
    if how == "merge":
        git(tiny, "commit", "--quiet", "--no-edit")
    else:
        git(tiny, "-c", "core.editor=true", "rebase", "--continue")
    assert git(tiny, "status", "--porcelain") == ""


@pytest.mark.slow
def test_killed_and_run_again(tiny):
    conflicting(tiny)
    git(tiny, "switch", "--quiet", "change")
    stop_at(tiny, "merge", "main")
    process = workshop.start(tiny, "lock", "resolve")
    try:
        assert workshop.wait_for_stage(process, "train") is not None
        os.killpg(process.pid, signal.SIGKILL)
    finally:
        workshop.stop(process)
    assert git(tiny, "ls-files", "--unmerged") != ""
    wardround(tiny, "lock", "resolve", code=0)
    check_resolved(tiny)


@pytest.mark.slow
def test_other_conflicts_come_first_and_prose_may_wait(tiny):
    (tiny / "README.md").write_text("one\n", encoding="utf-8")
    commit(tiny)
    conflicting(tiny)
    put(tiny, "max_iter: 10,", "max_iter: 14,")
    (tiny / "README.md").write_text("two\n", encoding="utf-8")
    commit(tiny)
    git(tiny, "switch", "--quiet", "change")
    (tiny / "README.md").write_text("three\n", encoding="utf-8")
    commit(tiny)
    stop_at(tiny, "merge", "main")
    before = (tiny / "dvc.lock").read_bytes()
    answer = wardround(tiny, "lock", "resolve", code=2)
    assert "params.yaml" in answer.err
    assert "README.md" not in answer.err
    assert (tiny / "dvc.lock").read_bytes() == before
    git(tiny, "checkout", "--quiet", "--ours", "params.yaml")
    put(tiny, "train: 0.5,", "train: 0.55,")
    git(tiny, "add", "params.yaml")
    answer = wardround(tiny, "lock", "resolve", code=0)
    assert "still in conflict: README.md" in answer.out
    assert git(tiny, "diff", "--name-only", "--diff-filter=U") == "README.md"


def test_without_a_conflict_it_says_so_and_changes_nothing(tiny):
    before = (tiny / "dvc.lock").read_bytes()
    assert "dvc.lock is in no conflict" in wardround(tiny, "lock", "resolve", code=2).err
    assert (tiny / "dvc.lock").read_bytes() == before


@pytest.mark.slow
def test_a_stage_that_fails_leaves_the_conflict(tiny):
    conflicting(tiny)
    git(tiny, "switch", "--quiet", "change")
    stop_at(tiny, "merge", "main")
    (tiny / "pipelines" / "features.py").write_text(
        "def build(encounters, settings):\n    raise ValueError\n", encoding="utf-8"
    )
    answer = wardround(tiny, "lock", "resolve", code=2)
    workshop.check_polite(answer)
    assert "dvc.lock" in git(tiny, "diff", "--name-only", "--diff-filter=U")


@pytest.mark.slow
def test_a_project_below_the_top(tiny, tmp_path):
    root = tmp_path / "many"
    place = root / "projects" / "one"
    place.parent.mkdir(parents=True)
    shutil.copytree(tiny, place, ignore=shutil.ignore_patterns(".git", ".dvc"))
    git(root, "init", "--quiet", "--initial-branch=main")
    dvc(root, "init", "--quiet")
    wardround(place, "upgrade")
    commit(root, "Start")
    made(place)
    commit(root, "First version")
    conflicting(root, "projects/one")
    git(root, "switch", "--quiet", "change")
    stop_at(root, "merge", "main")
    wardround(root, "lock", "resolve", "--project", "projects/one", code=0)
    check_resolved(root, "projects/one")
