"""A refit's intercept is that of the latest matured days, or of the whole fitting half where those hold too little; and it says which."""

import datetime as dt

import numpy as np
import pytest

from wardround.evidence.monitor import Span
from wardround.flows.retrain.ending import ending
from wardround.flows.retrain.recent import Material
from wardround.stages.split import moment_of

END = dt.date(2025, 5, 27)
WINDOW = Span(name="w", start=END - dt.timedelta(28), end=END)
N = 2800  # a hundred a day


def material(*, rate=0.2, weight=None):
    draw = np.random.default_rng(1)
    fitting = draw.random(N) < 0.5
    first = moment_of(WINDOW.start, dated=True)
    nobody = np.zeros(N, bool)
    return Material(
        matrix=np.zeros((N, 1)),
        outcome=(draw.random(N) < rate).astype(float),
        subject=np.arange(N),
        probability=np.full(N, rate),
        fitting=fitting,
        judging=~fitting,
        train=nobody,
        earlier=nobody,
        time=first + np.arange(N) * (864_000_000),
        days=28.0,
        weight=weight,
    )


def test_the_latest_week_of_the_fitting_half():
    made = material()
    found = ending(made, WINDOW, 7, 30)
    assert found.since == END - dt.timedelta(7)
    assert found.rows.sum() == made.fitting[-700:].sum()
    assert not found.rows[:-700].any()
    assert "last 7 days" in found.words


@pytest.mark.parametrize("rate", [0.03, 0.97])
def test_a_week_with_too_few_events_or_non_events_takes_the_whole_half_and_says_so(rate):
    made = material(rate=rate)
    found = ending(made, WINDOW, 7, 30)
    assert found.since is None
    assert (found.rows == made.fits).all()
    assert "fewer than 30 events or non-events" in found.words


def test_the_treated_do_not_recalibrate():
    treated = np.arange(N) % 10 == 0
    made = material(weight=np.where(treated, 0.0, 1.0))
    found = ending(made, WINDOW, 7, 30)
    assert found.since is not None
    assert not (found.rows & treated).any()


@pytest.mark.parametrize("days", [28, 60])
def test_a_week_as_long_as_the_window_is_the_window(days):
    found = ending(material(), WINDOW, days, 30)
    assert found.since is None
    assert "because" not in found.words
