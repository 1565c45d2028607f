"""SIGKILL to the real processes of a review, at moments drawn by seed: the next run ends as if nothing had happened."""

import os
import random
import re
import signal
import time

import pytest
import workshop
from workshop import commit, git, wardround

from wardround.flows.faults import edit_params

MADE = {f"{name}.json" for name in workshop.EVIDENCE}


def made(root):
    """The evidence of stages. What the review adds depends on whether the lock was committed before."""
    return {name: content for name, content in workshop.evidence(root).items() if name in MADE}


def changed(root, params):
    git(root, "switch", "--quiet", "--create", "change")
    edit_params(root, params)
    commit(root, "A change")


def killed_in(root, stage, seconds):
    """Starts a review, kills the process of the stage ``seconds`` after it began; the review's code and words."""
    process = workshop.start(root, "review")
    try:
        pid = workshop.wait_for_stage(process, stage)
        assert pid is not None, process.stdout.read()
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        out, _ = process.communicate(timeout=120)
        return process.returncode, out
    finally:
        workshop.stop(process)


def after_the_kill(root, stage, code, out):
    assert code == 3, out
    assert f"the stage {stage} failed" in out
    assert "next:" in out
    assert "Traceback" not in out
    workshop.check_whole(root)


@pytest.mark.slow
def test_a_kill_in_training_and_in_the_evaluation(tiny, tmp_path):
    params = {"model": {"settings": {"max_iter": 12}}}
    changed(tiny, params)
    control = workshop.copied(tiny, tmp_path / "control")
    draw = random.Random(1)
    for stage in ("train", "evaluate"):
        after_the_kill(tiny, stage, *killed_in(tiny, stage, draw.uniform(0.0, 0.6)))
    last = wardround(tiny, "review")
    assert last.code == 11, last.text
    assert "train: not changed" in last.err
    wardround(control, "review", code=11)
    assert workshop.evidence(tiny) == workshop.evidence(control)
    workshop.check_whole(tiny)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_kills_in_every_stage_at_several_moments(seed, synthetic, tmp_path):
    changed(synthetic, {"synthetic": {"seed": seed}})
    control = workshop.copied(synthetic, tmp_path / "control")
    draw = random.Random(seed)
    for stage in workshop.STAGES:
        for _ in range(3):
            code, out = killed_in(synthetic, stage, draw.uniform(0.0, 1.5))
            if code != 3:
                break  # the stage was done before the signal came
            after_the_kill(synthetic, stage, code, out)
    for root in (synthetic, control):
        wardround(root, "review")
        commit(root, "The lock")
        workshop.dvc(root, "push", "--quiet")
        wardround(root, "review")
        workshop.check_whole(root)
    assert workshop.evidence(synthetic) == workshop.evidence(control)


@pytest.mark.parametrize(
    "moment", [0.0, 0.4, pytest.param(0.9, marks=pytest.mark.slow), pytest.param(1.6, marks=pytest.mark.slow)]
)
def test_a_kill_of_the_review_while_it_compares_judges_and_writes(moment, tiny):
    before = workshop.evidence(tiny)
    process = workshop.start(tiny, "review")
    try:
        for line in process.stdout:
            if "comparing with base" in line:
                break
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
    finally:
        workshop.stop(process)
    for content in workshop.evidence(tiny).values():
        assert content.endswith(b"}\n")
    wardround(tiny, "review", code=0)
    workshop.check_whole(tiny)
    assert made(tiny) == {name: content for name, content in before.items() if name in MADE}


def test_a_kill_of_the_review_ends_its_stage_too_and_the_next_run_starts_at_once(tiny):
    changed(tiny, {"features": {"touched": 1}})
    process = workshop.start(tiny, "review")
    try:
        stage = workshop.wait_for_stage(process, "features")
        assert stage is not None
        below = [pid for pid, _ in workshop.children(process.pid)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        until = time.monotonic() + 10
        while any(alive(pid) for pid in below) and time.monotonic() < until:
            time.sleep(0.05)
        assert [pid for pid in below if alive(pid)] == []
    finally:
        workshop.stop(process)
    git(tiny, "switch", "--quiet", "--force", "main")
    again = wardround(tiny, "review", code=0)
    assert not re.search(r": running", again.err)
    workshop.check_whole(tiny)


def alive(pid):
    return workshop.state(pid) not in ("", "Z")
