"""Suspects values in another unit: is the window a mixture of the reference and of the reference *converted*?

For each conversion the share of converted values is fitted by maximum likelihood on common bins. A conversion is suspected when that share is large,
and when the mixture explains the window: what is left of the difference is small. Where the converted values look much like the unconverted ones, only a
whole window (or site) can be told from patients who are ill in another way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from wardround.evidence.measures import Estimate
from wardround.monitoring import drift_rules as rules
from wardround.monitoring.drift.bins import Floats, middles
from wardround.monitoring.drift.columns import Column
from wardround.monitoring.drift.measured import Measured
from wardround.monitoring.drift.shares import CONFIDENCE
from wardround.profile.conversions import AFFINE, FACTORS
from wardround.profile.distance import psi
from wardround.project.monitor_drift import MonitorDriftSection
from wardround.stats.intervals import quantile

#: Bins on each of the two distributions; fewest buckets of a column that is a quantity; project choices.
BINS = 16
FEWEST_BUCKETS = 12
#: From this share on the whole window is converted; below, the two may overlap by at most ``OVERLAP``. Project choices.
WHOLE, OVERLAP = 0.8, 0.05
#: What may be left of the index when the mixture is right, absolutely and as a share of the index before. Project choices.
LEFT, LEFT_SHARE = 0.05, 0.25


@dataclass(frozen=True)
class Mixture:
    """A conversion, the fitted share of converted values with its standard error, and the index that is left."""

    label: str
    share: float
    error: float
    left: float


@dataclass(frozen=True)
class _Conversion:
    factor: float
    offset: float
    label: str

    def __call__(self, value: Floats) -> Floats:
        return value * self.factor + self.offset


def conversions() -> Iterator[_Conversion]:
    """All conversions, both ways."""
    for factor, label in FACTORS:
        yield _Conversion(factor, 0.0, label)
        yield _Conversion(1.0 / factor, 0.0, label)
    for factor, offset, label in AFFINE:
        yield _Conversion(factor, offset, label)
        yield _Conversion(1.0 / factor, -offset / factor, label)


_ALL = tuple(conversions())


def suspected(column: Column) -> Mixture | None:
    """The conversion that explains the window best, if one does."""
    held = column.reference.numbers
    if held is None or column.numbers is None or len(held.keys) < FEWEST_BUCKETS:
        return None
    keys, counts = column.numbers
    window = middles(keys, whole=held.whole)
    plain = held.counts / held.total
    found = [
        mixture
        for conversion in _ALL
        if (mixture := _fit(conversion, (held.middles, plain), (window, counts), column.seen.of(column.n)))
    ]
    return min(found, key=lambda mixture: mixture.left, default=None)


def _fit(
    conversion: _Conversion, reference: tuple[Floats, Floats], window: tuple[Floats, Floats], worth: float
) -> Mixture | None:
    values, shares = reference
    turned = conversion(values)
    edges = np.union1d(_edges(values, shares), _edges(turned, shares))
    size = len(edges) + 1

    def on(x: Floats, weight: Floats) -> Floats:
        return np.bincount(np.searchsorted(edges, x, side="right"), weight, size).astype(float)

    p, q, b = on(values, shares), on(turned, shares), on(*window)
    n = float(b.sum())
    p, q = ((x + 0.5 / max(n, 1000.0)) / (x + 0.5 / max(n, 1000.0)).sum() for x in (p, q))
    share, information = _share(p, q, b)
    if information <= 0.0:
        return None
    noise = (size - 1) / worth
    before, left = psi(p * n, b), psi(((1.0 - share) * p + share * q) * n, b) - noise
    if left > LEFT or left > LEFT_SHARE * before:
        return None
    if share < WHOLE and float(np.minimum(p, q).sum()) > OVERLAP:
        return None
    return Mixture(conversion.label, share, math.sqrt(n / worth / information), left)


def _edges(values: Floats, shares: Floats) -> Floats:
    """Edges that cut a distribution into about equal parts, between its values."""
    order = np.argsort(values)
    value, below = values[order], np.cumsum(shares[order])
    places = np.unique(np.searchsorted(below, np.arange(1, BINS) / BINS))
    places = places[places < len(value) - 1]
    cuts: Floats = (value[places] + value[places + 1]) / 2
    # One edge outside on each side: values beyond the distribution are their own bins.
    return np.concatenate([[value[0] - 1e-6 - abs(value[0]) / 64], cuts, [value[-1] + 1e-6 + abs(value[-1]) / 64]])


def _share(p: Floats, q: Floats, b: Floats) -> tuple[float, float]:
    """The share that maximises the likelihood of counts ``b`` under (1 - w) p + w q, and Fisher's information there."""
    gap = q - p
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if float(np.sum(b * gap / (p + middle * gap))) > 0.0:
            low = middle
        else:
            high = middle
    share = (low + high) / 2
    return share, float(np.sum(b * (gap / (p + share * gap)) ** 2))


def mixed(column: Column, settings: MonitorDriftSection) -> Measured | None:
    """The share of values in another unit; None where nothing hints at one."""
    index = column.index
    if index is None or column.n < settings.rows or index.value < settings.psi / 2:
        return None
    found = suspected(column)
    if found is None:
        return None
    count = round(found.share * column.n)
    half = quantile(CONFIDENCE) * found.error
    value = count / column.n
    return Measured(
        rules.UNITS,
        "other_unit_share",
        column.name,
        column.n,
        Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half), method="mixture"),
        (None, settings.units),
        p := float(special.ndtr((settings.units - found.share) / found.error)),
        p,
        events=count,
        detail=found.label,
    )
