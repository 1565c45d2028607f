"""AUROC and average precision with ties, and what each encounter contributes to them."""

from __future__ import annotations

import numpy as np

from wardround.stats.sample import Floats, Ranked


def auroc(ranked: Ranked) -> float:
    """Probability that an event scores higher than a non-event, ties counting half; NaN with one class only."""
    events, others = ranked.sample.events, ranked.sample.n - ranked.sample.events
    if not events or not others:
        return float("nan")
    block_events = np.diff(ranked.below_events)
    below = (ranked.below_n - ranked.below_events).astype(np.float64)
    return float(block_events @ (0.5 * (below[1:] + below[:-1])) / (float(events) * others))


def average_precision(ranked: Ranked) -> float:
    """Area under the precision-recall curve as a sum of steps, equal scores together; NaN without events."""
    events = ranked.sample.events
    if not events:
        return float("nan")
    precision, _ = _precision(ranked)
    return float(np.diff(ranked.below_events) @ precision / events)


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
    happened = ranked.sample.outcome[ranked.order] > 0.5
    values = np.empty(ranked.sample.n)
    values[ranked.order] = np.where(happened, of_event[ranked.block], of_other[ranked.block])
    return values


def average_precision_influence(ranked: Ranked) -> Floats:
    """Influence of each row on the average precision, in sample order; its mean is 0.

    With precision P(t) and flagged share F(t) at score t, AP = E[P(p) | event]. A row moves AP by its own term (events
    only) and by changing the precision at every lower score: y (P(p) - AP) / prevalence + sum over event scores t <= p
    of (y - P(t)) / (events F(t)).
    """
    n, events = ranked.sample.n, ranked.sample.events
    precision, flagged = _precision(ranked)
    per_event = np.diff(ranked.below_events) / events
    value = float(per_event @ precision)
    weight = per_event * (n / flagged)
    if_event = np.cumsum(weight)
    always = np.cumsum(weight * precision)
    happened = ranked.sample.outcome[ranked.order] > 0.5
    own = (precision - value) * (n / events) + if_event
    influence = np.empty(n)
    influence[ranked.order] = np.where(happened, own[ranked.block], 0.0) - always[ranked.block]
    return influence


def _precision(ranked: Ranked) -> tuple[Floats, Floats]:
    """Precision and number flagged when everyone from block k upwards is flagged."""
    flagged = (ranked.sample.n - ranked.below_n[:-1]).astype(np.float64)
    return (ranked.sample.events - ranked.below_events[:-1]) / flagged, flagged
