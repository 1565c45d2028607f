"""Killed, ended, or without room on the disk: whatever was acknowledged is in the log exactly once."""

import contextlib
import itertools
import json
import signal
import subprocess
import threading
import time
from collections import Counter

import pytest
from load import Load
from served import Place, raw, serving, until


def check(place, acknowledged, *, unacknowledged=0):
    """Every acknowledged id once, and no more than ``unacknowledged`` others."""
    found = Counter(place.ids())
    assert acknowledged
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(found)
    assert max(found.values()) == 1
    assert len(found) - len(acknowledged) <= unacknowledged


@pytest.mark.slow
def test_killed_under_load_and_started_again(project, bodies, place):
    acknowledged = []
    for turn in range(2):
        with serving(project, place) as running:
            load = Load(running, [{"encounters": bodies}, *bodies]).start()
            until(lambda load=load: len(load.acknowledged) > 40)
            time.sleep(0.05 * turn)
            running.stop(signal.SIGKILL)
            load.join()
            acknowledged += load.acknowledged
        # what was left lies in a segment, and is read from there
        check(place, acknowledged, unacknowledged=(turn + 1) * 8 * len(bodies))
    with serving(project, place) as running:  # the next start makes Parquet of it
        until(lambda: not [path for path in place.wal.iterdir() if path.suffix == ".sealed"])
        assert running.stop() == 0
    assert list(place.wal.iterdir()) == []
    check(place, acknowledged, unacknowledged=2 * 8 * len(bodies))


def test_asked_to_end_it_answers_what_is_under_way(project, bodies, place):
    with serving(project, place) as running:
        load = Load(running, bodies).start()
        until(lambda: len(load.acknowledged) > 40)
        content = b'{"encounters": ' + json.dumps(bodies).encode() + b"}"
        with raw(running) as slow:  # its body is half there when the signal comes
            head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            slow.sendall(head % len(content) + content[:100])
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            slow.sendall(content[100:])
            answer = slow.recv(100_000)
        load.join()
        assert running.process.wait(60) == 0
        assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
    assert set(load.statuses) == {200}
    assert load.resets == 0
    assert list(place.wal.iterdir()) == []
    check(place, load.acknowledged, unacknowledged=len(bodies))
    assert not any("Traceback" in line for line in running.lines), running.lines


def test_files_that_may_not_grow_end_answers_not_lines(project, bodies, place):
    with serving(project, place, largest_file=60_000) as running:
        load = Load(running, bodies).start()
        until(lambda: load.statuses[503] > 20)
        load.stop()
        assert set(load.statuses) == {200, 503}
        assert running.ask("GET", "/livez")[0] == 200
        assert running.ask("GET", "/readyz")[0] == 503
        running.stop()
    check(place, load.acknowledged)


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system in memory; skips where that is not allowed."""
    directory = tmp_path / "disk"
    directory.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(directory)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    yield directory
    subprocess.run(["umount", "--lazy", str(directory)], check=True)


@pytest.fixture
def crowded(small_disk, tmp_path):
    """Segments on a small disk, the log's storage elsewhere."""
    place = Place(tmp_path / "log")
    place.wal = small_disk / "wal"
    return place


def test_a_disk_that_fills_and_is_emptied_again(project, bodies, small_disk, crowded):
    with serving(project, crowded) as running:
        load = Load(running, bodies, clients=4).start()
        until(lambda: len(load.acknowledged) > 20)
        filler = small_disk / "filler"
        fill(filler)
        until(lambda: load.statuses[503] > 20)
        before = load.statuses[200]
        filler.unlink()
        until(lambda: load.statuses[200] > before + 20)
        load.stop()
        assert set(load.statuses) == {200, 503}
        running.stop(signal.SIGKILL)
    check(crowded, load.acknowledged)


def fill(filler):
    with contextlib.suppress(OSError), filler.open("wb") as stream:
        while True:
            stream.write(b"0" * 4096)
            stream.flush()


