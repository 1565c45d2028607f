"""The end of a release, killed before and after each of its effects: a second run ends with one version, one tag, all files.

The list of effects is taken from a recorded real run, so that none is forgotten.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from records import candidate, files, store

from wardround.flows.ledger.checking import check as ledger_check
from wardround.flows.ledger.checking import entries
from wardround.flows.release import candidate as flow
from wardround.flows.release import keeping, registering
from wardround.ledger import heads_in

CHILD = Path(__file__).with_name("concluding_child.py")
ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src"),
}


def git(root, *args):
    done = subprocess.run(["git", *args], cwd=root, env=ENV, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass
class Scene:
    """A clone of an origin, the files of a release, an empty store."""

    place: Path

    def __post_init__(self):
        self.origin, self.clone, self.store = self.place / "origin.git", self.place / "clone", self.place / "store"
        git(self.place, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        git(self.place, "clone", "--quiet", str(self.origin), "clone")
        for key, value in (("user.name", "T"), ("user.email", "t@example.org")):
            git(self.clone, "config", key, value)
        git(self.clone, "switch", "--quiet", "--create", "main")
        git(self.clone, "commit", "--quiet", "--allow-empty", "-m", "first")
        git(self.clone, "push", "--quiet", "--set-upstream", "origin", "main")
        self.ready = candidate(git(self.clone, "rev-parse", "HEAD"))
        files(self.place / "files", self.ready)
        flow.write(self.place / "candidate.json", self.ready)
        self.store.mkdir()

    def run(self, *point):
        command = [sys.executable, str(CHILD), *map(str, (self.clone, self.place / "files", self.store))]
        command += [str(self.place / "candidate.json"), *map(str, point)]
        return subprocess.run(command, env=ENV, capture_output=True, text=True, timeout=120, check=False)

    def check(self):
        """One version, one tag, at origin and here; every file under its digest and under the version's name; nothing else."""
        for root in (self.origin, self.clone):
            refs = git(root, "for-each-ref", "--format=%(refname)", "refs/tags", "refs/wardround").split()
            assert refs == ["refs/tags/demo@v1.0.0"]
        (version,) = registering.state(registering.place(self.clone, "demo", {}), "demo").versions
        assert version.record == self.ready.record
        at = store(self.store)
        keeping.require(at, self.ready.record)
        assert keeping.heal(at, "v1.0.0", self.ready.record) == ()
        names = sorted(path.relative_to(self.store).as_posix() for path in self.store.rglob("*") if path.is_file())
        assert len(names) == 11, names
        assert not [name for name in names if name.endswith(".tmp")]
        verified, _ = ledger_check(self.clone)
        assert (verified.sound, verified.entries, verified.anchored) == (True, 2, 1), verified.doubts
        decision, release = entries(self.clone)
        assert (decision.kind, release.kind) == ("decision", "release")
        assert (release.facts["object"], release.facts["decision"]) == (version.tag.object, decision.about)
        assert heads_in(version.tag.message) == (decision.digest,)

    def consistent(self):
        """What a killed run may leave: no tag at origin whose files are not all there."""
        refs = git(self.origin, "for-each-ref", "--format=%(refname)", "refs/tags").split()
        if refs:
            keeping.require(store(self.store), self.ready.record)


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    scene = Scene(tmp_path_factory.mktemp("recorded"))
    done = scene.run()
    assert done.returncode == 0, done.stderr
    scene.check()
    return done.stdout.splitlines()[1:]


def test_the_list_of_effects_is_whole(effects):
    words = " | ".join(effects)
    for part in (
        "put objects/",
        "put v1.0.0/",
        "git push",
        "git commit-tree",
        "git ls-remote",
        "git update-ref",
        "tag demo@v1.0.0",
    ):
        assert part in words, words
    first_name = next(place for place, effect in enumerate(effects) if effect.startswith("put v1.0.0/"))
    push = effects.index("program git push")
    last_object = max(place for place, effect in enumerate(effects) if effect.startswith("put objects/"))
    assert last_object < push < first_name, "files before the tag, names after it"


def _killed(tmp_path, number, when):
    scene = Scene(tmp_path)
    done = scene.run(number, when)
    assert done.returncode == -9, done.stdout + done.stderr
    scene.consistent()
    again = scene.run()
    assert again.returncode == 0, again.stderr
    scene.check()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["tag demo@v1.0.0", "program git push"])
def test_killed_around_the_tag(what, when, effects, tmp_path):
    _killed(tmp_path, effects.index(what), when)


@pytest.mark.slow
def test_killed_at_every_effect(effects, tmp_path):
    for number in range(len(effects)):
        for when in ("before", "after"):
            place = tmp_path / f"{number}-{when}"
            place.mkdir()
            _killed(place, number, when)


@pytest.mark.slow
def test_killed_again_and_again(effects, tmp_path):
    """Each run gets one effect further than the one before."""
    scene = Scene(tmp_path)
    for number in range(len(effects) + 40):
        done = scene.run(number, "after")
        scene.consistent()
        if done.returncode == 0:
            break
    assert done.returncode == 0
    scene.check()


def test_two_at_once_end_with_one_version(tmp_path):
    scene = Scene(tmp_path)
    git(tmp_path, "clone", "--quiet", str(scene.origin), "other")
    for key, value in (("user.name", "O"), ("user.email", "o@example.org")):
        git(tmp_path / "other", "config", key, value)
    command = [sys.executable, str(CHILD)]
    both = [
        subprocess.Popen(
            [*command, *map(str, (root, tmp_path / "files", scene.store, tmp_path / "candidate.json"))],
            env=ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for root in (scene.clone, tmp_path / "other")
    ]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    git(scene.clone, "fetch", "--quiet", "--tags")
    scene.check()
