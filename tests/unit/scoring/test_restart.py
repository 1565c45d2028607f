"""A run that was killed anywhere goes on and ends in the bytes of one that was not; each answer is in the log once; others are refused."""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scored

from wardround import scoring
from wardround.errors import EnvironmentFailure, UsageError
from wardround.project.layout import Project

#: What a run does to files, by the names of Python's audit events.
EFFECTS = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "open")


@pytest.fixture
def bench(trained, tmp_path):
    return scored.Bench(trained, tmp_path)


def below(root: Path, args: tuple) -> bool:
    return any(isinstance(item, str | bytes | os.PathLike) and os.fsdecode(item).startswith(str(root)) for item in args)


def run_and_die(request, root, number, told):
    """Scores in a process of its own, which kills itself before its ``number``-th effect below ``root``; 0: never, and it is told how many."""
    count = 0

    def hook(event, args):
        nonlocal count
        if event in EFFECTS and below(root, args):
            if event == "open" and isinstance(args[2], int) and not args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return  # it only reads
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    scoring.score(request)
    told.send(count)


@pytest.fixture(scope="module")
def processes():
    """A server that has imported everything and forks: a run then starts at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded"])
    here = str(Path(__file__).resolve().parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep))
        process = context.Process(target=os.getpid)
        process.start()
        process.join()
    return context


def in_process(processes, request, root, number=0, *, wait=None):
    """The exit code and, if it lived, how many effects it had."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=run_and_die, args=(request, root, number, theirs))
    process.start()
    theirs.close()
    if wait is not None:
        time.sleep(wait)
        process.kill()
    process.join(120)
    code = process.exitcode
    effects = ours.recv() if code == 0 and ours.poll() else None
    ours.close()
    process.close()
    return code, effects


def clear(bench):
    for name in ("out", "predictions", "scratch"):
        shutil.rmtree(bench.root / name, ignore_errors=True)


def check_finished(bench, wanted):
    """The output is that of a run that nobody stopped, nothing is left behind, and the log has each answer once."""
    assert scored.content(bench.root / "out") == wanted
    assert [path.name for path in (bench.root / "scratch").iterdir() if path.is_dir()] == []
    assert not [path for path in (bench.root / "predictions").rglob("*") if path.name.startswith(".")]
    ids = bench.logged().column("id").to_pylist()
    found = bench.output()["id"].dropna().tolist()
    assert sorted(ids) == sorted(found)
    assert len(set(ids)) == len(ids) == bench.log_lines()


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_killed_before_its_effects(processes, bench, encounters, every):
    frame = encounters.copy()
    frame.loc[5, "age"] = 150
    request = bench.request(bench.write(frame), part_rows=250)
    code, effects = in_process(processes, request, bench.root)
    assert code == 0
    wanted = scored.content(bench.root / "out")
    assert effects > 20
    numbers = range(1, effects + 1)
    for number in numbers if every else sorted(random.Random(7).sample(numbers, 5)):
        clear(bench)
        code, _ = in_process(processes, request, bench.root, number)
        assert code == -signal.SIGKILL, number
        finished = (bench.root / "out" / "_finished.json").exists()
        assert scoring.score(request).nothing == finished, number
        check_finished(bench, wanted)


def test_killed_at_any_time_again_and_again(processes, bench, encounters):
    request = bench.request(bench.write(encounters), part_rows=20)
    bench.score(request.input, part_rows=20)
    wanted = scored.content(bench.root / "out")
    clear(bench)
    rng = np.random.default_rng(11)
    codes = [in_process(processes, request, bench.root, wait=float(rng.uniform(0.1, 0.9)))[0] for _ in range(4)]
    assert -signal.SIGKILL in codes
    scoring.score(request)
    check_finished(bench, wanted)


def test_only_what_is_missing_is_done_again(bench, encounters):
    source = bench.write(encounters)
    bench.score(source)
    wanted = scored.content(bench.root / "out")
    for name in ("part-00002.parquet", "part-00005.parquet", "_finished.json"):
        (bench.root / "out" / name).unlink()
    kept = (bench.root / "out" / "part-00001.parquet").stat()
    done = bench.score(source)
    assert (done.parts, done.resumed, done.nothing) == (6, 4, False)
    check_finished(bench, wanted)
    assert (bench.root / "out" / "part-00001.parquet").stat().st_ino == kept.st_ino


