"""Sorting scores, and finding blocks of equal scores: the one thing that every ranked measure needs first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.stats.jit import compiled

_DIGIT = 11
_PASSES = 6
#: Below this size numpy's own stable sort is as quick.
_SMALL = 4096


def ascending_order(probability: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The stable order that sorts probabilities (0 to 1, no NaN), and them sorted.

    A radix sort of the bits: two to three times as quick as a comparison sort, and the same on every machine.
    """
    if probability.size < _SMALL:
        order = np.argsort(probability, kind="stable")
        return order, probability[order]
    # + 0.0 turns -0.0 into 0.0; then doubles that are not negative sort as their bits do
    order, keys = _radix_order((probability + 0.0).view(np.uint64))
    return order, keys.view(np.float64)


@compiled
def _radix_order(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    n = keys.size
    mask = np.uint64((1 << _DIGIT) - 1)
    histogram = np.zeros((_PASSES, 1 << _DIGIT), np.int64)
    for i in range(n):
        key = keys[i]
        for d in range(_PASSES):
            histogram[d, np.int64((key >> np.uint64(d * _DIGIT)) & mask)] += 1
    order = np.empty(n, np.int64)
    for i in range(n):
        order[i] = i
    current, following = keys.copy(), np.empty_like(keys)
    other = np.empty_like(order)
    for d in range(_PASSES):
        shift = np.uint64(d * _DIGIT)
        if histogram[d, np.int64((keys[0] >> shift) & mask)] == n:
            continue
        place = 0
        for digit in range(1 << _DIGIT):
            count = histogram[d, digit]
            histogram[d, digit] = place
            place += count
        for i in range(n):
            value = np.int64((current[i] >> shift) & mask)
            slot = histogram[d, value]
            histogram[d, value] = slot + 1
            following[slot] = current[i]
            other[slot] = order[i]
        current, following = following, current
        order, other = other, order
    return order, current


@compiled
def equal_blocks(
    order: NDArray[np.int64], ascending: NDArray[np.float64], outcome: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Sorted outcomes, and counts of encounters and of events before each block of equal scores (and before the end)."""
    n = order.size
    happened = np.empty(n, np.uint8)
    below_n = np.zeros(n + 1, np.int64)
    below_events = np.zeros(n + 1, np.int64)
    blocks = 0
    events = 0
    for i in range(n):
        if i > 0 and ascending[i] != ascending[i - 1]:
            blocks += 1
            below_n[blocks] = i
            below_events[blocks] = events
        happened[i] = outcome[order[i]]
        events += happened[i]
    if n:
        blocks += 1
        below_n[blocks] = n
        below_events[blocks] = events
    return happened, below_n[: blocks + 1], below_events[: blocks + 1]


@compiled
def rank_areas(below_n: NDArray[np.int64], below_events: NDArray[np.int64]) -> tuple[float, float]:
    """Pairs (event, non-event) in the right order, ties half; and the sum over events of the precision at their score."""
    n, events = below_n[-1], below_events[-1]
    pairs = steps = 0.0
    for k in range(below_n.size - 1):
        gained = below_events[k + 1] - below_events[k]
        if gained > 0:
            lower = below_n[k] - below_events[k] + below_n[k + 1] - below_events[k + 1]
            pairs += 0.5 * gained * lower
            steps += gained * (events - below_events[k]) / (n - below_n[k])
    return pairs, steps
