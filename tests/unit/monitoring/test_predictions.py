"""Segments and Parquet: torn lines, dead processes, a storage that is away, days, duplicates, damage."""

import datetime as dt
import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from fsspec.implementations.local import LocalFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from wardround.contract import Kind
from wardround.errors import EnvironmentFailure
from wardround.monitoring.predictions import (
    Answer,
    Header,
    LogRequest,
    LogUnavailable,
    PredictionLog,
    ReadRequest,
    read,
)
from wardround.monitoring.predictions import log as log_module
from wardround.monitoring.predictions.compaction import Store, compact
from wardround.monitoring.predictions.segment import Segment, waiting, whole_lines

HEADER = Header(
    "m@v1.0.0",
    "sha256:c",
    "prod",
    (0.2, 0.1),
    (("age", Kind.INTEGER), ("lab", Kind.FLOAT), ("sex", Kind.CATEGORY), ("at", Kind.DATETIME), ("ill", Kind.BOOLEAN)),
)
NOON = int(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC).timestamp()) * 1_000_000


def answer(number, **changes):
    made = Answer(
        id=f"{number:032x}",
        answered_at=NOON + number,
        asked="predict",
        probe=False,
        subject="s",
        encounter=None,
        earlier=2,
        probability=0.1,
        alert=False,
        warnings=[],
        inputs={"age": 50, "lab": 1.5, "sex": "f", "at": NOON, "ill": None},
    )
    return made._replace(**changes)


@pytest.fixture
def request_(tmp_path):
    return LogRequest(tmp_path / "wal", str(tmp_path / "log"), HEADER)


def rows(request, **more):
    tables = list(read(ReadRequest(request.url, **more)))
    return pa.concat_tables(tables, promote_options="permissive").to_pylist() if tables else []


def test_a_row_is_what_was_answered(request_):
    log = PredictionLog(request_)
    value = 0.1 + 0.2
    log.append([answer(1, probability=value, warnings=["lab: above"], inputs={**answer(1).inputs, "lab": 1e-300})])
    log.close()
    (row,) = rows(request_)
    assert row["probability"] == value
    assert row["inputs.lab"] == 1e-300
    assert row["answered_at"] == dt.datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=dt.UTC)
    assert row["inputs.at"] == dt.datetime(2026, 3, 1, 12)  # noqa: DTZ001 - contracts have no time zone
    assert (row["inputs.age"], row["inputs.sex"], row["inputs.ill"]) == (50, "f", None)
    assert (row["model_version"], row["stage"], row["thresholds"]) == ("m@v1.0.0", "prod", [0.2, 0.1])
    assert row["warnings"] == ["lab: above"]


def test_what_others_left_is_seen_to_and_the_living_are_left_alone(request_, tmp_path):
    shared = tmp_path / "wal"
    places = {name: replace(request_, wal=shared / name, shared=shared) for name in ("dead", "alive", "own")}
    dead = Segment(places["dead"].wal, HEADER.line())
    dead.append(answer(1).line(), 1)
    os.close(dead._file)
    (shared / "forgotten").mkdir()
    os.utime(shared / "forgotten", (0, 0))
    (shared / "link").symlink_to(tmp_path)
    alive = Segment(places["alive"].wal, HEADER.line())
    alive.append(answer(3).line(), 1)
    log = PredictionLog(places["own"])
    log.append([answer(4)])
    end = time.monotonic() + 20
    while list((shared / "dead").iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    log.close()
    assert sorted(row["id"] for row in rows(request_)) == [f"{number:032x}" for number in (1, 4)]
    assert alive.path.exists()
    assert not (shared / "forgotten").exists()
    alive.seal()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1, allow_subnormal=False),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
            st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_lines_become_rows_bit_by_bit(values):
    lines = b"".join(
        answer(
            number, probability=p, warnings=[] if text is None else [text], inputs={"age": age, "lab": lab, "sex": text}
        ).line()
        for number, (p, age, lab, text) in enumerate(values)
    )
    table = HEADER.table(lines).to_pylist()
    found = [(row["probability"], row["inputs.age"], row["inputs.lab"], row["inputs.sex"]) for row in table]
    assert found == values


def test_days_are_partitions_and_reading_takes_those_asked_for(request_):
    log = PredictionLog(request_)
    day = 86_400_000_000
    log.append([answer(number, answered_at=NOON + number * day) for number in range(3)])
    log.close()
    assert [day.isoformat() for day in Store(request_.url).days()] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    second = dt.date(2026, 3, 2)
    assert [row["id"] for row in rows(request_, first=second, last=second)] == [f"{1:032x}"]
    assert len(rows(request_, first=second)) == 2
    assert len(rows(request_, last=second)) == 2
    assert set(rows(request_, columns=["id", "probability", "not there"])[0]) == {"id", "probability"}


