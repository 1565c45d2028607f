"""The App commits a lock only when it is exactly what the branch and quarantine say, whatever the evidence proposes."""

from __future__ import annotations

from dataclasses import replace

import evidence
import hospital as rig
import pytest
from hospital import CONTEXT, REPO

from wardround.flows.publish.judge import SUCCESS
from wardround.sandbox.model import Run
from wardround.values import Verdict

MODEL = b"a model for the lock"
STALE = {evidence.FRESH: Verdict.REFUSE}
LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
)


def proposed(apps, lock, verdicts=None):
    change = apps.change()
    apps.keep_object(MODEL)
    return change, apps.reviewed(change, STALE if verdicts is None else verdicts, lock=lock)


def test_a_good_lock_is_committed_and_the_verdict_goes_with_it(apps):
    change, run = proposed(apps, rig.lock(MODEL))
    assert apps.publish(run).lock
    assert apps.statuses(change.head)[CONTEXT][0] == "failure"
    (result,) = apps.commit_locks(run)
    tip = apps.bare().branch(change.branch)
    assert (result.commit, result.reason, result.outcome.state) == (tip, "", SUCCESS)
    assert apps.bare().commit(tip).parents == (change.head,)
    assert apps.bare().file(tip, "dvc.lock").decode() == rig.lock(MODEL)
    assert apps.statuses(tip)[CONTEXT][0] == "success"
    assert apps.commit_locks(run)[0].commit == tip


def test_what_refuses_besides_refuses_the_locks_commit_too(apps):
    _, run = proposed(apps, rig.lock(MODEL), {**STALE, evidence.REFUSED: Verdict.REFUSE})
    (result,) = apps.commit_locks(run)
    assert apps.statuses(result.commit)[CONTEXT] == ("failure", f"refuse: {evidence.REFUSED}")


BAD = {
    "no object": lambda good: rig.lock(b"never pushed"),
    "another command": lambda good: good.replace("wardround stage train", "curl evil.example"),
    "another stage": lambda good: good.replace("  train:", "  evil:"),
    "another output": lambda good: good.replace("models/model", "models/other"),
    "outside": lambda good: good.replace("models/model", "../../etc/model"),
    "another param": lambda good: good.replace("max_iter: 10", "max_iter: 11"),
    "another dependency": lambda good: good.replace("pipelines/model.py", "pipelines/other.py"),
    "no hash": lambda good: "\n".join(line for line in good.split("\n") if "md5: " not in line),
    "no yaml": lambda good: "{" + good,
    "a list": lambda good: "- a\n",
    "nothing": lambda good: "",
    "laughs": lambda good: good + LAUGHS,
    "deep": lambda good: good + "x: " + "[" * 5000 + "]" * 5000,
    "no date": lambda good: good + "x: 2001-99-99\n",
    "another key": lambda good: good + "artifacts: {note: Ada was born in 1950}\n",
    "more of a stage": lambda good: good + "    desc: Ada was born in 1950\n",
    "more of an output": lambda good: good + "      remote: elsewhere\n",
    "a hash that leads elsewhere": lambda good: good.replace("hash: md5\n      md5: ", "hash: md5\n      md5: ../"),
    "no params": lambda good: good.partition("    params:")[0] + "    outs:" + good.partition("    outs:")[2],
    "a tag": lambda good: good + "x: !!python/object/apply:os.system [touch x]\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_lock_that_is_not_so_is_not_committed(name, apps):
    change, run = proposed(apps, BAD[name](rig.lock(MODEL)))
    (result,) = apps.commit_locks(run)
    assert result.reason
    assert not result.commit
    assert apps.bare().branch(change.branch) == change.head
    assert apps.statuses(change.head) == {}


def test_comments_of_the_evidence_do_not_reach_the_branch(apps):
    """Nobody checks them: what is committed is written anew from the values."""
    change, run = proposed(apps, "# Ada was born in 1950\n" + rig.lock(MODEL) + "# and Bob\n")
    (result,) = apps.commit_locks(run)
    assert result.outcome.state == SUCCESS
    tip = apps.bare().branch(change.branch)
    assert apps.bare().file(tip, "dvc.lock").decode() == rig.lock(MODEL)
    assert apps.commit_locks(run)[0].commit == tip


def test_no_lock_goes_to_a_change_of_another_branch(apps):
    apps.push("aside", apps.commit(apps.bare().branch("main"), {"pipelines/contract.py": b"# aside\n"}))
    change = apps.change(into="aside")
    apps.keep_object(MODEL)
    assert apps.commit_locks(apps.reviewed(change, STALE, lock=rig.lock(MODEL))) == ()
    assert apps.bare().branch(change.branch) == change.head


@pytest.mark.parametrize("file", ["params.yaml", "dvc.yaml"])
def test_files_of_the_branch_that_grow_without_end(file, apps):
    text = apps.bare().file(apps.bare().branch("main"), file)
    change = apps.change({file: LAUGHS.encode() + text})
    apps.keep_object(MODEL)
    (result,) = apps.commit_locks(apps.reviewed(change, STALE, lock=rig.lock(MODEL)))
    assert result.reason
    assert apps.bare().branch(change.branch) == change.head


@pytest.mark.parametrize(
    "stage", ["", "x", "[1]", "{cmd: x, deps: 5}", "{cmd: x, outs: [{}]}", "{cmd: x, outs: [[1]]}", "{cmd: x, params: [{params.yaml: 5}]}"]
)  # fmt: skip
def test_a_stage_of_the_branch_that_is_none_is_a_reason(stage, apps):
    change = apps.change({"dvc.yaml": f"stages:\n  train: {stage}\n".encode()})
    apps.keep_object(MODEL)
    (result,) = apps.commit_locks(apps.reviewed(change, STALE, lock=rig.lock(MODEL)))
    assert "stage train: dvc.yaml has it in a form that no stage has" in result.reason
    assert apps.bare().branch(change.branch) == change.head


def test_a_branch_that_moved_is_left_alone(apps):
    change, run = proposed(apps, rig.lock(MODEL))
    moved = apps.commit(change.head, {"pipelines/model.py": b"# moved\n"})
    apps.push(change.branch, moved)
    assert all(not one.commit for one in apps.commit_locks(run))
    assert apps.bare().branch(change.branch) == moved
    assert apps.statuses(moved) == {}


def test_a_commit_of_somebody_else_gets_no_verdict(apps):
    """On top of what was reviewed lies a commit that holds the lock and more."""
    change, run = proposed(apps, rig.lock(MODEL))
    forged = apps.commit(change.head, {"dvc.lock": rig.lock(MODEL).encode(), "pipelines/model.py": b"# evil\n"})
    apps.push(change.branch, forged)
    (result,) = apps.commit_locks(run)
    assert "did not take" in result.reason
    assert apps.statuses(forged) == {}


def test_a_fork_gets_no_commit(apps):
    change = apps.change(fork=True)
    run = apps.reviewed(change, STALE, lock=rig.lock(MODEL))
    assert apps.commit_locks(run) == ()
    apps.store.put(replace(apps.store.get(Run, REPO, run), head_repository=REPO))
    assert apps.commit_locks(run) == ()
    assert apps.bare(change.repository).branch(change.branch) == change.head