def test_a_finished_run_is_left_alone(bench, encounters):
    source = bench.write(encounters)
    first = bench.score(source)
    before = {path.name: path.stat() for path in (bench.root / "out").iterdir()}
    again = bench.score(source)
    assert again.nothing
    assert again == replace(first, nothing=True, resumed=6)
    assert {path.name: path.stat().st_mtime_ns for path in (bench.root / "out").iterdir()} == {
        name: stat.st_mtime_ns for name, stat in before.items()
    }
    assert bench.log_lines() == 600


def test_the_same_again_elsewhere_is_not_logged_twice(bench, encounters):
    source = bench.write(encounters)
    bench.score(source)
    bench.score(source, "other")
    assert scored.content(bench.root / "out") == scored.content(bench.root / "other")
    assert bench.log_lines() == 600
    first = next((bench.root / "predictions").glob("date=*"))
    first.rename(first.with_name("date=2020-01-01"))  # as if it had been done long ago
    bench.score(source, "third")
    assert bench.log_lines() == 600


@pytest.mark.parametrize("what", ["input", "history", "stage", "log", "part_rows", "model", "code"])
def test_another_run_is_refused(bench, encounters, what, tmp_path):
    source = bench.write(encounters)
    bench.score(source)
    wanted = scored.content(bench.root / "out")
    how = {}
    if what == "input":
        bench.write(encounters.head(599))
    elif what == "history":
        how = {"history": bench.write(encounters, "past.parquet")}
    elif what == "part_rows":
        how = {"part_rows": 99}
    elif what == "log":
        how = {"settings": bench.without_log()}
    elif what == "stage":
        how = {"settings": replace(bench.settings, stage="staging")}
    else:
        shutil.copytree(bench.project.root, tmp_path / "project")
        other = Project(tmp_path / "project")
        name = "pipelines/features.py" if what == "code" else "models/model/manifest.json"
        with (other.root / name).open("a") as stream:
            stream.write("\n")
        how = {"settings": replace(bench.settings, project=other.root, model=other.layout.model)}
    words = {"code": "project's code or params", "part_rows": "size of the parts", "log": "place of the prediction log"}
    with pytest.raises(UsageError, match=f"made with another {words.get(what, what)}"):
        bench.score(source, **how)
    assert scored.content(bench.root / "out") == wanted


def test_a_directory_of_something_else(bench, encounters):
    (bench.root / "out").mkdir()
    (bench.root / "out" / "thesis.docx").write_text("mine")
    with pytest.raises(UsageError, match="the output holds something else"):
        bench.score(bench.write(encounters))
    (bench.root / "file").write_text("mine")
    with pytest.raises(UsageError, match="the output is a file"):
        bench.score(bench.write(encounters), "file")
    assert (bench.root / "file").read_text() == "mine"


def test_an_input_that_changes_meanwhile(bench, encounters):
    source = bench.write(encounters)

    def change(what, _done, _all):
        if what == "reading":
            bench.write(encounters.head(500))

    with pytest.raises(UsageError, match="changed while it was read"):
        bench.score(source, progress=change)
    assert not list((bench.root / "out").glob("part-*"))


def test_a_log_that_cannot_be_written_gives_nobody_an_answer(bench, encounters):
    source = bench.write(encounters)
    (bench.root / "predictions").write_text("in the way")
    with pytest.raises(EnvironmentFailure, match="prediction log cannot be written"):
        bench.score(source)
    assert not list((bench.root / "out").glob("part-*"))
    (bench.root / "predictions").unlink()
    assert bench.score(source).answered == 600
    assert bench.log_lines() == 600


def test_a_part_that_was_changed(bench, encounters):
    source = bench.write(encounters)
    bench.score(source)
    (bench.root / "out" / "_finished.json").unlink()
    (bench.root / "out" / "part-00003.parquet").write_bytes(b"PAR1")
    with pytest.raises(EnvironmentFailure, match="not one that this run wrote"):
        bench.score(source)


def test_two_at_once(bench, encounters):
    source = bench.write(encounters)
    seen = []

    def again(_what, _done, _all):
        if not seen:
            with pytest.raises(EnvironmentFailure, match="another process works on the same run"):
                bench.score(source)
            seen.append(True)

    assert bench.score(source, progress=again).answered == 600
    assert seen


def test_interrupted(bench, encounters):
    source = bench.write(encounters)

    def stop(what, done, _all):
        if what == "scoring" and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.score(source, progress=stop)
    assert 0 < len(list((bench.root / "out").glob("part-*"))) < 6
    done = bench.score(source)
    assert done.resumed > 0
    assert bench.log_lines() == 600
