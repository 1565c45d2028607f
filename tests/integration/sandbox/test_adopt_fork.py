"""A fork's commit brought to a branch: against the sandbox's API and git over HTTP."""

import subprocess

import pytest
from sandboxes import commit, git

from wardround.errors import GateRefusal, UsageError
from wardround.flows.adopt_fork import AdoptRequest, adopt
from wardround.forge import Credentials, connect

BRANCH = "adopt/pr-1"


class Scene:
    """eve's fork with a branch and its pull request; a maintainer's clone of the repository with a hook that must not run."""

    def __init__(self, place, directory):
        self.place = place
        self.fork = place.clone("eve", "eve/ml", directory / "fork")
        git("switch", "-q", "-c", "idea", cwd=self.fork)
        self.sha = self.push("src/model.py", "x = 2\n")
        made = place.client("eve").call(
            "POST",
            "/repos/acme/ml/pulls",
            {"title": "@acme **urgent** <img src=x>", "head": "eve:idea", "base": "main", "body": "please"},
        )
        assert made.status == 201, made.content
        self.number = made.body["number"]
        self.clone = place.clone("acme", "acme/ml", directory / "clone")
        hooks = self.clone / ".git" / "hooks"
        for name in ("pre-push", "reference-transaction", "post-checkout"):
            (hooks / name).write_text(f"#!/bin/sh\ntouch {directory}/hook-ran\n", encoding="utf-8")
            (hooks / name).chmod(0o755)
        self.hook = directory / "hook-ran"
        self.forge = connect(Credentials("acme/ml", place.tokens["acme"], place.sandbox.api_url))

    def push(self, name, text):
        commit(self.fork, name, text)
        git("push", "-q", "origin", "idea", cwd=self.fork)
        return git("rev-parse", "HEAD", cwd=self.fork).stdout.strip()

    def adopt(self, sha=None, **more):
        return adopt(AdoptRequest(self.forge, self.clone, self.number, sha or self.sha, **more))

    def pulls(self):
        return self.forge.pulls_of_branch("acme/ml", BRANCH)


@pytest.fixture
def scene(place, tmp_path):
    made = Scene(place, tmp_path)
    yield made
    made.forge.close()


def test_the_commit_itself_comes_to_a_branch_with_a_pull_request_of_its_own(scene):
    done = scene.adopt()
    assert done.pushed
    assert scene.forge.branch(BRANCH) == scene.sha
    (pull,) = scene.pulls()
    assert pull.number == done.pull.number != scene.number
    assert (pull.head_sha, pull.base_branch, pull.head_repository) == (scene.sha, "main", "acme/ml")
    assert f"#{scene.number}" in pull.body
    assert scene.sha in pull.body
    assert "Co-authored-by: eve <eve@users.noreply.github.com>" in pull.body
    for text in (pull.title, pull.body):
        assert "urgent" not in text
        assert "@acme" not in text
    assert not scene.hook.exists()
    assert git("for-each-ref", "refs/wardround", cwd=scene.clone).stdout == ""
    assert git("status", "--porcelain", cwd=scene.clone).stdout == ""
    assert git("rev-parse", "--abbrev-ref", "HEAD", cwd=scene.clone).stdout.strip() == "main"

    again = scene.adopt()
    assert not again.pushed
    assert again.pull.number == done.pull.number
    assert len(scene.pulls()) == 1


def test_the_branch_follows_the_fork_and_never_loses_a_commit(scene):
    first = scene.adopt()
    sha = scene.push("src/more.py", "y = 1\n")
    with pytest.raises(GateRefusal, match="another commit than the one that you have read"):
        scene.adopt()  # the commit that was read before
    done = scene.adopt(sha)
    assert done.pushed
    assert done.pull.number == first.pull.number
    assert scene.forge.branch(BRANCH) == sha
    # The App adds a lock on top: the branch holds the commit already, and stays.
    git("fetch", "-q", "origin", cwd=scene.clone)
    git("switch", "-q", "-c", "lock", f"origin/{BRANCH}", cwd=scene.clone)
    commit(scene.clone, "dvc.lock", "schema: '2.0'\n")
    git("-c", "core.hooksPath=/dev/null", "push", "-q", "origin", f"HEAD:{BRANCH}", cwd=scene.clone)
    tip = scene.forge.branch(BRANCH)
    assert not scene.adopt(sha).pushed
    assert scene.forge.branch(BRANCH) == tip
    # Now the two part: nothing is overwritten.
    other = scene.push("src/more.py", "y = 2\n")
    with pytest.raises(GateRefusal, match="holds commits that the fork's does not"):
        scene.adopt(other)
    assert scene.forge.branch(BRANCH) == tip


@pytest.mark.parametrize("name", [".github/workflows/review.yml", ".github/scripts/scope.py", ".GitHub/CODEOWNERS"])
def test_workflows_come_only_when_they_are_asked_for(scene, name):
    sha = scene.push(name, "# mine now\n")
    with pytest.raises(GateRefusal, match="decides how workflows run"):
        scene.adopt(sha)
    assert scene.forge.branch(BRANCH) is None
    assert scene.pulls() == ()
    assert scene.adopt(sha, allow_workflows=True).pushed
    assert scene.forge.branch(BRANCH) == sha


def test_a_workflow_that_is_removed_counts_too(scene):
    git("rm", "-q", ".github/workflows/review.yml", cwd=scene.fork)
    git("commit", "-qm", "No review", cwd=scene.fork)
    git("push", "-q", "origin", "idea", cwd=scene.fork)
    with pytest.raises(GateRefusal, match="decides how workflows run"):
        scene.adopt(git("rev-parse", "HEAD", cwd=scene.fork).stdout.strip())


def test_what_is_no_open_pull_request_of_a_fork_is_refused(scene):
    for sha in (scene.sha[:10], "idea", "--upload-pack=touch", scene.sha.upper() + "x"):
        with pytest.raises(UsageError, match="not a full SHA"):
            scene.adopt(sha)
    with pytest.raises(UsageError, match="no such pull request"):
        adopt(AdoptRequest(scene.forge, scene.clone, 4711, scene.sha))
    own = scene.adopt().pull.number
    with pytest.raises(UsageError, match="does not come from a fork"):
        adopt(AdoptRequest(scene.forge, scene.clone, own, scene.sha))
    closed = scene.place.client("acme").call("PATCH", f"/repos/acme/ml/pulls/{scene.number}", {"state": "closed"})
    assert closed.status == 200
    with pytest.raises(UsageError, match="not open"):
        scene.adopt()


def test_no_token_is_shown_when_git_fails(scene):
    url = scene.place.sandbox.url.replace("http://", f"http://acme:{scene.place.tokens['acme']}@")
    git("remote", "set-url", "origin", f"{url}/acme/nothing.git", cwd=scene.clone)
    with pytest.raises(Exception, match="git could not fetch the base branch") as caught:
        scene.adopt()
    assert scene.place.tokens["acme"] not in str(caught.value)


def test_the_command_line(scene, tmp_path):
    import os
    import sys

    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "WARDROUND_"))},
        "GITHUB_REPOSITORY": "acme/ml",
        "GITHUB_API_URL": scene.place.sandbox.api_url,
        "WARDROUND_TOKEN": scene.place.tokens["acme"],
    }
    command = [sys.executable, "-m", "wardround", "adopt", str(scene.number), "--sha", scene.sha]
    done = subprocess.run(command, cwd=scene.clone, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"{BRANCH}: pushed" in done.stdout
    assert env["WARDROUND_TOKEN"] not in done.stdout + done.stderr
