"""Dates as people write them."""

# ruff: noqa: DTZ001 - times in the snapshot have no zone

import datetime as dt

import pytest

from wardround.stages.ingest.dates import order_of, read_date, undecided


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-14",
        "20240314",
        "2024/3/14",
        "14.03.2024",
        "14.3.2024",
        "14-Mar-2024",
        "14MAR2024",
        "14 March 2024",
    ],
)
def test_days_that_cannot_be_misread(text: str) -> None:
    assert read_date(text, day_first=None) == dt.datetime(2024, 3, 14)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-03-14T10:05:07.25", (10, 5, 7, 250_000)),
        ("14.3.2024 10:05", (10, 5, 0, 0)),
        ("2024/3/14 9:05:07", (9, 5, 7, 0)),
        ("14MAR2024:09:05:07", (9, 5, 7, 0)),
        ("14-Mar-2024 12:05 AM", (0, 5, 0, 0)),
        ("14-Mar-2024 12:05 pm", (12, 5, 0, 0)),
    ],
)
def test_times_of_day(text: str, wanted: tuple[int, int, int, int]) -> None:
    assert read_date(text, day_first=None) == dt.datetime(2024, 3, 14, *wanted)


def test_offsets_become_utc() -> None:
    assert read_date("2024-03-14T01:00:00+02:00", day_first=None) == dt.datetime(2024, 3, 13, 23)


def test_slashes_need_the_order_of_the_column() -> None:
    assert read_date("3/4/2024", day_first=None) is None
    assert read_date("3/4/2024", day_first=True) == dt.datetime(2024, 4, 3)
    assert read_date("3-4-2024", day_first=False) == dt.datetime(2024, 3, 4)
    assert read_date("3/13/2024", day_first=True) is None


@pytest.mark.parametrize(
    "text", ["9999-99-99", "soon", "", "2024", "31.02.2024", "0000-01-01", "14-Foo-2024", "1.2.24", "14.3.2024 25:00",
             "14.3.2024 13:00 pm", "14.3.2024 late", "0001-01-01T00:00:00+05:00"]
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert read_date(text, day_first=True) is None


def test_the_order_is_proved_by_numbers_above_twelve() -> None:
    assert order_of(["1/2/2024", "14.3.2024"]) == set()
    assert order_of(["1/2/2024", "13/2/2024"]) == {True}
    assert order_of(["1/2/2024", "2/13/2024"]) == {False}
    assert order_of(["13/2/2024", "2/13/2024"]) == {True, False}
    assert undecided(["x", "1-2-2024"])
    assert not undecided(["2024-01-02", "1.2.2024"])
