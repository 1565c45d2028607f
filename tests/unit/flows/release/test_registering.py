"""Tags of versions at an origin: real repositories, real pushes, kills in between, and others that are faster."""

import os
import subprocess
from dataclasses import dataclass

import pytest
from records import candidate

from wardround.errors import EnvironmentFailure, GovernanceFinding, UsageError
from wardround.flows.release import registering
from wardround.registry.local import LocalTags
from wardround.registry.writing import Taken

ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(root, *args, check=True):
    done = subprocess.run(["git", *args], cwd=root, env=ENV, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout.strip()


@dataclass
class Clones:
    origin: object
    one: object
    other: object

    def commit(self, text="x"):
        git(self.one, "commit", "--quiet", "--allow-empty", "-m", text)
        git(self.one, "push", "--quiet", "origin", "main")
        git(self.other, "pull", "--quiet")
        return git(self.one, "rev-parse", "HEAD")


@pytest.fixture
def clones(tmp_path):
    origin = tmp_path / "origin.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    made = []
    for name in ("one", "other"):
        git(tmp_path, "clone", "--quiet", str(origin), name)
        git(tmp_path / name, "config", "user.name", name)
        git(tmp_path / name, "config", "user.email", f"{name}@example.org")
        if not made:
            git(tmp_path / name, "switch", "--quiet", "--create", "main")
            git(tmp_path / name, "commit", "--quiet", "--allow-empty", "-m", "first")
            git(tmp_path / name, "push", "--quiet", "--set-upstream", "origin", "main")
        made.append(tmp_path / name)
    return Clones(origin, *made)


def place(root):
    return registering.place(root, "demo", {})


def tags(root):
    return git(root, "for-each-ref", "--format=%(refname)", "refs/tags", "refs/wardround").split()


def test_the_tag_is_at_origin_annotated_and_once(clones):
    ready = candidate(clones.commit())
    made = registering.make(place(clones.one), ready)
    assert (made.version, made.commit, made.record) == ("v1.0.0", ready.record.commit, ready.record)
    again = registering.make(place(clones.other), ready)
    assert again.tag.object == made.tag.object
    for root in (clones.origin, clones.one, clones.other):
        assert tags(root) == ["refs/tags/demo@v1.0.0"]
    assert git(clones.origin, "cat-file", "-t", "demo@v1.0.0") == "tag"


def test_a_clone_without_origin_registers_here(clones):
    git(clones.one, "remote", "remove", "origin")
    found = place(clones.one)
    assert isinstance(found, LocalTags)
    registering.make(found, candidate(git(clones.one, "rev-parse", "HEAD")))
    assert tags(clones.one) == ["refs/tags/demo@v1.0.0"]


def test_a_run_that_was_killed_between_tag_and_push_is_made_up_for(clones):
    commit = clones.commit()
    git(clones.one, "update-ref", "refs/wardround/pending/demo@v1.0.0", commit)
    git(clones.one, "tag", "-a", "-m", "half", "demo@v1.0.0", commit)
    assert registering.state(place(clones.one), "demo").versions == ()
    assert tags(clones.one) == []
    registering.make(place(clones.one), candidate(commit))
    assert tags(clones.one) == tags(clones.origin) == ["refs/tags/demo@v1.0.0"]


def test_a_run_that_was_killed_after_the_push_has_its_tag(clones):
    commit = clones.commit()
    made = registering.make(place(clones.one), candidate(commit))
    git(clones.one, "update-ref", "refs/wardround/pending/demo@v1.0.0", commit)
    (version,) = registering.state(place(clones.one), "demo").versions
    assert version.tag.object == made.tag.object
    assert tags(clones.one) == ["refs/tags/demo@v1.0.0"]


def test_another_machine_took_the_version_while_this_one_was_dead(clones):
    first = clones.commit()
    git(clones.one, "update-ref", "refs/wardround/pending/demo@v1.0.0", first)
    git(clones.one, "tag", "-a", "-m", "half", "demo@v1.0.0", first)
    second = clones.commit("y")
    registering.make(place(clones.other), candidate(second))
    with pytest.raises(Taken):
        registering.make(place(clones.one), candidate(first))
    assert git(clones.one, "rev-parse", "demo@v1.0.0^{commit}") == second
    registering.make(place(clones.one), candidate(first, "v1.0.1"))
    assert tags(clones.origin) == ["refs/tags/demo@v1.0.0", "refs/tags/demo@v1.0.1"]


class Faster:
    """A place where somebody else's tag arrives between the question and the push."""

    def __init__(self, place, act):
        self.place, self.act = place, act

    def tags(self):
        return self.place.tags()

    def now(self):
        return self.place.now()

    def wait(self, seconds):
        self.place.wait(seconds)

    def make(self, *args):
        act, self.act = self.act, lambda: None
        act()
        return self.place.make(*args)


def test_who_is_second_with_another_commit_takes_the_next(clones):
    first, second = clones.commit(), clones.commit("y")
    late = Faster(place(clones.one), lambda: registering.make(place(clones.other), candidate(second)))
    with pytest.raises(Taken):
        registering.make(late, candidate(first))
    assert git(clones.origin, "rev-parse", "demo@v1.0.0^{commit}") == second
    assert tags(clones.one) == ["refs/tags/demo@v1.0.0"], "nothing of the attempt is left"


def test_who_is_second_with_the_same_record_finds_it(clones):
    commit = clones.commit()
    late = Faster(place(clones.one), lambda: registering.make(place(clones.other), candidate(commit)))
    assert registering.make(late, candidate(commit)).version == "v1.0.0"
    assert git(clones.origin, "log", "-1", "--format=%an", "demo@v1.0.0")
    assert len(tags(clones.origin)) == 1


def test_a_refused_push_leaves_nothing_and_says_why(clones):
    hook = clones.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'rule: tags are made by the App' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(EnvironmentFailure, match="could not push the tag") as refused:
        registering.make(place(clones.one), candidate(git(clones.one, "rev-parse", "HEAD")))
    assert "rulesets" in refused.value.problems[0].next
    assert tags(clones.one) == tags(clones.origin) == []


def test_a_tag_that_was_moved_at_origin_stops_everything(clones):
    first = clones.commit()
    registering.make(place(clones.one), candidate(first))
    second = clones.commit("y")
    moved = ["tag", "--force", "-a", "-m", "moved", "demo@v1.0.0", second]
    git(clones.origin, "-c", "user.name=x", "-c", "user.email=x@example.org", *moved)
    with pytest.raises(GovernanceFinding, match="tags never move") as refused:
        place(clones.one).tags()
    assert refused.value.problems[0].found == "demo@v1.0.0"


def test_a_tag_that_is_only_here_does_not_count_and_is_not_taken_away(clones):
    commit = clones.commit()
    git(clones.one, "tag", "-a", "-m", "by hand", "demo@v1.0.0", commit)
    assert registering.state(place(clones.one), "demo").taken == frozenset()
    with pytest.raises(EnvironmentFailure, match="in this clone and not at origin"):
        registering.make(place(clones.one), candidate(commit))
    assert tags(clones.one) == ["refs/tags/demo@v1.0.0"]
    assert tags(clones.origin) == []


def test_an_origin_that_does_not_answer_is_said(clones):
    git(clones.one, "remote", "set-url", "origin", str(clones.origin) + "-gone")
    with pytest.raises(EnvironmentFailure, match="origin does not answer"):
        place(clones.one).tags()


def test_a_commit_that_is_a_version_with_other_contents_is_refused(clones):
    commit = clones.commit()
    registering.make(place(clones.one), candidate(commit))
    with pytest.raises(UsageError, match="with other contents"):
        registering.make(place(clones.one), candidate(commit, reason="another"))
