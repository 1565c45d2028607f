"""Exact sums of doubles and of their squares, an exponent at a time, in integers: parts of a table add up to the whole, to the bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Columns of the accumulator of sums, one row an exponent. A mantissa is high · 2**27 + low; its square is
#: high² · 2**54 + high·low · 2**28 + low², each kept as a wrapping sum and the number of its overflows.
HIGH, LOW, HH, HH_CARRY, HL, HL_CARRY, LL, LL_CARRY = range(8)
EXPONENTS = 2048


def exact_sums(sums: NDArray[np.uint64]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The sum and the sum of squares as (integer, power of two)."""
    total = squares = 0
    for exponent in np.flatnonzero(sums.any(axis=1)):
        row = [int(value) for value in sums[exponent]]
        high, low = (value - (1 << 64) if value >> 63 else value for value in (row[HIGH], row[LOW]))
        scale = int(exponent) - 1
        total += ((high << 27) + low) << scale
        square = (
            ((row[HH] + (row[HH_CARRY] << 64)) << 54)
            + ((row[HL] + (row[HL_CARRY] << 64)) << 28)
            + row[LL]
            + (row[LL_CARRY] << 64)
        )
        squares += square << (2 * scale)
    return (total, -1074), (squares, -2148)
