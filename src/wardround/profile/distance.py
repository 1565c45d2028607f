"""How far two profiles lie apart, column by column."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.evidence.profile import ColumnProfile, NumberSummary, Profile
from wardround.profile.reading import deviation, mean

#: Bins of a numeric column, cut at the reference's deciles (Siddiqi 2006).
BINS = 10
#: Added to every bin's count, because a ratio needs none to be empty (Jeffreys' prior of a multinomial; project choice here).
PSEUDO_COUNT = 0.5

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnDistance:
    """Distances of one column, from the reference profile to the other; values missing in the table are left out of all but ``missing``.

    ``psi``: population stability index, Σ (b - a)·ln(b/a), in [0, ∞); ``psi_noise`` is what it is on average without any shift,
    (bins - 1)(1/n_a + 1/n_b) (Yurdakul and Naranjo 2020). ``js``: Jensen-Shannon divergence to base 2, in [0, 1] (Lin 1991). ``smd``: standardised mean
    difference, b - a over the root of the mean variance (signed), for categories its multivariate form (Yang and Dalton 2012, unsigned).
    ``missing``: change in the share of missing values, in [-1, 1]. What cannot be told is None, and ``reason`` says why.
    """

    name: str
    kind: str
    psi: float | None = None
    psi_noise: float | None = None
    js: float | None = None
    smd: float | None = None
    missing: float | None = None
    reason: str = ""


def distance(a: Profile, b: Profile) -> tuple[ColumnDistance, ...]:
    """Each column of the reference ``a`` and of ``b``: first those of ``a`` in its order, then what only ``b`` has."""
    found = []
    for column in a.columns:
        other = b.column(column.name)
        if other is None:
            found.append(ColumnDistance(column.name, column.kind, reason="the column is gone"))
        elif other.kind != column.kind:
            found.append(ColumnDistance(column.name, column.kind, reason=f"the column became {other.kind}"))
        else:
            found.append(column_distance(column, other))
    known = {column.name for column in a.columns}
    new = [column for column in b.columns if column.name not in known]
    return (*found, *(ColumnDistance(column.name, column.kind, reason="the column is new") for column in new))


def column_distance(a: ColumnProfile, b: ColumnProfile) -> ColumnDistance:
    """The distances of one column, of the same kind in both."""
    missing = None
    if a.missing_share is not None and b.missing_share is not None:
        missing = b.missing_share - a.missing_share
    left, right = _binned(a, b)
    if left is None or right is None:
        return ColumnDistance(a.name, a.kind, missing=missing, reason="dates are not compared: time moves on")
    if not left.sum() or not right.sum():
        return ColumnDistance(a.name, a.kind, missing=missing, reason="no values on one side")
    noise = (len(left) - 1) * (1 / left.sum() + 1 / right.sum())
    return ColumnDistance(
        a.name, a.kind, psi(left, right), float(noise), jensen_shannon(left, right), _smd(a, b, left, right), missing
    )


def psi(a: Array, b: Array) -> float:
    """Population stability index of two vectors of counts, each cell raised by :data:`PSEUDO_COUNT`."""
    p, q = (_shares(counts + PSEUDO_COUNT) for counts in (a, b))
    return float(np.sum((q - p) * np.log(q / p)))


def jensen_shannon(a: Array, b: Array) -> float:
    """Jensen-Shannon divergence to base 2 of two vectors of counts."""
    p, q = _shares(a), _shares(b)
    middle = (p + q) / 2

    def divergence(x: Array) -> float:
        some = x > 0
        return float(np.sum(x[some] * np.log2(x[some] / middle[some])))

    return min(1.0, max(0.0, (divergence(p) + divergence(q)) / 2))


def _shares(counts: Array) -> Array:
    shares: Array = counts / counts.sum()
    return shares


def _binned(a: ColumnProfile, b: ColumnProfile) -> tuple[Array | None, Array | None]:
    """Counts on common bins; None for dates."""
    if a.levels is not None and b.levels is not None:
        names = sorted(set(a.levels.counts) | set(b.levels.counts))
        other = [[side.levels.other] if a.levels.other or b.levels.other else [] for side in (a, b) if side.levels]
        one, two = ([side.levels.counts.get(name, 0) for name in names] for side in (a, b) if side.levels)
        return np.array([*one, *other[0]], float), np.array([*two, *other[1]], float)
    left, right = a.numbers or a.lengths, b.numbers or b.lengths
    if left is None or right is None:
        return None, None
    return cut(left, right)


def cut(a: NumberSummary, b: NumberSummary, bins: int = BINS) -> tuple[Array, Array]:
    """Both histograms on at most ``bins`` bins that hold about equal shares of ``a``; ties make fewer."""
    keys = sorted(set(a.histogram) | set(b.histogram))
    left = np.array([a.histogram.get(key, 0) for key in keys], float)
    right = np.array([b.histogram.get(key, 0) for key in keys], float)
    if not left.sum():
        return np.array([left.sum()]), np.array([right.sum()])
    below = (np.cumsum(left) - left / 2) / left.sum()
    bin_of = np.minimum((below * bins).astype(int), bins - 1)
    _, dense = np.unique(bin_of, return_inverse=True)
    return np.bincount(dense, left).astype(float), np.bincount(dense, right).astype(float)


def _smd(a: ColumnProfile, b: ColumnProfile, left: Array, right: Array) -> float | None:
    if a.levels is None:
        one, two = a.numbers or a.lengths, b.numbers or b.lengths
        assert one is not None
        assert two is not None
        return _shift(one, two)
    p, q = _shares(left), _shares(right)
    if len(p) < 2:
        return 0.0
    gap = (q - p)[1:]
    cover = np.mean([(np.diag(x) - np.outer(x, x))[1:, 1:] for x in (p, q)], axis=0)
    return math.sqrt(max(0.0, float(gap @ np.linalg.pinv(cover, hermitian=True) @ gap)))


def _shift(a: NumberSummary, b: NumberSummary) -> float | None:
    centres, spreads = (mean(a), mean(b)), (deviation(a), deviation(b))
    if centres[0] is None or centres[1] is None or spreads[0] is None or spreads[1] is None:
        return None
    spread = math.hypot(spreads[0], spreads[1]) / math.sqrt(2)
    shift = centres[1] - centres[0]
    if not spread:
        return None if shift else 0.0
    return shift / spread if math.isfinite(shift) and math.isfinite(spread) else None