def test_it_starts_on_a_disk_that_is_full_of_what_a_killed_one_left(project, bodies, small_disk, crowded):
    with serving(project, crowded) as running:
        load = Load(running, bodies, clients=4).start()
        until(lambda: len(load.acknowledged) > 100)
        running.stop(signal.SIGKILL)
        load.join()
    fill(small_disk / "filler")
    with serving(project, crowded) as running:  # which waits until it is ready
        answer = running.ask("POST", "/predict", bodies[0])[1]
        assert running.stop() == 0
    check(crowded, [*load.acknowledged, answer["predictions"][0]["id"]], unacknowledged=4)


@pytest.mark.slow
def test_a_disk_that_its_own_segment_fills_is_emptied(project, bodies, crowded):
    with serving(project, crowded) as running:
        load = Load(running, bodies, clients=8).start()
        for _ in range(2):
            refused, answered = load.statuses[503], load.statuses[200]
            until(lambda refused=refused: load.statuses[503] > refused)
            until(lambda answered=answered: load.statuses[200] > answered + 100)
        load.stop()
        assert set(load.statuses) == {200, 503}
        assert running.stop() == 0
    check(crowded, load.acknowledged)


@pytest.mark.slow
def test_two_services_share_a_place(project, bodies, place):
    """As workers do, or a new version beside the old one while it is replaced."""
    with serving(project, place) as first, serving(project, place) as second:
        loads = [Load(running, bodies, clients=3).start() for running in (first, second)]
        until(lambda: all(len(load.acknowledged) > 30 for load in loads))
        first.stop(signal.SIGKILL)
        loads[0].join()
        loads[1].stop()
        # the living one makes Parquet of what the dead one left
        until(lambda: len(list(place.wal.iterdir())) <= 1)
        assert second.stop() == 0
    check(place, loads[0].acknowledged + loads[1].acknowledged, unacknowledged=3)


def test_another_name_sees_to_what_a_killed_one_left(project, bodies, place):
    """As in a cluster: the pod that follows an evicted one has another name, on the same volume."""
    place.shared, place.wal = place.wal, place.wal / "service-7f9c-one"
    with serving(project, place) as running:
        load = Load(running, bodies).start()
        until(lambda: len(load.acknowledged) > 40)
        running.stop(signal.SIGKILL)
        load.join()
    assert list(place.wal.iterdir())
    left, place.wal = place.wal, place.shared / "service-7f9c-two"
    with serving(project, place) as running:
        answer = running.ask("POST", "/predict", bodies[0])[1]
        until(lambda: not list(left.iterdir()))
        assert running.stop() == 0
    assert list(place.wal.iterdir()) == []
    check(place, [*load.acknowledged, answer["predictions"][0]["id"]], unacknowledged=8 * len(bodies))


@pytest.mark.slow
def test_a_hundred_thousand_requests_with_kills_and_a_full_disk(project, bodies, small_disk, crowded):
    """One hour of mixed traffic without its pauses: single encounters, lists, explanations, refusals; three kills; a full disk."""
    broken = [{"encounter": {**bodies[0]["encounter"], "age": 3}}, {"encounters": bodies[:3]}]
    numbers = itertools.count()
    acknowledged: list[str] = []
    statuses: Counter[int] = Counter()
    most = 0
    while sum(statuses.values()) < 100_000:
        turn = next(numbers)
        with serving(project, crowded) as running:
            left = 100_000 - sum(statuses.values())
            load = Load(running, [*bodies * 4, *broken], clients=16, most=left).start()
            filler = small_disk / "filler"
            if turn % 2:
                time.sleep(5)
                fill(filler)
                until(lambda load=load: load.statuses[503] > 50)
                filler.unlink()
            if turn < 6:
                killer = threading.Timer(20, lambda running=running: running.process.kill())
                killer.start()
            load.join()
            most = max(most, running.most_memory() if running.process.poll() is None else 0)
            if turn < 6:
                killer.cancel()
            running.stop(signal.SIGKILL)
            acknowledged += load.acknowledged
            statuses += load.statuses
    assert set(statuses) <= {200, 422, 503}
    assert statuses[200] > 50_000
    assert most < 600 << 20
    with serving(project, crowded) as running:
        until(lambda: not list(crowded.wal.glob("*.sealed")))
        running.stop()
    check(crowded, acknowledged, unacknowledged=16 * 3 * (next(numbers) + 1))
