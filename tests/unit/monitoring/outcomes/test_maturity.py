"""The label-delay model: delays that are seen are too short, and the estimate allows for it."""

import numpy as np
import pytest

from wardround.monitoring.outcomes.maturity import delays


def test_shares_are_those_of_the_delays_when_all_are_old_enough():
    waited = np.repeat([0, 1, 5], [50, 30, 20])
    model = delays(waited, np.full(100, 10))
    assert model.share[:6].tolist() == pytest.approx([0.5, 0.8, 0.8, 0.8, 0.8, 1.0])
    assert model.until(0.8) == 1
    assert model.at(99) == 1.0


def test_truncation_is_allowed_for():
    """Delays with a median of 10 days, answers up to 40 days old: half of the young answers' outcomes are not in yet."""
    random = np.random.default_rng(5)
    age = random.integers(0, 41, 60_000)
    waited = random.geometric(1 - 0.5 ** (1 / 10), 60_000) - 1
    seen = waited <= age
    model = delays(waited[seen], age[seen])
    whole = 1 - 0.5 ** (41 / 10)
    truth = (1 - 0.5 ** ((np.arange(41) + 1) / 10)) / whole
    naive = np.array([(waited[seen] <= d).mean() for d in range(41)])
    assert np.abs(model.share - truth).max() < 0.02
    assert np.abs(naive - truth).max() > 0.1
    assert abs(model.until(0.9) - int(np.argmax(truth >= 0.9))) <= 1


def test_few_delays_say_nothing():
    model = delays(np.zeros(99, int), np.full(99, 5))
    assert model.until(0.5) is None
    assert model.at(3) is None


def test_outcomes_before_answers_count_as_at_once():
    assert delays(np.full(200, -3), np.full(200, 9)).share[0] == 1.0
