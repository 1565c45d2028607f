"""Persistence, shares of the declared rate, and how often chance alone raises an alert."""

import datetime as dt
import math
from statistics import NormalDist

import numpy as np
import pytest

from wardround.evidence.measures import Estimate
from wardround.evidence.monitor import Span, State
from wardround.monitoring.alarms import Candidate, judge, quantiles, runs, side

DAY = dt.date(2026, 3, 2)


def span(k):
    return Span(name=f"w{k}", start=DAY + dt.timedelta(days=7 * k), end=DAY + dt.timedelta(days=7 * k + 7))


def candidate(value, *, error=1.0, limit=2.0, far=None, level="", **more):
    return Candidate(
        "calibration.decay",
        "oe",
        100,
        Estimate(value=value),
        at=lambda z: (value - z * error, value + z * error),
        limits=(-limit, limit),
        far=(None, None) if far is None else (-far, far),
        level=level,
        column="sex" if level else "",
        **more,
    )


def series(values, persistence=(2, 3), **more):
    judged = []
    for k, value in enumerate(values):
        given = candidate(0.0 if value is None else value, **more)
        if value is None:
            given = candidate(9.0, state=State.IMMATURE)
        judged += judge([given], span(k), 1.0, persistence)
    return runs(judged, [f"w{k}" for k in range(len(values))], persistence)


def test_the_width_follows_from_the_declared_rate():
    single, repeated = quantiles(1.0, 10, (2, 3))
    each = 0.01 / 10
    assert single == pytest.approx(NormalDist().inv_cdf(1 - each))
    p = 1 - NormalDist().cdf(repeated)
    assert 2 * p**2 == pytest.approx(each)
    assert quantiles(1.0, 10, (1, 1))[0] == quantiles(1.0, 10, (1, 1))[1]
    assert quantiles(1.0, 20, (2, 3))[1] > repeated


def test_a_limit_is_crossed_by_the_whole_interval():
    assert side((1.0, 1.2), (None, 0.9)) == 1
    assert side((0.8, 1.2), (0.7, 0.9)) == 0
    assert side((0.1, 0.2), (0.7, None)) == -1


@pytest.mark.parametrize(
    ("values", "alert", "windows", "since"),
    [
        ([0, 0, 9], False, ("w2",), "w2"),
        ([0, 9, 9], True, ("w1", "w2"), "w1"),
        ([9, 0, 9], True, ("w0", "w2"), "w2"),
        ([9, 0, 0, 9], False, ("w3",), "w3"),
        ([9, 9, None, 9], True, ("w0", "w1", "w3"), "w0"),
        ([0, -9, 9], False, ("w2",), "w2"),
    ],
)
def test_an_alert_persists(values, alert, windows, since):
    (run,) = series(values)
    assert (run.alert, run.windows, run.since) == (alert, windows, since)


@pytest.mark.parametrize("values", [[9, 9, 0], [0, 0, 0], [9, 9, 0, None]])
def test_what_is_over_is_no_finding(values):
    assert not series(values)


def test_one_window_is_enough_far_beyond():
    assert series([0, 0, 9], far=4)[0].alert
    assert not series([0, 0, 9], far=8)[0].alert


def test_what_is_not_assessed_never_crosses():
    for state in (State.IMMATURE, State.TOO_FEW, State.UNAVAILABLE):
        (judged,) = judge([candidate(99.0, state=state, far=3)], span(0), 1.0, (1, 1))
        assert not judged.signal.crossed
        assert not judged.urgent


def test_chance_alone_keeps_the_declared_rate():
    """20 groups stand exactly at their limits, the worst case: alerts in at most the declared share of windows."""
    random = np.random.default_rng(7)
    rate, windows, tests = 5.0, 20_000, 20
    single, repeated = quantiles(rate, tests, (2, 3))
    crossed = random.normal(size=(windows, tests)) > repeated
    alert = crossed[2:] & (crossed[1:-1] | crossed[:-2])
    share = 100 * alert.any(axis=1).mean()
    assert share <= rate + 3 * math.sqrt(rate * 100 / windows)
    assert share > rate / 3, "the declared rate is used, not wasted"
    assert single > repeated
