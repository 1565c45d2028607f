"""The inner loops of the bootstrap. Each handles ``TILE`` resamples at once, so that data are read once for all.

``counts`` has shape (subjects, TILE): how often a subject is drawn in each resample. A count fits eight bits: with at
most 255 subjects it cannot be larger, and with more, a count of 256 has a probability below 1e-300.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.stats.jit import compiled

TILE = 16


@compiled
def draw_counts(seeds: NDArray[np.uint64], counts: NDArray[np.uint8], scratch: NDArray[np.uint8]) -> None:
    """Draws as many subjects as there are, with replacement, for each seed; ``scratch`` has shape (subjects,).

    SplitMix64 (Steele, Lea & Flood 2014), the top 53 bits scaled to a subject.
    """
    subjects = counts.shape[0]
    scale = subjects / 9007199254740992.0
    for t in range(TILE):
        scratch[:] = 0
        state = seeds[t]
        for _ in range(subjects):
            state += np.uint64(0x9E3779B97F4A7C15)
            z = state
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            scratch[np.int64(np.float64(np.int64(z >> np.uint64(11))) * scale)] += 1
        for c in range(subjects):
            counts[c, t] = scratch[c]


@compiled
def weighted_sums(
    values: NDArray[np.float64], codes: NDArray[np.int64], counts: NDArray[np.uint8], sums: NDArray[np.float64]
) -> None:
    """``sums[k, t]`` becomes the sum over subjects of ``counts[codes[c], t] * values[c, k]``."""
    sums[:] = 0.0
    weight = np.empty(TILE, np.float64)
    for c in range(codes.size):
        drawn = counts[codes[c]]
        for t in range(TILE):
            weight[t] = drawn[t]
        for k in range(values.shape[1]):
            value = values[c, k]
            for t in range(TILE):
                sums[k, t] += value * weight[t]


@compiled
def ranked_sums(  # noqa: C901, PLR0913, PLR0917 - a kernel is one loop and takes its arrays one by one
    subject: NDArray[np.int32],
    event: NDArray[np.uint8],
    last: NDArray[np.uint8],
    marks: NDArray[np.int64],
    counts: NDArray[np.uint8],
    above: NDArray[np.float64],
    events_above: NDArray[np.float64],
    pairs: NDArray[np.float64],
    steps: NDArray[np.float64],
) -> None:
    """One pass over rows in descending score order.

    Args:
        subject: code of each row's subject.
        event: whether the row is an event.
        last: whether the row is the last of its block of equal scores.
        marks: ascending numbers of rows, all ends of blocks, the last one n.
        counts: as above.
        above: out, (marks, TILE): weighted encounters in the first ``marks[m]`` rows.
        events_above: out, (marks, TILE): weighted events there.
        pairs: out, (TILE): weighted pairs (event, non-event) in the right order, ties half.
        steps: out, (TILE): sum over blocks of weighted events times precision; over all events it is the AUPRC.
    """
    n = np.zeros(TILE)
    hits = np.zeros(TILE)
    block_n = np.zeros(TILE)
    block_hits = np.zeros(TILE)
    pairs[:] = 0.0
    steps[:] = 0.0
    open_block = False
    start = 0
    for m in range(marks.size):
        for i in range(start, marks[m]):
            drawn = counts[subject[i]]
            if last[i] and not open_block:
                if event[i]:
                    for t in range(TILE):
                        weight = np.float64(drawn[t])
                        n[t] += weight
                        hits[t] += weight
                        steps[t] += weight * hits[t] / max(n[t], 1.0)
                else:
                    for t in range(TILE):
                        weight = np.float64(drawn[t])
                        n[t] += weight
                        pairs[t] += weight * hits[t]
                continue
            open_block = True
            for t in range(TILE):
                weight = np.float64(drawn[t])
                block_n[t] += weight
                block_hits[t] += weight * event[i]
            if last[i]:
                for t in range(TILE):
                    pairs[t] += (block_n[t] - block_hits[t]) * (hits[t] + 0.5 * block_hits[t])
                    n[t] += block_n[t]
                    hits[t] += block_hits[t]
                    steps[t] += block_hits[t] * hits[t] / max(n[t], 1.0)
                    block_n[t] = 0.0
                    block_hits[t] = 0.0
                open_block = False
        start = marks[m]
        for t in range(TILE):
            above[m, t] = n[t]
            events_above[m, t] = hits[t]


@compiled
def line_sums(
    x: NDArray[np.float64], y: NDArray[np.float64], intercept: float, slope: float
) -> tuple[float, float, float, float, float]:
    """Gradient (2) and information (3) of the logistic log likelihood of ``y`` on ``x``."""
    g0 = g1 = h00 = h01 = h11 = 0.0
    for i in range(x.size):
        fitted = 1.0 / (1.0 + np.exp(-(intercept + slope * x[i])))
        residual = y[i] - fitted
        weight = fitted * (1.0 - fitted)
        g0 += residual
        g1 += residual * x[i]
        h00 += weight
        h01 += weight * x[i]
        h11 += weight * x[i] * x[i]
    return g0, g1, h00, h01, h11
