"""Promoting, completing and breaking glass, interrupted at each recorded effect: a second run ends as if nothing had happened."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import effects
import pytest
import stood
import ward as rig
from effects import Crash, Effect, Point

from wardround.deploy.stage_file import StageFile
from wardround.errors import WardroundError
from wardround.flows.promote import glass, propose, recording
from wardround.flows.promote.trunk_forge import ForgeTrunk
from wardround.forge.github import GitHub
from wardround.registry import writing
from wardround.sandbox.model import Review

#: Faults of the tests of every change; all of them are tried under the marker ``slow``.
FEW = {("before", "crash"), ("after", "crash")}


@dataclass
class Scene:
    """What is done, and how it ends when nothing is in the way."""

    ward: rig.Ward
    act: Callable[[], object]
    injector: effects.Injector
    start: stood.Snapshot
    seen: list[Effect] = field(default_factory=list)
    end: stood.End | None = None

    def once(self, point: Point | None = None) -> BaseException | None:
        """One run, and what ended it."""
        try:
            with self.injector.run(point):
                self.act()
        except (Crash, WardroundError, OSError) as error:
            return error
        return None

    def recorded(self) -> Scene:
        """After a first run, so that the clone knows what it will know each time."""
        assert self.once() is None
        stood.put_back(self.ward, self.start)
        assert self.once() is None
        self.seen, self.end = list(self.injector.seen), stood.end(self.ward)
        return self

    def tried(self, points: list[Point]) -> list[str]:
        """Each point: an interrupted run, then a clean one. What was wrong then."""
        assert self.end is not None
        found = []
        for point in points:
            stood.put_back(self.ward, self.start)
            self.once(point)
            assert self.injector.struck, point
            error = self.once()
            if error is not None:
                found.append(f"{point}: the second run ended with {error!r}")
            found += [f"{point}: {problem}" for problem in stood.problems(stood.end(self.ward), self.end)]
        stood.put_back(self.ward, self.start)
        return found


@pytest.fixture(scope="module")
def wards(tmp_path_factory):
    """v1.0.0 in prod, v1.0.1 in staging, v1.0.2 released."""
    with rig.opened(tmp_path_factory.mktemp("crash")) as made:
        for version, stages in {"v1.0.0": ("staging", "prod"), "v1.0.1": ("staging",), "v1.0.2": ()}.items():
            made.release(version)
            for stage in stages:
                made.goes_live(version, stage)
        yield made


@pytest.fixture
def injector(monkeypatch):
    # without waiting for the next second: what is at stake here is not the order of times
    monkeypatch.setattr(writing, "_after", lambda place, _tag, _last: place.now())
    # of the schemas nothing is asked for here; they are files of a library, and take half a second
    monkeypatch.setattr(propose, "_validated", lambda _made: None)
    # numbers that are others in each run
    numbers = (
        r"(?<=/issues/)\d+|(?<=/pulls/)\d+|(?<=/deployments/)\d+|\b[0-9a-f]{40}\b|(?<=/ledger/)[0-9a-f]{2}/[0-9a-f]{64}"
    )
    monkeypatch.setattr(effects, "_NUMBERS", re.compile(numbers))
    return effects.installed(monkeypatch)


def _scene(ward, injector, act) -> Scene:
    return Scene(ward, act, injector, stood.taken(ward)).recorded()


def promoting(ward, injector):
    return _scene(ward, injector, lambda: ward.promote("v1.0.1", "prod", reason="better"))


def updating(ward, injector):
    """The branch and its pull request are there, and another change of the stage was merged since."""
    ward.promote("v1.0.2", "staging", reason="one")
    other = ward.promote("v1.0.0", "staging").proposed
    ward.merge(other.pull)
    ward.complete()
    return _scene(ward, injector, lambda: ward.promote("v1.0.2", "staging", reason="two"))


def completing(ward, injector, versions=("v1.0.2",)):
    """A change of a stage waits."""
    for version in versions:
        ward.merge(ward.promote(version, "staging", reason=f"{version} again").proposed.pull)
    tree = ward.checkout()
    return _scene(ward, injector, lambda: ward.complete(tree=tree))


def completing_two(ward, injector):
    """Two changes of a stage wait."""
    return completing(ward, injector, ("v1.0.2", "v1.0.1"))


def completing_recorded(ward, injector):
    """A change of a stage that somebody has approved waits, and the ledger is kept."""
    number = ward.promote("v1.0.2", "staging", reason="v1.0.2 again").proposed.pull
    store, head = ward.store, ward.pull(number).head_sha
    store.put(Review(store.next_id(), rig.REPO, number, "hospital", "APPROVED", head, "", "2026-03-01T12:00:00Z"))
    ward.merge(number)
    tree = ward.checkout()
    scene = _scene(ward, injector, lambda: ward.complete(tree=tree, ledger=True))
    kinds = sorted(line.partition(" ")[0] for line in scene.end.ledger)
    assert kinds == ["1", "approval", "promotion", "promotion", "promotion"]  # one head; what stages held before, too
    return scene


def breaking(ward, injector):
    """prod goes back to v1.0.0 at once; the reason is another each time that it is told."""
    ward.goes_live("v1.0.1", "prod")
    return _scene(ward, injector, lambda: ward.break_glass("prod", "v1.0.0", reason="wrong units"))


SCENES = [promoting, updating, completing, completing_two, completing_recorded, breaking]


def few(points: list[Point]) -> list[Point]:
    """What changes something on the forge, on both sides. Between two of those nothing changes: the slow test interrupts that, too."""
    return [
        point
        for point in points
        if (point.when, point.fault) in FEW and point.effect.name.startswith(("POST", "PATCH", "PUT", "DELETE"))
    ]


@pytest.mark.parametrize(
    "made",
    [
        promoting,
        completing,
        *(
            pytest.param(one, marks=pytest.mark.slow)
            for one in (updating, completing_two, completing_recorded, breaking)
        ),
    ],
    ids=lambda made: made.__name__,
)
def test_interrupted_anywhere_a_second_run_ends_right(made, wards, injector, capsys):
    kept = stood.taken(wards)
    found = made(wards, injector)
    tried = few(effects.points(found.seen))
    assert len({point.number for point in tried}) * 2 == len(tried) > 4, "each change is interrupted on both sides"
    assert found.tried(tried) == []
    stood.put_back(wards, kept)
    with capsys.disabled():
        sys.stdout.write(f"\n{made.__name__}: {len(found.seen)} effects, {len(tried)} points tried\n")


@pytest.mark.slow
@pytest.mark.parametrize("made", SCENES, ids=lambda made: made.__name__)
def test_every_fault_anywhere(made, wards, injector, capsys):
    kept = stood.taken(wards)
    found = made(wards, injector)
    tried = effects.points(found.seen)
    assert {point.number for point in tried} == set(range(len(found.seen))), "an effect was never interrupted"
    assert found.tried(tried) == []
    stood.put_back(wards, kept)
    with capsys.disabled():
        sys.stdout.write(f"\n{made.__name__}, all faults: {len(found.seen)} effects, {len(tried)} points tried\n")


class TestTheSweepCanFail:
    """Each check of what is there already is taken away, and the sweep that is green above finds what then goes wrong."""

    def tried(self, found, effect, fault=("after", "crash")):
        points = [
            replace(point, number=effects.ANYWHERE)
            for point in effects.points(found.seen)
            if point.effect.name.startswith(effect) and (point.when, point.fault) == fault
        ]
        assert points
        return found.tried(points[:1])

    @pytest.fixture(autouse=True)
    def back(self, wards):
        kept = stood.taken(wards)
        yield
        stood.put_back(wards, kept)

    def test_without_the_look_for_the_tag(self, wards, injector, monkeypatch):
        found = completing(wards, injector)
        assert self.tried(found, "POST /git/refs") == []
        # three looks, one behind the other: what is pending, what the stage holds, and which tag has the record
        monkeypatch.setattr("wardround.flows.promote.complete._Work._place", lambda *_: 1_000_000)
        monkeypatch.setattr(StageFile, "same_as", lambda *_: False)
        monkeypatch.setattr("wardround.flows.promote.complete.counted", lambda state, _main: state)
        assert not any("tags" in one for one in self.tried(found, "POST /git/refs")), "one is enough"
        monkeypatch.setattr(writing, "_held", lambda *_: None)
        assert any("tags" in one for one in self.tried(found, "POST /git/refs"))

    def test_without_the_look_for_the_deployment(self, wards, injector, monkeypatch):
        found = completing(wards, injector)
        assert self.tried(found, "POST /deployments") == []
        monkeypatch.setattr("wardround.forge.github_deployments.DeploymentsPart._deployment", lambda *_: None)
        assert any("deployments" in one for one in self.tried(found, "POST /deployments"))

    def test_without_showing_what_a_killed_run_tagged(self, wards, injector, monkeypatch):
        found = completing(wards, injector)
        monkeypatch.setattr("wardround.flows.promote.complete._Work.show", lambda *_: None)
        assert any("deployments" in one for one in self.tried(found, "POST /git/refs"))

    def test_without_the_look_at_what_the_stage_holds(self, wards, injector, monkeypatch):
        found = breaking(wards, injector)
        assert self.tried(found, "POST /git/refs") == []
        told = iter(range(100))
        monkeypatch.setattr(glass, "write_stage", lambda place, name, new: _always_new(place, name, new, next(told)))
        monkeypatch.setattr("wardround.registry.fold.State.at", lambda *_: None)
        assert any("tags" in one for one in self.tried(found, "POST /git/refs"))

    def test_without_the_branch_that_is_there(self, wards, injector, monkeypatch):
        found = promoting(wards, injector)
        assert self.tried(found, "POST /git/refs") == []

        def blind(self, proposal, tip):
            from wardround.forge.values import FileCommit

            return self.forge.commit_files(
                FileCommit(proposal.branch, tip, proposal.files, str(os.urandom(4)), create=True)
            )

        monkeypatch.setattr(ForgeTrunk, "_committed", blind)
        assert any("the branch has moved" in one for one in self.tried(found, "POST /git/refs"))

    def test_a_mark_that_is_not_set(self, wards, injector, monkeypatch):
        found = breaking(wards, injector)
        monkeypatch.setattr(GitHub, "set_status", lambda *_: None)
        assert any("statuses" in one for one in self.tried(found, "POST /git/refs"))


def _always_new(place, name, new, number):
    record = new.record.model_copy(update={"reason": f"{new.record.reason} {number}"})
    return writing.write_stage(place, name, replace(new, record=record))


def test_the_deployment_is_made_by_one_function():
    """The sweep's points are those of the code that runs."""
    assert recording.deploy.__module__ == "wardround.flows.promote.recording"
