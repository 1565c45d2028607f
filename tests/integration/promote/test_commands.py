"""The commands as processes of their own: what they print, how they exit, and a SIGKILL at a request."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
import ward as rig
from ward import COMPLETE, NAME, REPO, git

from wardround.registry.fold import state_of
from wardround.sandbox.tokens import ACTIONS_BOT


def environment(ward, **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "GITHUB_REPOSITORY": REPO, "GITHUB_API_URL": ward.sandbox.api_url, "DVC_NO_ANALYTICS": "1", **more}


def person(ward) -> dict[str, str]:
    return environment(ward, WARDROUND_TOKEN=ward.tokens["ada"])


def job(ward) -> dict[str, str]:
    """What the job of promote.yml has."""
    return environment(
        ward,
        GITHUB_ACTIONS="true",
        GITHUB_SERVER_URL="https://forge.example",
        GITHUB_RUN_ID="77",
        GITHUB_TOKEN=ward.sandbox.world.tokens.run(REPO, COMPLETE),
        WARDROUND_AUTHOR=ACTIONS_BOT,
    )


def start(ward, env: dict[str, str], *words: str, cwd=None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "wardround", *words],
        cwd=cwd or ward.clone,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(ward, env: dict[str, str], *words: str, cwd=None) -> tuple[int, str, str]:
    process = start(ward, env, *words, cwd=cwd)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def answer(ward, env: dict[str, str], *words: str, cwd=None) -> Any:
    code, out, err = run(ward, env, *words, "--json", cwd=cwd)
    assert code == 0, (out, err)
    return json.loads(out)


def test_the_whole_way_by_commands(fresh):
    fresh.release("v1.0.0")
    fresh.release("v1.0.1")
    for version in ("v1.0.0", "v1.0.1"):
        for stage in ("staging", "prod"):
            said = answer(fresh, person(fresh), "promote", NAME, version, "--stage", stage, "--reason", "better")
            assert (said["version"], said["stage"], said["owners"]) == (version, stage, ["@hospital/clinical-owners"])
            fresh.merge(said["pull"])
            (made,) = answer(fresh, job(fresh), "promote", "--complete", cwd=fresh.checkout())
            assert (made["version"], made["stage"], made["project"]) == (version, stage, NAME)
    git(fresh.clone, "pull", "-q", "--tags", "origin", "main")
    (shown,) = answer(fresh, environment(fresh), "registry")["projects"]
    assert (shown["stages"]["prod"]["version"], shown["stages"]["prod"]["review"]) == ("v1.0.1", "merged")
    code, out, _ = run(fresh, person(fresh), "rollback", NAME, "--stage", "prod")
    assert code == 0
    assert "v1.0.0 goes into prod in place of v1.0.1, once this is merged" in out
    assert "must approve: @hospital/clinical-owners" in out
    broken = answer(
        fresh, person(fresh), "rollback", NAME, "--stage", "prod", "--break-glass", "--reason", "wrong units"
    )
    assert (broken["tag"], broken["break_glass"], broken["made"]) == ("readmission#prod#5", True, True)
    git(fresh.clone, "fetch", "-q", "--tags")
    (shown,) = answer(fresh, environment(fresh), "registry")["projects"]
    assert (shown["stages"]["prod"]["version"], shown["stages"]["prod"]["review"]) == ("v1.0.0", "not reviewed")
    fresh.merge(broken["pull"])
    code, out, err = run(fresh, job(fresh), "promote", "--complete", cwd=fresh.checkout())
    assert (code, "readmission#prod#6: v1.0.0" in out) == (0, True), err
    code, out, _ = run(fresh, job(fresh), "promote", "--complete", cwd=fresh.checkout())
    assert (code, out) == (0, "every merged change of deploy/ has its tag: nothing to do\n")
    git(fresh.clone, "pull", "-q", "--tags", "origin", "main")
    (shown,) = answer(fresh, environment(fresh), "registry")["projects"]
    reviews = {item["tag"]: item["review"] for item in shown["assignments"]}
    assert reviews["readmission#prod#5"] == "reviewed"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["promote"], 2, "a promotion needs a project, a version and a stage"),
        (["promote", NAME, "v1.0.0"], 2, "a promotion needs a project, a version and a stage"),
        (["promote", "another", "v1.0.0", "--stage", "staging"], 2, "this is another project"),
        (["promote", NAME, "v1.0.0", "--stage", "nowhere"], 2, "there is no such stage"),
        (["promote", NAME, "v1.0.0", "--stage", "prod"], 11, "the version does not meet a demand of stage prod"),
        (["promote", NAME, "v7.0.0", "--stage", "staging"], 11, "there is no such version"),
        (["promote", NAME, "v1.0.0", "--stage", "staging", "--remote", "nowhere"], 3, "cannot be fetched"),
        (["promote", "--complete", NAME], 2, "--complete looks at everything that is merged"),
        (["rollback", NAME, "--stage", "prod"], 2, "there is nothing to roll back"),
        (["rollback", NAME, "--stage", "prod", "--break-glass"], 2, "a break-glass needs a reason"),
        (["verify-deployed", "http://127.0.0.1:9", "--stage", "prod"], 11, "no version is in this stage"),
        (["verify-deployed", "nonsense", "--stage", "prod"], 11, "no version is in this stage"),
    ],
)
def test_exit_codes(one, words, code, said):
    found, out, err = run(one, person(one), *words)
    assert (found, said in err) == (code, True), out + err
    found, out, err = run(one, person(one), *words, "--json")
    assert (found, json.loads(out)["exit_code"]) == (code, code)
    assert said in json.loads(out)["problems"][0]["what"]


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    with rig.opened(tmp_path_factory.mktemp("one")) as made:
        made.release("v1.0.0")
        yield made


def test_without_a_token(one):
    env = environment(one)
    code, _, err = run(one, env, "promote", NAME, "v1.0.0", "--stage", "staging")
    assert (code, "there is no token for the forge" in err) == (3, True)


class TestWithoutAForge:
    """A branch and a commit in the clone; a person merges it, and the tags are made here."""

    @pytest.fixture
    def alone(self, fresh):
        fresh.release("v1.0.0")
        git(fresh.clone, "pull", "-q", "--tags", "origin", "main")
        git(fresh.clone, "remote", "remove", "origin")
        return fresh

    def test_the_whole_way(self, alone):
        env = {key: value for key, value in environment(alone).items() if not key.startswith("GITHUB")}
        (alone.clone / "uncommitted.txt").write_text("work of mine\n")
        said = answer(alone, env, "promote", NAME, "v1.0.0", "--stage", "staging", "--local", "--reason", "first")
        assert (said["branch"], said["pull"]) == ("promote/readmission/staging/v1.0.0", None)
        again = answer(alone, env, "promote", NAME, "v1.0.0", "--stage", "staging", "--local", "--reason", "first")
        assert again["commit"] == said["commit"]
        other = answer(alone, env, "promote", NAME, "v1.0.0", "--stage", "staging", "--local", "--reason", "second")
        assert git(alone.clone, "rev-parse", f"{other['commit']}^1") == said["commit"]
        assert git(alone.clone, "status", "--porcelain") == "?? uncommitted.txt", "the work tree is left alone"
        assert "deploy" not in git(alone.clone, "ls-tree", "--name-only", "HEAD").split()
        assert answer(alone, env, "promote", "--complete", "--local") == [], "nothing is merged yet"
        git(alone.clone, "merge", "-q", "--no-ff", "-m", "Approved", said["branch"])
        (made,) = answer(alone, env, "promote", "--complete", "--local")
        assert made["tag"] == "readmission#staging#1"
        held = state_of(alone.clone, NAME).at("staging")
        assert (held.version, held.record.pull, held.tag.tagger) == ("v1.0.0", None, "Ada")
        assert answer(alone, env, "promote", "--complete", "--local") == []
        broken = answer(alone, env, "rollback", NAME, "--stage", "staging", "--to", "v1.0.0", "--break-glass", "--reason", "x", "--local")  # fmt: skip
        assert (broken["tag"], broken["branch"]) == ("readmission#staging#2", "rollback/readmission/staging/v1.0.0")

    def test_a_branch_that_is_checked_out_is_not_moved(self, alone):
        env = environment(alone)
        words = ("promote", NAME, "v1.0.0", "--stage", "staging", "--local", "--reason")
        said = answer(alone, env, *words, "one")
        git(alone.clone, "switch", "-q", said["branch"])
        code, _, err = run(alone, env, *words, "two")
        assert (code, "the branch of this promotion is checked out" in err) == (2, True), err


class _Killing(list[Any]):
    """The sandbox's record of answers: one is noted when its effect took place and nobody was told yet."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number
        self.process: subprocess.Popen[str] | None = None

    def append(self, item: Any) -> None:
        super().append(item)
        if self.process is not None and self.left == 0:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(60)
        self.left -= 1


@pytest.mark.slow
def test_killed_at_requests(fresh):
    """A completion as a process, killed after each of its requests in turn; the last one ends, and there is one tag and one deployment."""
    fresh.release("v1.0.0")
    fresh.merge(fresh.promote("v1.0.0", "staging").proposed.pull)
    tree, kept, count = fresh.checkout(), fresh.sandbox.calls.made, 0
    while True:
        killing = fresh.sandbox.calls.made = _Killing(count)
        process = killing.process = start(fresh, job(fresh), "promote", "--complete", cwd=tree)
        _, err = process.communicate(timeout=240)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err
        count += 1
    fresh.sandbox.calls.made = kept
    assert count > 10
    assert fresh.stage_tags() == ["readmission#staging#1"]
    assert fresh.deployments() == [("staging", "readmission#staging#1", "success")]
