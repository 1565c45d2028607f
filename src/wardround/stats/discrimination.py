"""AUROC and average precision with ties, and the placement values behind DeLong."""

from __future__ import annotations

import numpy as np

from wardround.stats.sample import Floats, Ranked
from wardround.stats.sorting import rank_areas


def auroc(ranked: Ranked) -> float:
    """Probability that an event scores higher than a non-event, ties counting half; NaN with one class only."""
    events, others = ranked.sample.events, ranked.sample.n - ranked.sample.events
    if not events or not others:
        return float("nan")
    return float(rank_areas(ranked.below_n, ranked.below_events)[0] / (float(events) * others))


def average_precision(ranked: Ranked) -> float:
    """Area under the precision-recall curve as a sum of steps, equal scores together; NaN without events."""
    events = ranked.sample.events
    if not events:
        return float("nan")
    return float(rank_areas(ranked.below_n, ranked.below_events)[1] / events)


def placements(ranked: Ranked) -> Floats:
    """Placement value of each row, in sample order (DeLong, DeLong & Clarke-Pearson 1988).

    For an event the share of non-events that score lower, for a non-event the share of events that score higher, ties
    counting half. The mean over events, and over non-events, is the AUROC. Both classes must be present.
    """
    events, others = ranked.sample.events, ranked.sample.n - ranked.sample.events
    below_events = ranked.below_events.astype(np.float64)
    below_others = (ranked.below_n - ranked.below_events).astype(np.float64)
    of_event = 0.5 * (below_others[1:] + below_others[:-1]) / others
    of_other = 1.0 - 0.5 * (below_events[1:] + below_events[:-1]) / events
    values = np.empty(ranked.sample.n)
    values[ranked.order] = np.where(ranked.sorted_event, of_event[ranked.block], of_other[ranked.block])
    return values
