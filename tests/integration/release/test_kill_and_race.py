"""Whole releases that are killed at moments drawn by seed, and two at once: one version, one tag, nothing left running."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
import workshop
from releasing import kept, push, record, release, retrained, tags
from workshop import ENVIRONMENT, git

pytestmark = pytest.mark.slow


def start(root, *args):
    """The real command, with progress on its standard error."""
    command = [sys.executable, "-m", "wardround", "release", "--engine", "none", *args]
    env = {**ENVIRONMENT, "XDG_CONFIG_HOME": str(root.parent / "config")}
    return subprocess.Popen(
        command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def _changed(root):
    with (root / "pipelines" / "service.py").open("a") as stream:
        stream.write("\n# a change\n")
    return push(root)


def _whole(root, version, commit):
    """One version at that commit, whose files are those that its tag names; no scratch, no half-written file."""
    assert tags(root) == ["tiny@v1.0.0", f"tiny@{version}"]
    told = record(root, f"tiny@{version}")
    assert told["commit"] == commit
    release(root, "--verify", version, code=0)
    assert not git(root, "for-each-ref", "refs/wardround")
    place = kept(root, version).parent
    assert not [path for path in place.rglob("*") if path.name.endswith(".tmp")]
    assert not (root / ".dvc" / "tmp" / "wardround" / "release").exists()


@pytest.mark.parametrize(
    ("words", "seed"),
    [
        ("train: running", 1),
        ("comparing with base", 2),
        ("building tiny", 3),
        ("smoke test", 4),
        ("keeping its files", 5),
    ],
)
def test_a_kill_at_any_moment(words, seed, released):
    commit = _changed(released)
    process = start(released)
    try:
        for line in process.stdout:
            if words in line:
                break
        time.sleep(random.Random(seed).uniform(0.0, 2.0))
        below = [pid for pid, _ in workshop.children(process.pid)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        until = time.monotonic() + 45
        while any(workshop.state(pid) not in ("", "Z") for pid in below) and time.monotonic() < until:
            time.sleep(0.1)
        assert [pid for pid in below if workshop.state(pid) not in ("", "Z")] == []
    finally:
        workshop.stop(process)
    answer = json.loads(release(released, "--json", code=0).out)
    assert answer["status"] in {"released", "nothing to do"}
    _whole(released, "v1.0.1", commit)


def test_ctrl_c_ends_the_service_too_and_says_so(released):
    _changed(released)
    process = start(released)
    try:
        for line in process.stdout:
            if "smoke test" in line:
                break
        time.sleep(3)
        below = [pid for pid, _ in workshop.children(process.pid)]
        os.kill(process.pid, signal.SIGTERM)
        out, _ = process.communicate(timeout=90)
        assert process.returncode == 130, out
        assert [pid for pid in below if workshop.state(pid) not in ("", "Z")] == []
    finally:
        workshop.stop(process)
    assert tags(released) == ["tiny@v1.0.0"]


def _other_clone(root):
    other = root.parent / "other"
    git(root.parent, "clone", "--quiet", "tiny-origin.git", "other")
    for key, value in (("user.name", "Other"), ("user.email", "other@example.org")):
        git(other, "config", key, value)
    return other


def test_two_releases_of_one_commit(released):
    commit = _changed(released)
    other = _other_clone(released)
    both = [start(root, "--json", "--quiet") for root in (released, other)]
    try:
        said = [json.loads(process.communicate(timeout=900)[0]) for process in both]
    finally:
        for process in both:
            workshop.stop(process)
    assert [process.returncode for process in both] == [0, 0], said
    assert {answer["version"] for answer in said} == {"v1.0.1"}
    git(released, "fetch", "--quiet", "--tags")
    _whole(released, "v1.0.1", commit)


def test_two_releases_of_two_commits(released):
    """The later one is a version in any case; the earlier one is, if it was faster."""
    first = _changed(released)
    other = _other_clone(released)
    git(other, "checkout", "--quiet", first)
    second = retrained(released, {"model": {"settings": {"max_iter": 13}}})
    both = [start(root, "--json", "--quiet") for root in (released, other)]
    try:
        said = [json.loads(process.communicate(timeout=900)[0]) for process in both]
    finally:
        for process in both:
            workshop.stop(process)
    assert [process.returncode for process in both] == [0, 0], said
    git(released, "fetch", "--quiet", "--tags")
    made = {name: record(released, name) for name in tags(released)}
    assert made["tiny@v1.0.0"]["commit"] not in {first, second}
    latest = max(made)
    assert made[latest]["commit"] == second, said
    assert len({told["commit"] for told in made.values()}) == len(made), "one version a commit"
    previous = sorted(made)
    for before, name in itertools.pairwise(previous):
        assert made[name]["previous"] == before.partition("@")[2]
        release(released, "--verify", name.partition("@")[2], code=0)


def test_a_second_release_in_the_same_clone_waits_for_nobody(released):
    _changed(released)
    process = start(released)
    try:
        for line in process.stdout:
            if "running" in line:
                break
        answer = release(released, code=3)
        assert "another release of this project is running here" in answer.err
    finally:
        workshop.stop(process)
