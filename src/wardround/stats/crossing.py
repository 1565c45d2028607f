"""Compiled passes behind the influence functions: contributions in score order, then cross products by subject."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.stats.jit import compiled

Vector = NDArray[np.float64]


@compiled
def score_order_influences(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    order: NDArray[np.int64],
    happened: NDArray[np.uint8],
    below_n: NDArray[np.int64],
    below_events: NDArray[np.int64],
    bounds: NDArray[np.int64],
    pools: Vector,
    auroc: float,
    auprc: float,
) -> Vector:
    """What depends on the rank of a score, shape (n, 4), in sample order.

    Columns: placement less AUROC; influence on the average precision; influence on the ICI; sign of the pool's group
    in the ECE. ``pools`` has shape (pools, 3): the ICI's constant, its factor of the outcome, the ECE's sign. AUROC
    and AUPRC are NaN where not defined; their columns are then 0.

    With precision P and flagged share F at a score, AP = E[P | event]. A row moves AP by its own term (events only)
    and by changing the precision at every lower score: y (P(p) - AP) / prevalence + sum over event scores t <= p of
    (y - P(t)) / (events F(t)).
    """
    n = order.size
    result = np.zeros((n, 4))
    events = below_events[-1]
    others = n - events
    two_classes = not np.isnan(auroc)
    gained = 0.0
    lost = 0.0
    pool = 0
    for k in range(below_n.size - 1):
        first, end = below_n[k], below_n[k + 1]
        before, after = below_events[k], below_events[k + 1]
        of_event = of_other = own = 0.0
        if two_classes:
            of_event = 0.5 * (first - before + end - after) / others - auroc
            of_other = 1.0 - 0.5 * (before + after) / events - auroc
        if events > 0:
            precision = (events - before) / (n - first)
            weight = (after - before) / events * n / (n - first)
            gained += weight
            lost += weight * precision
            own = (precision - auprc) * n / events + gained
        while first >= bounds[pool + 1]:
            pool += 1
        for i in range(first, end):
            row = order[i]
            if happened[i]:
                result[row, 0] = of_event
                result[row, 1] = own - lost
                result[row, 2] = pools[pool, 0] + pools[pool, 1]
            else:
                result[row, 0] = of_other
                result[row, 1] = -lost
                result[row, 2] = pools[pool, 0]
            result[row, 3] = pools[pool, 2]
    return result


@compiled
def subject_columns(  # noqa: PLR0913, PLR0917 - a kernel takes its arrays one by one
    starts: NDArray[np.int64],
    end: int,
    outcome: Vector,
    probability: Vector,
    logits: Vector,
    ranked: Vector,
    line: Vector,
    thresholds: Vector,
    columns: Vector,
) -> None:
    """Fills ``columns`` (subjects, 12 + 2 · thresholds) with one model's sums for the subjects that start at ``starts``.

    Order: one, outcome, score, squared error, AUROC of events, AUROC of non-events, AUPRC, calibration-in-the-large,
    slope, intercept, ICI, ECE, then flagged and flagged event of each threshold. ``end`` is one past the last row.
    ``line`` holds the intercept and scale of calibration-in-the-large, then intercept, slope and the three entries
    (00, 01, 11) of the inverse information of the recalibration line; a scale of 0 means not defined.
    """
    columns[:] = 0.0
    for c in range(starts.size):
        last = starts[c + 1] if c + 1 < starts.size else end
        for i in range(starts[c], last):
            y, p, x = outcome[i], probability[i], logits[i]
            columns[c, 0] += 1.0
            columns[c, 1] += y
            columns[c, 2] += p
            columns[c, 3] += (p - y) * (p - y)
            if y > 0.5:
                columns[c, 4] += ranked[i, 0]
            else:
                columns[c, 5] += ranked[i, 0]
            columns[c, 6] += ranked[i, 1]
            if line[1] > 0.0:
                columns[c, 7] += (y - 1.0 / (1.0 + np.exp(-(line[0] + x)))) * line[1]
            if line[4] > 0.0:
                residual = y - 1.0 / (1.0 + np.exp(-(line[2] + line[3] * x)))
                columns[c, 8] += residual * (line[5] + line[6] * x)
                columns[c, 9] += residual * (line[4] + line[5] * x)
            columns[c, 10] += ranked[i, 2]
            columns[c, 11] += ranked[i, 3] * (y - p)
            for k in range(thresholds.size):
                if p >= thresholds[k]:
                    columns[c, 12 + 2 * k] += 1.0
                    columns[c, 13 + 2 * k] += y


@compiled
def add_cross_products(columns: Vector, total: Vector, products: Vector) -> None:
    """Adds the column sums to ``total`` and the upper triangle of columns' cross products to ``products``."""
    subjects, size = columns.shape
    for c in range(0, subjects - 3, 4):
        # four subjects a step: the products are read and written a quarter as often
        r0, r1, r2, r3 = columns[c], columns[c + 1], columns[c + 2], columns[c + 3]
        for i in range(size):
            a0, a1, a2, a3 = r0[i], r1[i], r2[i], r3[i]
            total[i] += a0 + a1 + a2 + a3
            target = products[i]
            for j in range(i, size):
                target[j] += a0 * r0[j] + a1 * r1[j] + a2 * r2[j] + a3 * r3[j]
    for c in range(subjects - subjects % 4, subjects):
        for i in range(size):
            total[i] += columns[c, i]
            for j in range(i, size):
                products[i, j] += columns[c, i] * columns[c, j]
