"""Alerts a day and the spread of scores."""

import numpy as np
import pytest

from wardround.compare import score_edges, score_table
from wardround.evidence.monitor import State
from wardround.monitoring.workload.outputs import alerts, scores

EDGES = score_edges((0.3,))


def table(p):
    return score_table(np.zeros(p.size, int), p, EDGES)


def test_the_interval_of_alerts_comes_from_the_days():
    even, uneven = alerts(np.full(7, 20), 700, None), alerts(np.array([28] * 5 + [0] * 2), 700, None)
    assert even.estimate.value == uneven.estimate.value == 20
    assert (even.n, even.events) == (700, 140)
    assert uneven.estimate.high - uneven.estimate.low > 2 * (even.estimate.high - even.estimate.low)


def test_capacity_is_the_limit():
    told = alerts(np.full(7, 50), 700, 20.0)
    assert told.limits == (None, 20.0)
    assert told.at(3.0)[0] > 20
    assert alerts(np.empty(0, int), 0, 20.0).state is State.TOO_FEW


def test_without_a_move_the_index_is_near_nothing_whatever_the_size():
    random = np.random.default_rng(1)
    for n in (400, 4000, 40_000):
        told = [scores(random.beta(1, 4, n), table(random.beta(1, 4, n)), 0.25, 30) for _ in range(30)]
        values = [item.estimate.value for item in told]
        assert np.mean(values) < 0.01
        assert not any(item.at(2.0)[0] > 0.25 for item in told)


def test_the_interval_covers_the_true_index():
    random = np.random.default_rng(2)
    big = [random.beta(1, 4, 400_000), random.beta(1.6, 4, 400_000)]
    truth = scores(big[1], table(big[0]), 0.25, 30).estimate.value
    covered, validated = 0, table(big[0])
    for _ in range(300):
        told = scores(random.beta(1.6, 4, 3000), validated, 0.25, 30).estimate
        covered += told.low <= truth <= told.high
    assert covered / 300 == pytest.approx(0.95, abs=0.04)


def test_patients_who_come_again_are_no_move():
    """60 patients who are asked about 20 times each: their scores differ from the validated ones by the chance of 60."""
    random = np.random.default_rng(5)
    validated = table(random.beta(1, 4, 20_000))

    def told(subjects):
        return [scores(np.repeat(random.beta(1, 4, 60), 20), validated, 0.1, 30, subjects) for _ in range(200)]

    alone, clustered = told(None), told(60)
    assert np.mean([item.at(2.0)[0] > 0.1 for item in alone]) > 0.2, "each encounter taken for a patient of its own"
    assert np.mean([item.at(2.0)[0] > 0.1 for item in clustered]) < 0.03
    assert np.mean([item.estimate.value for item in clustered]) < 0.5 * np.mean([item.estimate.value for item in alone])


def test_a_large_move_crosses():
    random = np.random.default_rng(3)
    told = scores(random.beta(4, 4, 2000), table(random.beta(1, 4, 5000)), 0.25, 30)
    assert told.at(3.0)[0] > 0.25


def test_little_is_not_measured():
    random = np.random.default_rng(4)
    assert scores(random.random(299), table(random.random(5000)), 0.25, 30).state is State.TOO_FEW
    assert scores(random.random(299), None, 0.25, 30).state is State.UNAVAILABLE
