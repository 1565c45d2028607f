"""History counts strictly earlier encounters only; checked against loops over subjects."""

import numpy as np
import pandas as pd
import pytest

from wardround.errors import UsageError
from wardround.stages.features import history


def frame(seed=0, n=400, ties=True):
    rng = np.random.default_rng(seed)
    days = rng.integers(0, 60, n) if ties else rng.permutation(n)
    result = pd.DataFrame({"wr_subject": rng.integers(0, 40, n).astype(str)})
    result["wr_time"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
    result["left"] = result["wr_time"] + pd.to_timedelta(rng.integers(0, 20, n), unit="D")
    result.loc[rng.random(n) < 0.1, "left"] = pd.NaT
    result["value"] = np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n))
    result["flag"] = rng.random(n) < 0.4
    return result.sort_values(["wr_subject", "wr_time"], kind="stable").reset_index(drop=True)


def earlier(data, row):
    same = data[data["wr_subject"] == data["wr_subject"][row]]
    return same[same["wr_time"] < data["wr_time"][row]]


@pytest.mark.parametrize("seed", [0, 1])
def test_against_loops(seed):
    data = frame(seed)
    counts = history.prior_encounters(data)
    recent = history.prior_encounters(data, days=14)
    flagged = history.prior_count(data, data["flag"])
    since = history.days_since_last(data)
    gone = history.days_since_last(data, since="left")
    previous = history.previous_value(data, "value")
    for row in range(len(data)):
        past, now = earlier(data, row), data["wr_time"][row]
        assert counts[row] == len(past)
        assert recent[row] == (now - past["wr_time"] <= pd.Timedelta(days=14)).sum()
        assert flagged[row] == past["flag"].sum()
        last = past.iloc[-1] if len(past) else None
        wanted = np.nan if last is None else (now - last["wr_time"]).days
        np.testing.assert_equal(since[row], wanted)
        away = np.nan if last is None or pd.isna(last["left"]) else (now - last["left"]) / pd.Timedelta(days=1)
        np.testing.assert_equal(gone[row], np.nan if away < 0 else away)
        np.testing.assert_equal(previous[row], np.nan if last is None else last["value"])


@pytest.mark.parametrize("n", [30, 2000])
def test_rows_with_a_value(n):
    data = frame(n=n)
    data["word"] = pd.array(np.random.default_rng(2).choice(["x", "y", None], n), dtype=pd.StringDtype(na_value=np.nan))
    for column, value in (("word", "x"), ("flag", True), ("value", 0.0)):
        wanted = history.prior_count(data, data[column] == value, days=30)
        pd.testing.assert_series_equal(history.prior_with(data, column, value, days=30), wanted)


def test_an_encounter_at_the_same_time_is_not_earlier():
    data = pd.DataFrame(
        {"wr_subject": ["a", "a", "a"], "wr_time": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-02"])}
    )
    assert history.prior_encounters(data).tolist() == [0, 1, 1]


def test_integer_order_counts_its_units():
    data = pd.DataFrame({"wr_subject": ["a", "a", "b"], "wr_time": pd.array([5, 9, 1], dtype="Int64")})
    np.testing.assert_equal(history.days_since_last(data).to_numpy(), [np.nan, 4, np.nan])
    assert history.prior_encounters(data, days=3).tolist() == [0, 0, 0]


@pytest.mark.parametrize("blank_first", [True, False])
def test_rows_without_a_time_are_nobodys_past(blank_first):
    times = [pd.NaT, pd.NaT, *pd.to_datetime(["2024-01-01", "2024-01-03"])]
    data = pd.DataFrame(
        {"wr_subject": ["a"] * 4, "wr_time": pd.to_datetime(times if blank_first else times[2:] + times[:2])}
    )
    data["value"] = [1.0, 2.0, 3.0, 4.0]
    known = data["wr_time"].notna().to_numpy()
    assert history.prior_encounters(data)[known].tolist() == [0, 1]
    assert history.prior_encounters(data)[~known].tolist() == [0, 0]
    np.testing.assert_equal(history.previous_value(data, "value")[~known].to_numpy(), [np.nan, np.nan])


def test_previous_value_keeps_the_type():
    data = frame()
    data["whole"] = pd.array(range(len(data)), dtype="Int64")
    data["plain"] = np.arange(len(data))
    data["word"] = data["wr_subject"].astype(pd.StringDtype(na_value=np.nan))
    assert str(history.previous_value(data, "whole").dtype) == "Int64"
    assert str(history.previous_value(data, "plain").dtype) == "Int64"
    assert history.previous_value(data, "word").dtype == data["word"].dtype


def test_refuses_what_is_not_sorted_or_has_no_time():
    data = frame()
    with pytest.raises(UsageError, match="not sorted"):
        history.prior_encounters(data.iloc[::-1].reset_index(drop=True))
    with pytest.raises(UsageError, match="names no time column"):
        history.prior_encounters(data.drop(columns="wr_time"))


def test_nothing_in_nothing_out():
    data = frame().head(0)
    assert history.prior_encounters(data, days=5).empty
    assert history.days_since_last(data, since="left").empty
    assert history.previous_value(data, "value").empty
