"""Windows from a stream: exact whatever the batches, and nothing counted twice or lost."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from wardround.monitoring.drift import WindowsRequest, windowing, windows
from wardround.monitoring.drift.windowing import WindowProfiles
from wardround.profile import ColumnSpec, profile_batches

SPECS = (ColumnSpec("x", "float"), ColumnSpec("hospital", "category"))


@pytest.fixture
def table():
    rng = np.random.default_rng(4)
    n = 3000
    day = np.datetime64("2025-01-06", "us")
    when = day + rng.integers(0, 40 * 86_400_000_000, n) * np.timedelta64(1, "us")
    return pa.table(
        {
            "answered_at": pa.array(when, pa.timestamp("us", tz="UTC")),
            "subject": [f"s{k}" for k in rng.integers(0, 700, n)],
            "hospital": rng.choice(["a", "b", None], n),
            "x": rng.normal(size=n),
        }
    )


def _request(tables, **more):
    return WindowsRequest(SPECS, tuple(tables.span(k) for k in range(4)), "answered_at", "hospital", "subject", **more)


def test_windows_do_not_depend_on_batches_or_order(tables, table, monkeypatch):
    monkeypatch.setattr(windowing, "OPEN", 3)  # so that profiles are finished and merged again and again
    whole = windows(_request(tables), table.to_batches())
    shuffled = table.take(np.random.default_rng(1).permutation(table.num_rows))
    parts = windows(_request(tables), shuffled.to_batches(max_chunksize=37))
    assert [one.profile for one in parts] == [one.profile for one in whole]
    assert [one.sites for one in parts] == [one.sites for one in whole]
    assert [one.subjects for one in parts] == [one.subjects for one in whole]


def test_windows_hold_what_lies_in_them(tables, table):
    held = WindowProfiles(_request(tables))
    for batch in table.to_batches(max_chunksize=500):
        held.look(batch)
    made = held.windows()
    moments = table.column("answered_at").to_pylist()
    for one in made:
        inside = [one.span.start <= moment.date() < one.span.end for moment in moments]
        part = table.filter(pa.array(inside))
        assert one.profile == profile_batches(SPECS, part.to_batches())
        assert one.subjects == len(set(part.column("subject").to_pylist()))
        assert set(one.sites) == {"a", "b"}
    assert held.outside + sum(one.profile.rows for one in made) == table.num_rows
    assert held.outside > 0


def test_many_subjects_are_counted_within_a_few_per_cent(tables):
    n = 40_000
    table = pa.table(
        {
            "answered_at": pa.array([dt.date(2025, 1, 7)] * n).cast(pa.timestamp("us")),
            "subject": [f"s{k}" for k in range(n)],
            "x": np.zeros(n),
        }
    )
    made = windows(_request(tables), table.to_batches(max_chunksize=10_000))
    assert made[0].subjects == pytest.approx(n, rel=0.06)
    assert made[1].subjects is None
    assert made[1].profile.rows == 0


def test_the_sample_is_bounded_whole_and_the_same_in_any_order(tables, table):
    one, two = (
        windows(_request(tables, sample=100), order.to_batches(max_chunksize=size))
        for order, size in ((table, 50), (table.take(np.arange(table.num_rows)[::-1].copy()), 777))
    )
    for left, right in zip(one, two, strict=True):
        assert left.sample.num_rows == 100
        assert set(left.sample.column("subject").to_pylist()) == set(right.sample.column("subject").to_pylist())
        assert set(left.sample.column_names) == {"x", "hospital", "subject"}


def test_a_row_without_a_subject_is_one_of_its_own(tables, table):
    """Where no column names the subject, the log's is empty: 3000 encounters are not one patient's."""
    nameless = table.set_column(1, "subject", pa.nulls(table.num_rows, pa.string()))
    for window in windows(_request(tables, sample=40), nameless.to_batches(max_chunksize=700)):
        assert window.subjects == window.profile.rows > 100
        assert window.worth == window.profile.rows
        assert window.sample.num_rows == 40
