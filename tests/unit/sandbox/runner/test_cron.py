"""Schedules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.errors import UsageError
from wardround.sandbox.runner import cron

START = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


def fired(line, days=1):
    return [at - START for at in cron.read(line).between(START, START + timedelta(days=days))]


def test_times():
    assert fired("17 4 * * *") == [timedelta(hours=4, minutes=17)]
    assert fired("*/30 0 * * *") == [
        timedelta(minutes=30),
        timedelta(days=1),
    ]  # the start is not in the span, the end is
    assert fired("0 6-8,20 * * *") == [timedelta(hours=hour) for hour in (6, 7, 8, 20)]
    assert fired("5/20 1 * * *") == [timedelta(hours=1, minutes=minute) for minute in (5, 25, 45)]


def test_days():
    assert fired("0 5 * * sun", days=7) == [timedelta(days=3, hours=5)]
    assert fired("0 5 2 jan *", days=40) == [timedelta(days=1, hours=5)]
    # both kinds of day given: either will do
    assert fired("0 5 2 * 0", days=7) == [timedelta(days=1, hours=5), timedelta(days=3, hours=5)]


@pytest.mark.parametrize("line", ["", "* * * *", "60 * * * *", "* * * * 7", "a * * * *", "*/0 * * * *", "5-1 * * * *"])
def test_what_is_no_schedule(line):
    with pytest.raises(UsageError, match="not cron"):
        cron.read(line)


@given(st.integers(0, 59), st.integers(0, 23), st.integers(1, 60))
def test_once_a_day(minute, hour, days):
    times = fired(f"{minute} {hour} * * *", days=days)
    # the very start is left out, the very end is in
    assert len(times) == days
    assert {time.seconds for time in times} == {hour * 3600 + minute * 60}
