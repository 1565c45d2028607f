"""Outcome files: written twice, changed, torn, late, in another zone, with ids that are none."""

import datetime as dt
import gzip

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from wardround.errors import EnvironmentFailure, UsageError
from wardround.monitoring.outcomes.labels import Waited, quality
from wardround.monitoring.outcomes.reading import ReadOutcomes, digests, read
from wardround.monitoring.predictions import keyed

KEY = b"0123456789abcdef0123456789abcdef"
COLUMNS = ("encounter", "event", "recorded")
UNTIL = dt.date(2026, 4, 1)


def written(tmp_path, text, name="o.csv"):
    place = tmp_path / "out" / name
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


def asked(tmp_path, **more):
    more = {"url": str(tmp_path / "out"), "columns": COLUMNS, "positive": 1, "until": UNTIL, "key": KEY, **more}
    return read(ReadOutcomes(**more))


def of(known, *names):
    keys, _ = digests(pa.array([keyed(KEY, "encounter", name) for name in names]))
    return known.of(keys)[0].tolist()


HEAD = "encounter,event,recorded\n"


def test_the_last_record_counts_whatever_file_it_is_in(tmp_path):
    written(tmp_path, HEAD + "a,1,2026-03-09T10:00:00Z\nb,0,2026-03-01T10:00:00Z\n", "1.csv")
    written(tmp_path, HEAD + "a,0,2026-03-02T10:00:00Z\nb,0,2026-03-01T10:00:00Z\n", "2.csv")
    known = asked(tmp_path)
    assert of(known, "a", "b", "c") == [1, 0, -1]
    assert (known.changed, known.repeated) == (1, 1)


def test_of_one_moment_the_later_row_counts(tmp_path):
    written(tmp_path, HEAD + "a,1,2026-03-09T10:00:00Z\na,0,2026-03-09T10:00:00Z\n")
    assert of(asked(tmp_path), "a") == [0]


def test_what_is_recorded_after_the_look_does_not_exist_yet(tmp_path):
    written(tmp_path, HEAD + "a,0,2026-04-01T23:59:59Z\na,1,2026-04-02T00:00:00Z\n")
    known = asked(tmp_path)
    assert of(known, "a") == [0]
    assert (known.later, known.changed) == (1, 0)


def test_a_zone_is_declared_where_a_time_does_not_tell_its_own(tmp_path):
    written(tmp_path, HEAD + "a,1,2026-03-09 01:30:00\nb,1,2026-03-09T01:30:00+01:00\nc,1,2026-03-09 01:30+01\n")
    berlin, utc = asked(tmp_path, zone="Europe/Berlin"), asked(tmp_path)
    half_past_midnight = int(dt.datetime(2026, 3, 9, 0, 30, tzinfo=dt.UTC).timestamp()) * 1_000_000
    assert berlin.recorded.tolist() == [half_past_midnight] * 3
    assert sorted(utc.recorded.tolist()) == [half_past_midnight] * 2 + [half_past_midnight + 3_600_000_000]


def test_a_clock_that_jumps_over_an_hour_loses_nothing(tmp_path):
    """02:30 does not exist on the day when summer begins, and exists twice when it ends."""
    written(tmp_path, HEAD + "a,1,2026-03-29 02:30:00\nb,1,2025-10-26 02:30:00\n")
    known = asked(tmp_path, zone="Europe/Berlin")
    assert of(known, "a", "b") == [1, 1]
    assert known.unreadable == 0


def test_a_torn_row_is_counted_and_the_rest_is_read(tmp_path):
    written(tmp_path, HEAD + "a,1,2026-03-09T10:00:00Z\nb,0\nc,0,2026-03-09T1")
    known = asked(tmp_path)
    assert of(known, "a", "b", "c") == [1, -1, -1]
    assert (known.torn_rows, known.unreadable) == (1, 1)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("end", "named"), [("\n", False), ("\r\n", False), ("", True), ("0\n", False), ("\nc,0,2026-03-09T10:00:00Z", True)]
)
def test_a_file_that_was_cut_inside_its_last_cell_is_named(tmp_path, end, named, packed):
    """It has as many cells as a whole one: ``10:00:0`` of ``10:00:00``. A writer may leave the last line break out, so that its row counts."""
    body = (HEAD + "a,1,2026-03-09T10:00:00Z\nb,0,2026-03-09T10:00:0" + end).encode()
    written(tmp_path, gzip.compress(body) if packed else body, "b.csv.gz" if packed else "b.csv")
    written(tmp_path, HEAD + "z,1,2026-03-09T10:00:00Z\n", "a.csv")
    known = asked(tmp_path)
    assert of(known, "a", "z") == [1, 1]
    assert (known.torn_files, known.torn_rows) == ((), 0)
    assert known.unended_files == (("b.csv.gz" if packed else "b.csv",) if named else ())
    said = [item for item in quality(known, Waited(dt.date(2026, 3, 10)), ahead=False) if "line break" in item.summary]
    assert [(item.severity.value, "b.csv" in item.advice) for item in said] == ([("warning", True)] if named else [])


