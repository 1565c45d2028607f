"""Interrupted at every effect, or overtaken by another run: the next run ends with one entry a look, and nothing half-written."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from watched_ward import Ward, git, ward

from wardround.flows.monitor import keeping as keeping_module
from wardround.flows.monitor.keeping import HISTORY, keeping
from wardround.flows.monitor.run import monitor
from wardround.flows.records import CloneBranch
from wardround.monitoring import history
from wardround.revision.git import Git
from wardround.sandbox.server import Sandbox

_PLACE = Path(__file__).resolve().parents[1] / "publish" / "effects.py"
_spec = importlib.util.spec_from_file_location("monitor_effects", _PLACE)
assert _spec is not None
assert _spec.loader is not None
effects: Any = importlib.util.module_from_spec(_spec)
sys.modules["monitor_effects"] = effects
_spec.loader.exec_module(effects)

REPO = "hospital/tiny"


@pytest.fixture
def quiet(tmp_path: Path) -> Ward:
    """A project without an answer, and an origin: a look at it is quick."""
    made = ward(tmp_path / "clinic", window_days=7)
    made.outcomes()
    origin = tmp_path / "origin.git"
    git(tmp_path, "clone", "-q", "--bare", str(made.root), str(origin))
    git(made.root, "remote", "add", "origin", str(origin))
    return made


def origin_of(place: Ward) -> Path:
    return place.root.parent / "origin.git"


def kept(place: Ward) -> history.History:
    """What is on the branch at origin; raises where an entry is not what its name says."""
    reader = CloneBranch(HISTORY, Git(place.root), origin=True)
    return history.read(reader.now().files, 11).get(("tiny", "prod"), history.History({}))


@pytest.mark.slow
def test_every_effect_interrupted_ends_in_one_entry(quiet: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    injector = effects.installed(monkeypatch)
    monitor(quiet.request(31))
    tip = git(origin_of(quiet), "rev-parse", history.BRANCH).strip()
    with injector.run():
        monitor(quiet.request(32))
    seen = list(injector.seen)
    kinds = {(effect.kind, effect.name) for effect in seen}
    assert ("program", "git") in kinds
    assert ("file", "monitor.json") in kinds
    # files of a directory that takes its place as a whole are flushed, and nothing is done with each after that
    inside = [point for point in effects.points(seen) if point.effect.name == "monitor" and point.when == "after"]
    points = [point for point in effects.points(seen) if point.fault == "crash" and point not in inside]
    assert {point.number for point in points} == set(range(len(seen)))
    for point in points:
        git(origin_of(quiet), "update-ref", f"refs/heads/{history.BRANCH}", tip)
        with injector.run(point), contextlib.suppress(effects.Crash):
            monitor(quiet.request(32))
        assert injector.struck, point
        assert len(kept(quiet).entries) <= 2, point
        found = monitor(quiet.request(32))
        entries = kept(quiet).entries
        assert len(entries) == 2, point
        assert found.entry in entries, point
        assert found.report.is_file(), point
        left = [path for path in (quiet.root / "reports").rglob("*") if path.name.endswith(".old")]
        assert not left, point


@pytest.mark.slow
def test_another_run_was_faster(quiet: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor(quiet.request(32))
    real = CloneBranch.add
    races = 0

    def add(self: CloneBranch, files: Mapping[str, bytes], tip: str, title: str) -> None:
        nonlocal races
        races += 1
        if races == 1:
            monitor(quiet.request(33))
        real(self, files, tip, title)

    monkeypatch.setattr(CloneBranch, "add", add)
    found = monitor(quiet.request(34))
    entries = kept(quiet).entries
    assert len(entries) == 3
    assert len(entries[found.entry].parents) == 1
    assert kept(quiet).heads == (found.entry,)


@pytest.mark.slow
def test_two_branches_of_the_history_merge_without_conflict(quiet: Ward) -> None:
    files: dict[str, bytes] = {}
    monitor(quiet.request(32))
    files |= CloneBranch(HISTORY, Git(quiet.root), origin=True).now().files
    for day in (33, 34):
        git(quiet.root, "push", "-q", "--force", "origin", f"{_first(quiet)}:refs/heads/{history.BRANCH}")
        monitor(quiet.request(day))
        files |= CloneBranch(HISTORY, Git(quiet.root), origin=True).now().files
    found = history.read(files, 11)[("tiny", "prod")]
    assert len(found.entries) == 3
    assert len(found.heads) == 2


def _first(place: Ward) -> str:
    return git(origin_of(place), "rev-list", "--max-parents=0", history.BRANCH).strip()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0])
def test_kill_9_at_any_moment(quiet: Ward, seconds: float) -> None:
    command = [sys.executable, "-m", "wardround", "monitor", "--project", str(quiet.root)]
    env = {**os.environ, "WARDROUND_LOG_KEY_FILE": str(quiet.root / "key")}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(kept(quiet).entries) == 1


@pytest.fixture
def forge(quiet: Ward, tmp_path: Path) -> Any:
    with Sandbox(tmp_path / "sandbox") as sandbox:
        sandbox.create_repository(*REPO.split("/"), from_path=quiet.root)
        yield sandbox


def on_forge(place: Ward, sandbox: Any) -> Callable[..., Any]:
    token = sandbox.world.tokens.run(REPO, {"contents": "write"})
    env = {
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_API_URL": sandbox.api_url,
        "GITHUB_TOKEN": token,
        "GITHUB_ACTIONS": "true",
    }

    def look(day: int, **more: Any) -> Any:
        return monitor(place.request(day, env=env, **more))

    look.env = env  # type: ignore[attr-defined]  # what the test needs besides
    return look


@pytest.mark.slow
def test_on_the_forge_the_branch_has_nothing_else_in_it(quiet: Ward, forge: Any) -> None:
    look = on_forge(quiet, forge)
    first, second, again = look(32), look(33), look(33)
    assert second.recorded
    assert not again.recorded
    there = keeping(Git(quiet.root), look.env).now()  # type: ignore[attr-defined]
    assert set(there.files) == {first.entry, second.entry}
    bare = forge.repositories.open(REPO)
    assert bare.branch(history.BRANCH) == there.tip
    assert not keeping_module.known(Git(quiet.root))


@pytest.mark.slow
def test_on_the_forge_every_effect_interrupted_ends_in_one_entry(
    quiet: Ward, forge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = on_forge(quiet, forge)
    injector = effects.installed(monkeypatch)
    look(31)
    bare = forge.repositories.open(REPO)
    tip = bare.branch(history.BRANCH)
    with injector.run():
        look(32)
    points = [
        point for point in effects.points(list(injector.seen)) if point.effect.kind == "http" and point.fault == "crash"
    ]
    assert any("POST" in point.effect.name for point in points)
    for point in points:
        bare.set(f"refs/heads/{history.BRANCH}", tip)
        with injector.run(point), contextlib.suppress(effects.Crash):
            look(32)
        assert injector.struck, point
        found = look(32)
        there = keeping(Git(quiet.root), look.env).now()  # type: ignore[attr-defined]
        entries = history.read(there.files, 11)[("tiny", "prod")].entries
        assert len(entries) == 2, point
        assert found.entry in entries, point
