import numpy as np
import pytest

from wardround.compare import score_edges, score_table
from wardround.compare.tables import DEFAULT_EDGES


def test_default_edges_hold_thresholds_and_both_ends():
    edges = score_edges((0.17, 0.2))
    assert edges == tuple(sorted({*DEFAULT_EDGES, 0.17, 0.2, 0.0, 1.0}))
    assert (edges[0], edges[-1]) == (0.0, 1.0)


def test_declared_edges_replace_the_default_ones():
    assert score_edges((0.3,), (0.5, 0.1)) == (0.0, 0.1, 0.3, 0.5, 1.0)


def test_confusion_counts_at_thresholds_are_sums_of_bins():
    rng = np.random.default_rng(2)
    p = np.round(rng.random(5000), 2)
    y = (rng.random(5000) < p).astype(np.int8)
    table = score_table(y, p, score_edges((0.2, 0.35)))
    for threshold in (0.2, 0.35):
        first = table.edges.index(threshold)
        assert sum(table.n[first:]) == np.count_nonzero(p >= threshold)
        assert sum(table.events[first:]) == np.count_nonzero((p >= threshold) & (y == 1))
    assert sum(table.expected) == pytest.approx(p.sum())
    assert sum(table.n) == 5000


def test_the_last_bin_is_closed_and_an_empty_table_is_zeros():
    table = score_table(np.array([1, 0]), np.array([1.0, 0.0]), (0.0, 0.5, 1.0))
    assert (table.n, table.events) == ((1, 1), (0, 1))
    assert score_table(np.zeros(0, np.int8), np.zeros(0), (0.0, 1.0)).n == (0,)