def test_an_id_that_was_written_twice_is_read_once_across_midnight_too(request_):
    day = 86_400_000_000
    for moment in (NOON, NOON, NOON + day):
        log = PredictionLog(request_)
        log.append([answer(7, answered_at=moment), answer(int(moment != NOON) + 1, answered_at=moment)])
        log.close()
    assert sorted(row["id"] for row in rows(request_)) == [f"{number:032x}" for number in (1, 2, 7)]
    # the second day alone: its answer was given the day before
    assert [row["id"] for row in rows(request_, first=dt.date(2026, 3, 2))] == [f"{2:032x}"]


def test_segments_are_read_where_they_lie_and_not_twice(request_):
    log = PredictionLog(request_)
    log.append([answer(1), answer(2)])
    assert rows(request_) == []
    assert len(rows(request_, wal=request_.wal)) == 2
    # compacted, but not removed yet: a process was killed in between
    (open_,) = request_.wal.glob("*.open")
    copy = open_.with_name("0-copy.sealed")
    copy.write_bytes(open_.read_bytes())
    compact(copy, Store(request_.url))
    assert len(rows(request_, wal=request_.wal)) == 2
    log.close()
    assert len(rows(request_, wal=request_.wal)) == 2


def test_compaction_that_is_interrupted_is_done_again_and_changes_nothing(request_):
    request_.wal.mkdir()
    path = request_.wal / "00000000000000000001-1-aa.sealed"
    content = HEADER.line() + answer(1).line() + answer(2).line()
    path.write_bytes(content)
    store = Store(request_.url)
    assert compact(path, store) == 2
    first = [Path(name).read_bytes() for name in store.files(dt.date(2026, 3, 1))]
    path.write_bytes(content)  # it was killed before it could remove the segment
    assert compact(path, store) == 2
    assert [Path(name).read_bytes() for name in store.files(dt.date(2026, 3, 1))] == first
    assert len(rows(request_)) == 2


def test_a_torn_last_line_was_never_acknowledged(request_):
    request_.wal.mkdir()
    path = request_.wal / "00000000000000000001-1-aa.open"
    path.write_bytes(HEADER.line() + answer(1).line() + answer(2).line()[:-9])
    PredictionLog(request_).close()
    assert [row["id"] for row in rows(request_)] == [f"{1:032x}"]
    assert list(request_.wal.iterdir()) == []


def test_a_damaged_segment_is_kept_aside_and_its_good_lines_are_read(request_):
    request_.wal.mkdir()
    path = request_.wal / "00000000000000000001-1-aa.sealed"
    lines = [answer(1).line(), b"\0\0\0garbage\n", b'{"id": 5}\n', b"[]\n", answer(2).line()]
    path.write_bytes(HEADER.line() + b"".join(lines))
    other = request_.wal / "00000000000000000002-1-aa.sealed"
    other.write_bytes(b"no header\n" + answer(3).line())
    PredictionLog(request_).close()
    assert [row["id"] for row in rows(request_)] == [f"{1:032x}", f"{2:032x}"]
    assert sorted(found.suffix for found in request_.wal.iterdir()) == [".damaged", ".damaged"]


def test_a_segment_without_a_good_line_is_kept_aside_too(request_):
    request_.wal.mkdir()
    path = request_.wal / "00000000000000000001-1-aa.sealed"
    path.write_bytes(HEADER.line() + b"\0\0\0garbage\n[]\n")
    PredictionLog(request_).close()
    assert rows(request_) == []
    assert [found.suffix for found in request_.wal.iterdir()] == [".damaged"]


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"{}",
        b"[]",
        b'{"kind":"predictions","schema_version":2}',
        b'{"kind":"predictions","schema_version":1}',
        HEADER.line().replace(b"integer", b"complex"),
    ],
)
def test_what_is_no_header(first):
    with pytest.raises(ValueError, match=r"."):
        Header.parse(first)


def test_header_round_trip():
    assert Header.parse(HEADER.line()) == HEADER


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_predictions import HEADER, answer
from wardround.monitoring.predictions import LogRequest, PredictionLog
log = PredictionLog(LogRequest(Path({wal!r}), {url!r}, HEADER))
number = 0
while True:
    number += 1
    log.append([answer(number)])
    os.write(1, b"%d\\n" % number)
