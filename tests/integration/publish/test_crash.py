"""Publishing is interrupted at every recorded effect by every fault; a second run ends as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import effects
import evidence
import hospital as rig
import pytest
import wanted
from effects import Crash, Effect, Point

from wardround.errors import WardroundError
from wardround.flows.publish.lock import commit_locks
from wardround.flows.publish.run import publish
from wardround.forge.errors import Refused
from wardround.forge.github import GitHub
from wardround.forge.github_comments import CommentsPart
from wardround.forge.github_commits import CommitsPart
from wardround.values import Verdict

#: The faults of every change; all of them are tried under the marker ``slow``.
FEW = {("before", "crash"), ("after", "crash")}
#: The changes whose effects are of other kinds than those of the change that passes.
MORE = {"passing", "docs_only"}
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
    server_url: str = ""

    @property
    def reports(self) -> Path:
        return self.hospital.place / "reports"

    def once(self, point: Point | None = None, limits: Any = rig.ONCE) -> BaseException | None:
        """One run, and what ended it."""
        given = {
            "permissions": self.permissions,
            "limits": limits,
            "reports": self.reports,
            "server_url": self.server_url,
        }
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


def scene(hospital, injector, change, run, act=publish, **more) -> Scene:
    """Records the run that nothing interrupts."""
    more = {"permissions": rig.PUBLISH, "keep": lambda: None, "injector": injector, **more}
    made = Scene(hospital, change, run, act, seen=[], end=wanted.End((), {}, "", {}, ()), **more)
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
    return scene(hospital, injector, change, run, commit_locks, permissions=rig.LOCK)


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
        sys.stdout.write(f"\n{name}: {len(seen)} effects, {len(tried)} points tried\n")


@pytest.mark.parametrize(
    "made",
    [passing, *(pytest.param(made, marks=pytest.mark.slow) for made in CHANGES if made is not passing)],
    ids=lambda made: made.__name__,
)
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


@pytest.mark.parametrize(
    "made", [passing, pytest.param(locked, marks=pytest.mark.slow)], ids=lambda made: made.__name__
)
def test_what_may_be_asked_again_is_asked_again_in_the_same_run(made, apps, injector, capsys):
    """Each fault that passes by itself, at each request: one run is enough."""
    found = made(apps, injector)
    tried = [
        point for point in effects.points(found.seen) if point.effect.kind == "http" and point.fault in _PASSES[point.when]
    ]  # fmt: skip
    wrong = []
    for point in tried:
        found.again()
        error = found.once(point, rig.PATIENT)
        assert found.injector.struck, point
        wrong += [f"{point}: {error!r}"] if error else [f"{point}: {problem}" for problem in found.problems()]
    assert wrong == []
    with capsys.disabled():
        sys.stdout.write(f"\n{made.__name__}: {len(tried)} points tried in one run each\n")


_PASSES = {"before": {"503", "limit"}, "after": {"502"}}


@pytest.fixture
def cml(tmp_path, monkeypatch):
    """A program that does what CML does: it posts a comment over TLS, and says so."""
    program = tmp_path / "bin" / "cml"
    program.parent.mkdir()
    program.write_text(CML.replace("PYTHON", sys.executable), encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return program


CML = """#!PYTHON -SE
import http.client, json, os, ssl, sys
from urllib.parse import urlsplit
words = sys.argv
place = urlsplit(words[words.index("--repo") + 1])
number = words[words.index("--target") + 1].partition("/")[2]
body = json.dumps({"body": open(words[-1], encoding="utf-8").read()})
context = ssl.create_default_context(cafile=os.environ["NODE_EXTRA_CA_CERTS"])
to = http.client.HTTPSConnection(place.hostname, place.port, context=context, timeout=20)
headers = {"Authorization": "token " + os.environ["REPO_TOKEN"], "Content-Type": "application/json"}
to.request("POST", f"/api/v3/repos{place.path}/issues/{number}/comments", body, headers)
sys.exit(0 if to.getresponse().status == 201 else 1)
"""


@pytest.mark.usefixtures("cml")
def test_interrupted_while_cml_posts(apps, injector, monkeypatch, capsys):
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(apps.sandbox.ca_file))
    change = apps.change()
    found = scene(apps, injector, change, apps.reviewed(change), server_url=apps.sandbox.tls_url)
    assert [one for one in found.seen if one.kind == "program"] == [Effect("program", "cml")]
    assert not any(one.name.startswith("POST /issues/") for one in found.seen), "CML made the comment"
    place = next(number for number, one in enumerate(found.seen) if one.kind == "program")
    tried = [point for point in effects.points(found.seen) if abs(point.number - place) < 2]
    assert found.tried(tried) == []
    with capsys.disabled():
        sys.stdout.write(f"\nCML: {len(tried)} points tried around it\n")


class TestTheSweepCanFail:
    """Each idempotence check is taken away, and the sweep that is green above finds what then goes wrong."""

    def tried(self, found, effect, *faults):
        points = [point for point in effects.points(found.seen) if point.effect.name.startswith(effect)]
        chosen = [replace(point, number=effects.ANYWHERE) for point in points if (point.when, point.fault) in faults]
        assert chosen
        return found.tried(chosen)

    def test_without_the_look_before_a_comment_is_made(self, apps, injector, monkeypatch):
        found = passing(apps, injector)
        assert self.tried(found, "POST /issues", ("after", "crash")) == []

        def blind(self, spec):
            made = self.create_comment(spec.number, spec.compose(()))
            spec.written()
            return made

        monkeypatch.setattr(CommentsPart, "upsert_comment", blind)
        assert any("2 comments" in one for one in self.tried(found, "POST /issues", ("after", "crash")))

    def test_without_the_look_for_ones_own_commit(self, apps, injector, monkeypatch):
        found = locked(apps, injector)

        def blind(_self, tip, _tree, spec):
            raise Refused("the branch has moved", where=spec.branch, found=tip)

        monkeypatch.setattr(CommitsPart, "_own_commit", blind)
        wrong = self.tried(found, "PATCH /git/refs", ("after", "crash"), ("after", "reset"))
        assert any("the branch is at" in one for one in wrong)

    def test_without_the_removal_of_duplicates(self, apps, injector, monkeypatch):
        """Two that look before either writes make two comments; only the removal ends in one."""
        found = passing(apps, injector)

        def both() -> list[str]:
            found.again()
            pair(apps, found.run)
            return found.problems()

        assert both() == []
        monkeypatch.setattr(
            CommentsPart, "_settle", lambda self, own, body: [self.edit_comment(one.id, body) for one in own]
        )
        assert "2 comments" in both()

    def test_a_status_that_is_not_set(self, apps, injector, monkeypatch):
        found = passing(apps, injector)
        monkeypatch.setattr(GitHub, "set_status", lambda *_: None)
        assert any("statuses {}" in one for one in self.tried(found, "POST /issues", ("after", "crash")))


def pair(hospital, run):
    """Two publishes of one run, each of which has looked at the comments before either writes."""
    ready, seen = threading.Barrier(2, timeout=20), set()

    def hold(method, path):
        if method == "POST" and path.endswith("/comments") and threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            with contextlib.suppress(threading.BrokenBarrierError):
                ready.wait()

    hospital.sandbox.calls.interceptors.append(hold)
    try:
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(quietly, hospital, run) for _ in range(2)]:
                done.result()
    finally:
        hospital.sandbox.calls.interceptors.remove(hold)


def quietly(hospital, run):
    """A publish that may end with an explained failure: another one is at work."""
    with contextlib.suppress(WardroundError):
        hospital.publish(run, reports=hospital.place / "reports")
