"""The record of looks in run.json, and their number."""

import json
import multiprocessing
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from wardround.errors import EnvironmentFailure
from wardround.evidence.comparison import Against, Comparison
from wardround.flows import looks
from wardround.revision.git import Git
from wardround.revision.lock import Lock
from wardround.revision.looks import Look


def lock(model: str, snapshot: str = "s", split: str = "p") -> Lock:
    evaluated = {"data/snapshot": snapshot, "data/split.parquet": split, "models/model": model}
    return Lock(evaluated, ("evaluate",), {"evaluate": evaluated})


def look(model: str, snapshot: str = "s") -> Look:
    return Look(snapshot, "p", model)


def recorded(place: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((place / "run.json").read_text())["looks"]
    return found


def test_the_same_look_twice_is_one(tmp_path: Path) -> None:
    place = tmp_path / "scratch"
    looks.record(place, [look("b"), look("a")])
    before = (place / "run.json").stat().st_mtime_ns
    looks.record(place, [look("a"), look("a")])
    assert (place / "run.json").stat().st_mtime_ns == before
    looks.record(place, [look("a", "other")])
    assert recorded(place) == {look("a").block: ["a", "b"], look("a", "other").block: ["a"]}


def test_other_facts_and_looks_keep_each_other(tmp_path: Path) -> None:
    looks.keep(tmp_path, {"seconds": {"judge": 1.0}})
    looks.record(tmp_path, [look("a")])
    looks.keep(tmp_path, {"seconds": {"judge": 2.0}})
    found = json.loads((tmp_path / "run.json").read_text())
    assert found == {"seconds": {"judge": 2.0}, "looks": {look("a").block: ["a"]}}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"looks": 3}', '{"looks": {"x": 3}}'])
def test_a_record_that_cannot_be_read_begins_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    looks.record(tmp_path, [look("a")])
    assert recorded(tmp_path) == {look("a").block: ["a"]}


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".run.json.0123456789ab.tmp"
    left.write_text("{")
    looks.record(tmp_path, [look("a")])
    assert not left.exists()


def test_a_record_that_cannot_be_written_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from filelock import FileLock

    monkeypatch.setattr(looks, "PATIENCE", 0.1)
    with FileLock(tmp_path / "run.json.lock"), pytest.raises(EnvironmentFailure, match="does not let go"):
        looks.record(tmp_path, [look("a")])


def _write_many(place: Path, name: str, number: int) -> None:
    for at in range(number):
        looks.record(place, [look(f"{name}{at}")])


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write_many, args=(tmp_path, name, 15)) for name in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(recorded(tmp_path)[look("a").block]) == 45


def test_a_killed_writer_leaves_a_whole_record(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writer = spawn.Process(target=_write_many, args=(tmp_path, "x", 100_000))
    writer.start()
    assert writer.pid is not None
    until = time.monotonic() + 60
    while time.monotonic() < until and not (tmp_path / "run.json").is_file():
        time.sleep(0.01)
    time.sleep(0.2)
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(30)
    before = set(recorded(tmp_path)[look("a").block])
    looks.record(tmp_path, [look("last")])
    assert set(recorded(tmp_path)[look("a").block]) == before | {"last"}
    assert list(tmp_path.glob("*.tmp")) == []


def against(reference: str, test_set: str, *, comparable: bool = True) -> Against:
    return Against(reference=reference, commit="c", test_set=test_set, comparable=comparable, reason="")


def test_a_comparison_looks_at_each_test_set_with_both_models() -> None:
    head, base = lock("new"), lock("old", "before")
    compared = Comparison(head_commit="h", against=(against("base", "head"), against("base", "reference")), resamples=1)
    made = looks.made(compared, head, {"base": base})
    assert made == {look("new"), look("old"), look("new", "before"), look("old", "before")}


def test_a_reference_that_could_not_be_scored_looked_at_nothing() -> None:
    compared = Comparison(
        head_commit="h",
        against=tuple(against("base", name, comparable=False) for name in ("head", "reference")),
        resamples=1,
    )
    assert looks.made(compared, lock("new"), {"base": lock("old", "before")}) == {look("new")}
    assert looks.made(Comparison(head_commit="h", against=(), baseline=True), Lock({}, (), {}), {}) == set()


def test_drafts_and_the_head_itself_are_counted(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    place = tmp_path / "scratch"
    found = looks.count(place, Git(tmp_path), lock("a"))
    assert found is not None
    assert (found.models, found.committed, found.complete) == (1, 0, True)
    looks.record(place, [look("a"), look("b"), look("c", "another block")])
    found = looks.count(place, Git(tmp_path), lock("a"))
    assert found is not None
    assert found.models == 2
    assert looks.count(place, Git(tmp_path), Lock({}, (), {})) is None