"""


def test_killed_while_it_writes_everything_acknowledged_is_there_once(request_, tmp_path):
    program = KILLED.format(here=str(Path(__file__).parent), wal=str(request_.wal), url=request_.url)
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(300)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout if line.endswith(b"\n")]
    PredictionLog(request_).close()  # the next start finds what was left
    found = [row["id"] for row in rows(request_)]
    assert len(found) == len(set(found))
    assert {f"{number:032x}" for number in acknowledged} <= set(found)
    assert len(found) <= len(acknowledged) + 1
    assert list(request_.wal.iterdir()) == []


def test_segments_of_living_processes_are_left_alone(request_):
    first, second = PredictionLog(request_), PredictionLog(request_)
    first.append([answer(1)])
    second.append([answer(2)])
    assert waiting(request_.wal) == []
    second.close()
    first.append([answer(3)])
    first.close()
    assert sorted(row["id"] for row in rows(request_)) == [f"{number:032x}" for number in (1, 2, 3)]


def test_a_segment_that_another_compacts_is_skipped(request_):
    request_.wal.mkdir()
    path = request_.wal / "00000000000000000001-1-aa.sealed"
    path.write_bytes(HEADER.line() + answer(1).line())
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        PredictionLog(request_).close()
        assert path.exists()
    PredictionLog(request_).close()
    assert not path.exists()


def test_a_segment_is_sealed_by_size_and_by_age(request_, monkeypatch):
    monkeypatch.setattr(log_module, "LOOK", 0.02)
    log = PredictionLog(replace(request_, segment_bytes=2000))
    for number in range(50):
        log.append([answer(number)])
    _until(lambda: log.compacted >= 40)
    log.close()
    assert len(rows(request_)) == 50
    log = PredictionLog(replace(request_, segment_seconds=0.05))
    log.append([answer(100)])
    _until(lambda: log.compacted == 1)
    log.close()
    assert len(rows(request_)) == 51


def _until(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_while_the_storage_is_away_answers_go_on_up_to_the_backlog(request_, tmp_path, monkeypatch):
    monkeypatch.setattr(log_module, "LOOK", 0.02)
    monkeypatch.setattr(log_module, "LONGEST", 0.05)
    blocked = tmp_path / "log"
    blocked.write_bytes(b"a file where a directory should be")
    log = PredictionLog(replace(request_, segment_bytes=2000, backlog_bytes=20_000))
    given = 0
    with pytest.raises(LogUnavailable, match="too many segments"):
        for number in range(10_000):
            log.append([answer(number)])
            given += 1
            time.sleep(0.001)
    assert given > 20
    assert log.failures > 0
    assert not log.available
    blocked.unlink()
    _until(lambda: log.backlog < 20_000)
    log.append([answer(20_000)])
    log.close()
    assert len(rows(request_)) == given + 1


@pytest.mark.parametrize(("number", "ended"), [(errno.EIO, False), (errno.ENOSPC, True)])
def test_an_append_that_fails_leaves_the_segment_as_it_was(number, ended, request_, monkeypatch):
    """A full disk ends it, too: it may be what fills the disk, and as Parquet it is elsewhere."""
    log = PredictionLog(request_)
    log.append([answer(1)])
    (path,) = request_.wal.iterdir()
    before = path.read_bytes()
    real = os.write
    with monkeypatch.context() as patch:

        def some(descriptor, content):
            if len(content) < 400:
                raise OSError(number, os.strerror(number))
            return real(descriptor, bytes(content)[:100])

        patch.setattr(os, "write", some)
        with pytest.raises(LogUnavailable, match=os.strerror(number)):
            log.append([answer(2), answer(3)])
    assert path.exists() != ended
    assert ended or path.read_bytes() == before
    log.append([answer(4)])
    log.close()
    assert [row["id"] for row in rows(request_)] == [f"{1:032x}", f"{4:032x}"]


def test_an_append_that_cannot_be_taken_back_ends_its_segment(request_, monkeypatch):
    log = PredictionLog(request_)
    log.append([answer(1)])
    real = os.write
    with monkeypatch.context() as patch:

        def some(descriptor, content):
            if len(content) < 200:
                raise OSError(5, "Input/output error")
            return real(descriptor, bytes(content)[:100])

        def never(*_):
            raise OSError(5, "Input/output error")

        patch.setattr(os, "write", some)
        patch.setattr(os, "ftruncate", never)
        with pytest.raises(LogUnavailable):
            log.append([answer(2)])
    log.append([answer(3)])
    log.close()
    assert [row["id"] for row in rows(request_)] == [f"{1:032x}", f"{3:032x}"]


def test_a_segment_that_cannot_begin_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        Segment(tmp_path, HEADER.line())
    assert list(tmp_path.iterdir()) == []


def test_a_segment_that_somebody_removed_takes_no_answer_and_another_begins(request_):
    log = PredictionLog(request_)
    log.append([answer(1)])
    shutil.rmtree(request_.wal)
    with pytest.raises(LogUnavailable):
        log.append([answer(2)])
    log.append([answer(3)])
    log.close()
    assert [row["id"] for row in rows(request_)] == [f"{3:032x}"]


def test_what_is_left_of_a_segment_that_never_began_goes(request_):
    request_.wal.mkdir()
    old, young = request_.wal / "1-1-a.new", request_.wal / "2-1-a.new"
    for path in (old, young):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    waiting(request_.wal)
    assert not old.exists()
    assert young.exists()


def test_after_its_end_it_takes_nothing(request_):
    log = PredictionLog(request_)
    log.close()
    with pytest.raises(LogUnavailable):
        log.append([answer(1)])
    assert list(request_.wal.iterdir()) == []


def test_an_object_store_holds_the_same_log(request_):
    url = f"memory://log-{time.time_ns()}"
    log = PredictionLog(replace(request_, url=url))
    log.append([answer(1), answer(2)])
    log.close()
    assert len(rows(replace(request_, url=url))) == 2
    assert fsspec.filesystem("memory").find(url.removeprefix("memory:/"))[0].endswith(".parquet")


def test_another_contract_has_other_columns(request_):
    log = PredictionLog(request_)
    log.append([answer(1)])
    log.close()
    other = replace(HEADER, inputs=(("age", Kind.INTEGER), ("new", Kind.FLOAT)), contract_version="sha256:d")
    log = PredictionLog(replace(request_, header=other))
    log.append([answer(2, inputs={"age": 1, "new": 2.5})])
    log.close()
    found = {row["id"]: row for row in rows(request_)}
    assert found[f"{1:032x}"]["inputs.new"] is None
    assert found[f"{2:032x}"]["inputs.new"] == 2.5
    assert found[f"{2:032x}"]["inputs.lab"] is None


def test_a_part_that_something_else_damaged_is_told(request_):
    log = PredictionLog(request_)
    log.append([answer(1)])
    log.close()
    (path,) = Store(request_.url).files(dt.date(2026, 3, 1))
    with Path(path).open("r+b") as stream:
        stream.truncate(100)
    with pytest.raises(EnvironmentFailure, match="cannot be read"):
        rows(request_)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("http://ada:secret@127.0.0.1:9/log?token=secret", "http://127.0.0.1:9/log"),
        ("nosuch://place", "nosuch://place"),
    ],
)
def test_a_storage_that_cannot_be_reached_is_told_without_its_secrets(url, where):
    with pytest.raises(EnvironmentFailure, match="cannot be reached") as error:
        list(read(ReadRequest(url)))
    assert error.value.problems[0].where == where
    assert "secret" not in str(error.value)


def test_a_listed_part_that_cannot_be_fetched_is_no_damaged_part(request_, monkeypatch):
    log = PredictionLog(request_)
    log.append([answer(1)])
    log.close()

    def refused(*_args, **_options):
        raise TimeoutError(110, "Connection timed out")

    monkeypatch.setattr(LocalFileSystem, "open", refused)
    with pytest.raises(EnvironmentFailure, match="cannot be reached: Connection timed out"):
        rows(request_)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda table: table.drop_columns(["id", "stage"]), "columns are missing: id, stage"),
        (lambda table: table.set_column(1, "answered_at", pa.array([0], pa.timestamp("us", "UTC"))), "another day"),
    ],
)
def test_parquet_that_is_no_part_of_a_log_is_told(request_, change, found):
    log = PredictionLog(request_)
    log.append([answer(1)])
    log.close()
    (path,) = Store(request_.url).files(dt.date(2026, 3, 1))
    parquet.write_table(change(parquet.ParquetFile(path).read()), path)
    with pytest.raises(EnvironmentFailure, match="cannot be read") as error:
        rows(request_)
    assert found in error.value.problems[0].found


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert list(read(ReadRequest(str(tmp_path / "nowhere")))) == []


def test_whole_lines(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"head\none\ntwo\nthr")
    assert whole_lines(path) == (b"head", b"one\ntwo\n")
    path.write_bytes(b"head")
    assert whole_lines(path) == (b"head", b"")


def test_a_line_is_one_line():
    assert answer(1, warnings=["a\nb"]).line().count(b"\n") == 1
    assert json.loads(answer(1).line())["id"] == f"{1:032x}"
