"""The numbers against scipy and the gate's own distances."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from wardround.monitoring.drift import bins, noncentral, shares
from wardround.monitoring.drift.distances import along
from wardround.profile import ColumnSpec, profile_batches
from wardround.profile.buckets import middle
from wardround.profile.distance import cut, psi


def summary(values, kind="float"):
    return profile_batches([ColumnSpec("x", kind)], pa.table({"x": values}).to_batches()).columns[0]


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(7)
    values = (rng.normal(2, 3, 5000), rng.normal(2.4, 3.5, 3000))
    return values, tuple(summary(value) for value in values)


def test_bins_are_those_of_the_gate(columns):
    _, (a, b) = columns
    reference = bins.numbers(a)
    for one, two in zip(reference.cut(*bins.histogram(b.numbers)), cut(a.numbers, b.numbers), strict=True):
        np.testing.assert_array_equal(one, two)


def test_bins_of_ties_and_of_values_beyond_are_those_of_the_gate():
    rng = np.random.default_rng(3)
    a, b = summary(rng.poisson(1.0, 4000), "integer"), summary(rng.poisson(9.0, 500) - 4, "integer")
    for one, two in zip(bins.numbers(a).cut(*bins.histogram(b.numbers)), cut(a.numbers, b.numbers), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("whole", [False, True])
def test_middles_are_those_of_the_profile(whole):
    keys = np.array(sorted({*range(-70_000, 70_000, 997), 0, 65_536, 66_000}), np.int64)
    np.testing.assert_array_equal(bins.middles(keys, whole=whole), [middle(int(key), whole=whole) for key in keys])


def test_distances_against_scipy(columns):
    (first, second), (a, b) = columns
    smirnov, wasserstein = along(bins.numbers(a), *bins.histogram(b.numbers), worth=3000)
    assert smirnov.value == pytest.approx(stats.ks_2samp(first, second).statistic, abs=0.01)
    assert wasserstein.value == pytest.approx(stats.wasserstein_distance(first, second) / first.std(), abs=0.01)
    assert smirnov.low < smirnov.value < smirnov.high
    assert wasserstein.low < wasserstein.value < wasserstein.high


@pytest.mark.parametrize("n", [200.0, 5000.0, 2e6])
def test_noncentral_chi_square_against_scipy(n):
    found = noncentral.Index(0.2, 0.0, n, 9)
    assert noncentral.above(found.statistic, 9, 0.1 * n) == pytest.approx(
        stats.ncx2.sf(found.statistic, 9, 0.1 * n), rel=0.2, abs=1e-9
    )
    low, high = noncentral.limits(found, 0.95)
    assert stats.ncx2.sf(n * 0.2, 9, max(low * n, 1e-9)) == pytest.approx(0.025, abs=0.002)
    assert stats.ncx2.cdf(n * 0.2, 9, high * n) == pytest.approx(0.025, abs=0.002)


@pytest.mark.parametrize("n", [500.0, 200_000.0])
def test_what_is_called_visible_is_seen_that_often(n):
    smallest = noncentral.visible(n, 9, 0.1, 0.001, 0.8)
    critical = stats.ncx2.isf(0.001, 9, 0.1 * n)
    assert stats.ncx2.sf(critical, 9, smallest * n) == pytest.approx(0.8, abs=0.01)


def test_the_interval_of_the_index_covers_and_the_test_keeps_its_level():
    rng = np.random.default_rng(11)
    p = np.full(10, 0.1)
    q = p * np.exp(np.linspace(-0.55, 0.55, 10))
    q /= q.sum()
    truth = float(np.sum((q - p) * np.log(q / p)))
    covered = wrong = 0
    for _ in range(1000):
        found = noncentral.index(rng.multinomial(20_000, p).astype(float), rng.multinomial(800, q).astype(float), 800)
        low, high = noncentral.limits(found, 0.95)
        covered += low <= truth <= high
        wrong += noncentral.exceeds(found, truth) <= 0.05
    assert covered >= 940
    assert wrong <= 65


def test_the_index_is_that_of_the_gate_and_its_error_that_of_repeating():
    rng = np.random.default_rng(5)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])
    a = rng.multinomial(50_000, p).astype(float)
    values = [noncentral.index(a, rng.multinomial(2000, q).astype(float), 2000) for _ in range(400)]
    assert values[0].value == pytest.approx(psi(a, rng.multinomial(2000, q).astype(float)), abs=0.05)
    assert np.std([one.value for one in values]) == pytest.approx(values[0].error, rel=0.15)


def test_shares_are_exact_binomial_tails():
    assert shares.more_than(7, 100, 100, 0.02) == pytest.approx(stats.binom.sf(6, 100, 0.02))
    assert shares.fewer_than(3, 100, 100, 0.1) == pytest.approx(stats.binom.cdf(3, 100, 0.1))
    assert shares.more_than(0, 100, 100, 0.02) == 1.0
    assert shares.more_than(70, 1000, 100, 0.02) == pytest.approx(stats.binom.sf(6, 100, 0.02))


def test_shares_differ_only_beyond_the_limit():
    rng = np.random.default_rng(2)
    wrong = sum(
        shares.differs((rng.binomial(400, 0.3), 400, 400), (rng.binomial(20_000, 0.2), 20_000), 0.1) <= 0.05
        for _ in range(2000)
    )
    assert 60 <= wrong <= 140
    assert shares.differs((280, 400, 400), (4000, 20_000), 0.1) < 1e-9