@pytest.mark.parametrize("kind", ["parquet", "gzip", "empty"])
def test_a_torn_file_is_named_and_the_others_are_read(tmp_path, kind):
    written(tmp_path, HEAD + "a,1,2026-03-09T10:00:00Z\n", "a.csv")
    if kind == "parquet":
        whole = tmp_path / "whole.parquet"
        parquet.write_table(pa.table({"encounter": ["b"] * 1000, "event": [0] * 1000, "recorded": ["x"] * 1000}), whole)
        written(tmp_path, whole.read_bytes()[:-200], "b.parquet")
    elif kind == "gzip":
        body = gzip.compress((HEAD + "".join(f"n{k},0,2026-03-09T10:00:00Z\n" for k in range(5000))).encode())
        written(tmp_path, body[: len(body) // 2], "b.csv.gz")
    else:
        written(tmp_path, b"", "b.csv")
    known = asked(tmp_path)
    assert of(known, "a") == [1]
    assert len(known.torn_files) == 1
    assert known.torn_files[0].startswith("b.")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "+05:30"])
@pytest.mark.parametrize("unit", ["us", "ns"])
def test_a_moment_of_parquet_is_the_same_in_every_zone(tmp_path, zone, unit):
    place = tmp_path / "out" / "a.parquet"
    place.parent.mkdir()
    moment = pa.array([np.datetime64("2026-07-01T10:00:00.000000123", "ns").astype(f"datetime64[{unit}]")])
    recorded = moment.cast(pa.timestamp(unit, "UTC")).cast(pa.timestamp(unit, zone))
    parquet.write_table(pa.table({"recorded": recorded, "encounter": ["a"], "event": [1]}), place)
    found = asked(tmp_path, until=dt.date(2026, 7, 2))
    assert found.torn_files == ()
    assert found.recorded.astype("datetime64[us]").tolist() == [dt.datetime(2026, 7, 1, 10)]  # noqa: DTZ001 - numpy has no zone


def test_parquet_and_csv_say_the_same(tmp_path):
    moment = dt.datetime(2026, 3, 9, 10, tzinfo=dt.UTC)
    place = tmp_path / "out" / "a.parquet"
    place.parent.mkdir()
    parquet.write_table(
        pa.table(
            {
                "recorded": pa.array([moment, moment], pa.timestamp("us", "UTC")),
                "encounter": pa.array([17.0, 18.0]),
                "event": pa.array([True, False]),
            }
        ),
        place,
    )
    from_parquet = asked(tmp_path)
    place.unlink()
    written(tmp_path, HEAD + "17,1,2026-03-09T10:00:00Z\n18,0,2026-03-09T10:00:00Z\n")
    from_csv = asked(tmp_path)
    assert of(from_parquet, "17", "18") == of(from_csv, "17", "18") == [1, 0]
    assert np.array_equal(from_parquet.recorded, from_csv.recorded)


def test_keyed_ids_need_no_key(tmp_path):
    name = keyed(KEY, "encounter", "a")
    written(tmp_path, HEAD + f"{name},1,2026-03-09T10:00:00Z\nplain,1,2026-03-09T10:00:00Z\n")
    known = asked(tmp_path, ids="keyed", key=b"")
    assert of(known, "a") == [1]
    assert known.unreadable == 1


def test_plain_ids_without_a_key_are_refused(tmp_path):
    written(tmp_path, HEAD)
    with pytest.raises(UsageError, match="without its key"):
        asked(tmp_path, key=b"")


@pytest.mark.parametrize(
    ("positive", "values", "wanted"),
    [
        (1, ["1", "0", "1.0", "true", "x", ""], [1, 0, 1, 1, -1, -1]),
        (">0", ["3", "0", "-1", "nan", "0.5", "y"], [1, 0, 0, -1, 1, -1]),
        ("<30", ["<30", ">30", "NO", "", "30", "<30 "], [0, -1, -1, -1, 0, -1]),
        ("yes", ["yes", "no", "", "Yes", " yes", "y"], [1, 0, -1, 0, 1, 0]),
        (True, ["true", "false", "1", "0", "2", "?"], [1, 0, 1, 0, 0, -1]),
    ],
)
def test_what_counts_as_the_event(tmp_path, positive, values, wanted):
    rows = "".join(f"e{k},{value},2026-03-09T10:00:00Z\n" for k, value in enumerate(values))
    written(tmp_path, HEAD + rows)
    if positive == "<30":  # a comparison of numbers: words are no numbers
        wanted = [-1, -1, -1, -1, 0, -1]
    assert of(asked(tmp_path, positive=positive), *(f"e{k}" for k in range(6))) == wanted


def test_a_column_that_is_not_there_is_a_mistake_of_params(tmp_path):
    written(tmp_path, "stay,event,recorded\na,1,2026-03-09\n")
    with pytest.raises(UsageError, match="lacks a column") as error:
        asked(tmp_path)
    assert "encounter" in error.value.problems[0].where


def test_a_place_that_is_not_there_is_a_mistake_and_an_empty_directory_is_none(tmp_path):
    with pytest.raises(UsageError, match="no outcomes at that place"):
        asked(tmp_path)
    (tmp_path / "out").mkdir()
    assert asked(tmp_path).keys.size == 0


def test_storage_that_does_not_answer_is_no_tear(tmp_path):
    with pytest.raises(EnvironmentFailure, match="cannot be reached"):
        asked(tmp_path, url="nosuch://bucket/out")


def test_without_times_the_order_of_files_decides(tmp_path):
    written(tmp_path, "encounter,event\na,0\n", "1.csv")
    written(tmp_path, "encounter,event\na,1\n", "2.csv")
    known = asked(tmp_path, columns=("encounter", "event", ""))
    assert of(known, "a") == [1]
    assert known.changed == 1
