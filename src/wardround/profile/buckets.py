"""Buckets for numbers whose edges are the same for every table, so that histograms add up exactly.

A bucket holds the doubles that share sign, exponent and the first six bits of the mantissa: log-linear, as in HdrHistogram
(Tene 2012) and close to DDSketch (Masson, Rim, Lee 2019). Its width is at most 1/64 of its lower edge, integers below 128 have a bucket of
their own, and the edges tell nothing about a table. Six bits: project choice.
"""

from __future__ import annotations

import math

import numpy as np

MANTISSA_BITS = 6
SHIFT = 52 - MANTISSA_BITS
#: Relative error of a quantile that is told as the middle of its bucket: half a bucket's relative width.
QUANTILE_ERROR = 2.0 ** -(MANTISSA_BITS + 1)
#: Keys lie in (-KEYS, KEYS).
KEYS = 1 << (11 + MANTISSA_BITS)


def key_of(value: float) -> int:
    """The bucket of a finite number: 0 is zero (and the tiniest subnormals), negative numbers mirror positive ones."""
    bits = int(np.array(abs(value), np.float64).view(np.uint64)) >> SHIFT
    return -bits if value < 0 else bits


def edges(key: int) -> tuple[float, float]:
    """The bounds of a bucket: ``low <= |x| < high`` on the side of zero first, so mirrored for negative keys."""
    size = abs(key)
    low = float(np.array(size << SHIFT, np.uint64).view(np.float64))
    high = float(np.array((size + 1) << SHIFT, np.uint64).view(np.float64))
    return (-high, -low) if key < 0 else (low, high)


def middle(key: int, *, whole: bool = False) -> float:
    """The number that stands for a bucket: its middle; of ``whole`` numbers the integer in the bucket that is nearest to zero."""
    low, high = edges(key)
    near, far = (high, low) if key < 0 else (low, high)
    if key == 0 or not math.isfinite(far):
        return near
    if whole and abs(far - near) <= 1:
        return float(math.copysign(math.ceil(abs(near)), near))
    return near + (far - near) / 2
