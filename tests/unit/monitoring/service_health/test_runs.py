"""Throughput against what is usual, and past runs of the pipeline."""

import numpy as np
import pytest

from wardround.evidence.monitor import State
from wardround.monitoring.service_health import pipeline, throughput
from wardround.project.monitor_outcomes import MonitorServiceSection

WEEK = np.full(7, 100)


def test_an_empty_window_is_below_any_limit():
    told = throughput.candidate(np.zeros(7, int), [WEEK, WEEK], 0.5)
    assert told.at(5.0) == (0.0, 0.0)
    assert told.limits == (50.0, None)
    assert told.far == (25.0, None)


def test_earlier_empty_windows_are_not_what_is_usual():
    assert throughput.candidate(WEEK, [np.zeros(7, int), WEEK, WEEK], 0.5).limits == (50.0, None)
    assert throughput.candidate(WEEK, [np.zeros(7, int), WEEK], 0.5).limits == (None, None)


def test_no_day_has_passed():
    assert throughput.candidate(np.empty(0, int), [WEEK, WEEK], 0.5).state is State.TOO_FEW


def test_weekdays_make_the_interval():
    even, uneven = (throughput.candidate(np.array(days), [], 0.5).estimate for days in ([100] * 7, [140] * 5 + [0] * 2))
    assert even.value == uneven.value
    assert uneven.high - uneven.low > 2 * (even.high - even.low)


def run(seconds, failed="", **states):
    stages = {
        name: {"state": state, **({"seconds": seconds / 2} if state == "executed" else {})}
        for name, state in states.items()
    }
    return {"begun": "2026-03-01T00:00:00Z", "seconds": seconds, "failed": failed, "stages": stages}


def test_runs_are_counted():
    runs = [
        run(3600.0, ingest="unchanged", split="restored", train="executed"),
        run(7200.0, "train", ingest="executed", split="executed", train="failed"),
        run(60.0, "dvc"),
        {"looks": {}, "seconds": True, "failed": True, "stages": {"train": "executed", "tune": {"state": 3}}},
        "a word",
    ]
    told = {(item.measure, item.level): item for item in pipeline.candidates(runs, MonitorServiceSection())}
    assert told["run_hours", ""].estimate.value == pytest.approx(2.0)
    assert (told["failed_runs", ""].events, told["failed_runs", ""].n) == (2, 3)
    assert (told["restored_stages", ""].events, told["restored_stages", ""].n) == (1, 4)
    assert told["stage_hours", "train"].estimate.value == pytest.approx(0.5)
    assert (told["failed_attempts", "train"].events, told["failed_attempts", "train"].n) == (1, 2)
    assert told["failed_attempts", "split"].events == 0
    assert ("failed_attempts", "tune") not in told
    assert {item.column for item in told.values() if item.level} == {"stage"}
    assert [key for key, item in told.items() if item.tested] == [("run_hours", ""), ("failed_runs", "")]
    assert not pipeline.candidates([], MonitorServiceSection())


def test_silence_is_held_against_a_declared_limit():
    told = throughput.silence(30.0, 500, 12.0)
    assert (told.limits, told.far, told.at(9.0)) == ((None, 12.0), (None, 24.0), (30.0, 30.0))
    assert not throughput.silence(30.0, 500, None).tested
