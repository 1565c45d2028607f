"""Exact sums of doubles and of their squares, as integers: parts of a table add up to the whole, to the bit, in whatever order.

Each block is scaled to [-1, 1] and every number cut on three fixed grids, 2**-20, 2**-41 and 2**-62 (error-free transformation: Rump, Ogita, Oishi
2008). All sums of products of the pieces are then multiples of their grid below 2**53, which doubles hold exactly; so the fastest dot products are exact.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wardround.profile.buckets import MANTISSA_BITS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Numbers that are summed at a time: more, and the sums of products no longer fit in 53 bits; and all that is made of them stays in the cache.
BLOCK = 1 << 13
#: Binades a block's numbers may span: the smallest's last bit is then on the third grid.
_SPAN = 10
#: Adding and subtracting 1.5 · 2**(52 - g) rounds a number of [-1, 1] to a multiple of 2**-g.
_FIRST, _SECOND = 1.5 * 2.0 ** (52 - 20), 1.5 * 2.0 ** (52 - 41)
#: At least so many small numbers, and at most this share of their block, are looked at once more; else they wait to be sorted. Project choices.
_MANY, _SHARE = 256, 0.75
#: Units of the integers: sums count 2**-UNIT, sums of squares 2**(-2 UNIT). Below the last bit of the smallest double by more than the third grid.
UNIT: Final = 1200
#: Beyond these exponents a power of two, or its inverse, is no normal double.
_NORMAL = 1000


class Workspace:
    """Room for one block, used again and again: rows of ones and of the three pieces."""

    def __init__(self) -> None:
        self.rows: Floats = np.ones((4, BLOCK))


class ExactSums:
    """Σx and Σx² of all numbers added: ``total`` · 2**-UNIT and ``squares`` · 2**(-2 UNIT)."""

    def __init__(self) -> None:
        self.total = 0
        self.squares = 0
        self._small: list[Floats] = []

    def add(self, values: Floats, keys: Integers, work: Workspace) -> None:
        """Adds at most ``BLOCK`` finite numbers; ``keys`` are the buckets of their sizes. Afterwards :meth:`settle` is owed."""
        while len(values):
            exponent = int(keys.max()) >> MANTISSA_BITS
            least = (exponent - _SPAN + 1) << MANTISSA_BITS
            power = max(exponent, 1) - 1022
            if int(keys.min()) >= least:
                self._block(values, power, work)
                return
            small = keys < least
            self._block(np.where(small, 0.0, values), power, work)
            small &= values != 0.0
            left, keys = values[small], keys[small]
            if not _MANY <= len(left) <= _SHARE * len(values):
                self._small += [left] if len(left) else []
                return
            values = left

    def counted(self, values: Integers, counts: Integers) -> None:
        """Adds each of ``values`` (below 2**20 in size) ``counts`` (below 2**23) times."""
        times = values * counts
        self.total += int(times.sum()) << UNIT
        self.squares += int((times * values).sum()) << (2 * UNIT)

    def settle(self, work: Workspace) -> None:
        """Adds the numbers that were too small beside their block: sorted, so that they fall into runs of few binades."""
        if not self._small:
            return
        values = np.concatenate(self._small)
        self._small.clear()
        values = values[np.argsort(np.abs(values))]
        exponents = np.abs(values).view(np.int64) >> 52
        end = len(values)
        while end:
            exponent = int(exponents[end - 1])
            start = max(int(np.searchsorted(exponents, exponent - _SPAN + 1)), end - BLOCK)
            self._block(values[start:end], max(exponent, 1) - 1022, work)
            end = start

    def _block(self, values: Floats, power: int, work: Workspace) -> None:
        """Adds numbers below 2**``power`` in size, whose last bits are multiples of 2**(``power`` - 62)."""
        rows = work.rows[:, : len(values)]
        high, middle, low = rows[1], rows[2], rows[3]
        if abs(power) <= _NORMAL:
            np.multiply(values, 2.0**-power, out=low)
        else:
            np.ldexp(values, -power, out=low)
        np.add(low, _FIRST, out=high)
        np.subtract(high, _FIRST, out=high)
        np.subtract(low, high, out=low)
        np.add(low, _SECOND, out=middle)
        np.subtract(middle, _SECOND, out=middle)
        np.subtract(low, middle, out=low)
        first, high_high, high_middle, high_low = (rows @ high).tolist()
        second, _, middle_middle, middle_low = (rows @ middle).tolist()
        third, _, _, low_low = (rows @ low).tolist()
        total = (int(first * 2.0**20) << 42) + (int(second * 2.0**41) << 21) + int(third * 2.0**62)
        squares = (
            (int(high_high * 2.0**40) << 84)
            + (int(high_middle * 2.0**61) << 64)  # both products of a pair are in the square
            + (int(high_low * 2.0**82) << 43)
            + (int(middle_middle * 2.0**82) << 42)
            + (int(middle_low * 2.0**103) << 22)
            + int(low_low * 2.0**124)
        )
        scale = UNIT + power - 62
        self.total += total << scale
        self.squares += squares << 2 * scale
