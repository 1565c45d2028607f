"""Properties of disclosure over drawn hospitals: what is shown is large, rounded, and accepted by the audit."""

import sys
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "attack"))

import drawn_truths as drawn

from wardround.disclosure import Inside, audit, disclose
from wardround.disclosure.cells import Wanted, choose, large, merged
from wardround.disclosure.margins import shown_levels

CELLS = st.lists(st.lists(st.integers(0, 40), min_size=6, max_size=6), min_size=2, max_size=2)


@given(st.lists(CELLS, min_size=1, max_size=4), st.permutations(range(1, 6)))
def test_chosen_bins_are_large_and_no_edge_could_be_added(drawn_cells, order):
    cells = np.array(drawn_cells)
    if not large(cells, (0, 6), 11):
        return
    binning = choose(cells, (0, 6), Wanted((), tuple(order)), 11)
    assert merged(cells, binning).min() >= 11
    for edge in set(range(1, 6)) - set(binning):
        assert not large(cells, tuple(sorted({*binning, edge})), 11)


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 60), min_size=1), st.integers(0, 30))
def test_hidden_levels_of_a_margin_sum_to_many(counts, others):
    total = sum(counts.values()) + others
    shown = shown_levels(counts, total, 11)
    left = total - sum(counts[level] for level in shown)
    assert all(counts[level] >= 11 for level in shown)
    if shown and (len(shown) < len(counts) or others):
        assert left >= 11


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1000, 2000))
def test_publications_pass_the_audit_with_nothing_else_in_hand(seed):
    truth = drawn.draw(seed, n=200)
    published = disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth)))
    assert audit(published).safe
