"""Publishing is interrupted at every recorded effect by every fault; a second run ends as if nothing had happened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import effects
import evidence
import hospital as rig
import pytest
import wanted
from effects import Crash, Effect, Point

from wardround.errors import WardroundError
from wardround.flows.publish import judging
from wardround.flows.publish.lock import commit_locks
from wardround.flows.publish.run import publish
from wardround.forge.errors import Refused
from wardround.forge.github_comments import CommentsPart
from wardround.forge.github_commits import CommitsPart
from wardround.values import Verdict

#: The faults of every change; all of them are tried under the marker ``slow``.
FEW = {("before", "crash"), ("after", "crash")}
#: The changes whose effects are of other kinds than those of the change that passes.
MORE = {"passing", "docs_only", "locked"}
DOCS = {"docs/index.md": b"# Read me\n"}


@dataclass
class Scene:
    """What is published, and how it ends when nothing is in the way."""

    hospital: rig.Hospital
    change: rig.Change
    run: int
    act: Callable[[Any], Any]
    permissions: dict[str, str]
    injector: effects.Injector
    seen: list[Effect]
    end: wanted.End
    keep: Callable[[], None]

    @property
    def reports(self) -> Path:
        return self.hospital.place / "reports"

    def once(self, point: Point | None = None, limits: Any = rig.ONCE) -> BaseException | None:
        """One run, and what ended it."""
        given = {"permissions": self.permissions, "limits": limits, "reports": self.reports}
        with self.hospital.request(self.run, **given) as request:
            try:
                with self.injector.run(point):
                    self.act(request)
            except (Crash, WardroundError, OSError) as error:
                return error
        return None

    def again(self) -> None:
        """Back to where nothing was published."""
        self.hospital.forget(self.change)
        self.keep()
        shutil.rmtree(self.reports, ignore_errors=True)

    def problems(self) -> list[str]:
        return wanted.problems(wanted.end(self.hospital, self.change, self.reports), self.end)

    def tried(self, points: list[Point]) -> list[str]:
        """Each point: an interrupted run, then a clean one. What was wrong then."""
        found = []
        for point in points:
            self.again()
            self.once(point)
            assert self.injector.struck, point
            left = [path.name for path in self.reports.rglob("*") if path.name.endswith((".tmp", ".old"))]
            if left and "crash" not in point.fault:
                found.append(f"{point}: left {left}")
            error = self.once()
            if error is not None:
                found.append(f"{point}: the second run ended with {error!r}")
            found += [f"{point}: {problem}" for problem in self.problems()]
        return found


def scene(hospital, injector, change, run, act=publish, permissions=None, keep=lambda: None) -> Scene:
    """Records the run that nothing interrupts."""
    made = Scene(hospital, change, run, act, permissions or rig.PUBLISH, injector, [], wanted.End((), {}, "", {}, ()), keep)  # fmt: skip
    made.again()
    assert made.once() is None
    made.seen = list(injector.seen)
    made.end = wanted.end(hospital, change, made.reports)
    return made


@pytest.fixture
def injector(monkeypatch):
    return effects.installed(monkeypatch)


def passing(hospital, injector):
    change = hospital.change()
    return scene(hospital, injector, change, hospital.reviewed(change))


def refused(hospital, injector):
    change = hospital.change()
    return scene(hospital, injector, change, hospital.reviewed(change, {evidence.REFUSED: Verdict.REFUSE}))


def from_fork(hospital, injector):
    change = hospital.change(fork=True)
    return scene(hospital, injector, change, hospital.reviewed(change))


def docs_only(hospital, injector):
    """The push before changed the model and was refused, so that there is a comment to be brought up to date."""
    change = hospital.change(DOCS)

    def keep():
        with hospital.request(run) as request:
            old = f"<!-- wardround:review -->\n<!-- wardround:run id=1 attempt=1 head={'0' * 40} -->\nrefused\n"
            request.forge.create_comment(change.number, old)

    run = hospital.run(change)
    return scene(hospital, injector, change, run, keep=keep)


def locked(hospital, injector):
    """The App commits the lock: the evidence proposes it, and quarantine has what it names."""
    model = b"the second model"
    change = hospital.change({"pipelines/features.py": b"# another\n"})
    proposed = rig.lock(model)
    hospital.keep_object(model)
    run = hospital.reviewed(change, {evidence.FRESH: Verdict.REFUSE}, lock=proposed)
    return scene(hospital, injector, change, run, commit_locks, rig.LOCK)


CHANGES = [passing, refused, from_fork, docs_only, locked]


def few(points: list[Point], name: str) -> list[Point]:
    more = {("after", "reset"), ("before", "exception"), ("after", "failed")} if name in MORE else set()
    return [point for point in points if (point.when, point.fault) in FEW | more]


def report(capsys, name: str, tried: list[Point], seen: list[Effect]) -> None:
    """All recorded effects were interrupted; how many points were tried is printed."""
    assert {point.number for point in tried} == set(range(len(seen))), "an effect was never interrupted"
    for number in range(len(seen)):
        assert {point.when for point in tried if point.number == number} == {"before", "after"}
    with capsys.disabled():
        print(f"\n{name}: {len(seen)} effects, {len(tried)} points tried")


@pytest.mark.parametrize("made", CHANGES, ids=lambda made: made.__name__)
def test_interrupted_anywhere_a_second_run_ends_right(made, apps, injector, capsys):
    found = made(apps, injector)
    tried = few(effects.points(found.seen), made.__name__)
    assert found.tried(tried) == []
    report(capsys, made.__name__, tried, found.seen)


@pytest.mark.slow
@pytest.mark.parametrize("made", CHANGES, ids=lambda made: made.__name__)
def test_every_fault_anywhere(made, apps, injector, capsys):
    found = made(apps, injector)
    tried = effects.points(found.seen)
    assert found.tried(tried) == []
    report(capsys, f"{made.__name__}, all faults", tried, found.seen)
