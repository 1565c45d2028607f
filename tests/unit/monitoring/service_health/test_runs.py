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


def test_runs_are_counted():
    runs = [
        {"seconds": {"train": 3000, "review": 600}, "failed": False, "stages": 8, "restored": 6},
        {"seconds": 7200.0, "failed": True, "stages": 8, "restored": 0},
        {"looks": {}, "seconds": True},
    ]
    told = {item.measure: item for item in pipeline.candidates(runs, MonitorServiceSection())}
    assert told["run_hours"].estimate.value == pytest.approx(2.0)
    assert (told["failed_runs"].events, told["failed_runs"].n) == (1, 2)
    assert told["restored_stages"].estimate.value == pytest.approx(6 / 16)
    assert not pipeline.candidates([], MonitorServiceSection())


def test_silence_is_held_against_a_declared_limit():
    told = throughput.silence(30.0, 500, 12.0)
    assert (told.limits, told.far, told.at(9.0)) == ((None, 12.0), (None, 24.0), (30.0, 30.0))
    assert not throughput.silence(30.0, 500, None).tested
