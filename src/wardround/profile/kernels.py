"""The inner loop: one pass over a column gives its histogram and exact sums. For tables that are worth loading the compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from wardround.profile.buckets import KEYS, SHIFT
from wardround.profile.sums import HH, HH_CARRY, HIGH, HL, HL_CARRY, LL, LL_CARRY, LOW

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compiles, with the machine code kept on disk where a directory can be written (start-up depends on it)."""
    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither the package's directory nor a cache of the user's can be written
        return cast("F", numba.njit(nogil=True)(function))


@compiled
def accumulate(  # noqa: C901, PLR0912 - one pass; a call per value would cost more than the work
    bits: NDArray[np.int64],
    validity: NDArray[np.uint8],
    offset: int,
    histogram: NDArray[np.int64],
    sums: NDArray[np.uint64],
) -> tuple[int, int]:
    """Adds doubles, given as their ``bits``, to ``histogram`` (index KEYS + key) and ``sums``; returns how many are missing and infinite.

    ``validity`` is Arrow's bitmap from bit ``offset`` on, empty when all are valid. NaN is missing. Sums hold up to 2**36 values.
    """
    missing = 0
    infinite = 0
    masked = len(validity) > 0
    for i in range(len(bits)):
        if masked:
            place = i + offset
            if not (validity[place >> 3] >> (place & 7)) & 1:
                missing += 1
                continue
        number = bits[i]
        size = number & 0x7FFFFFFFFFFFFFFF
        exponent = size >> 52
        mantissa = size & 0xFFFFFFFFFFFFF
        if exponent == 0x7FF:
            if mantissa:
                missing += 1
            else:
                infinite += 1
            continue
        key = size >> SHIFT
        if exponent:
            mantissa |= 1 << 52
        else:
            exponent = 1
        high = mantissa >> 27
        low = mantissa & 0x7FFFFFF
        row = sums[exponent]
        if number < 0:
            histogram[KEYS - key] += 1
            row[HIGH] -= np.uint64(high)
            row[LOW] -= np.uint64(low)
        else:
            histogram[KEYS + key] += 1
            row[HIGH] += np.uint64(high)
            row[LOW] += np.uint64(low)
        part = np.uint64(high * high)
        row[HH] += part
        if row[HH] < part:
            row[HH_CARRY] += np.uint64(1)
        if low:  # short numbers, which most clinical ones are, end here
            part = np.uint64(high * low)
            row[HL] += part
            if row[HL] < part:
                row[HL_CARRY] += np.uint64(1)
            part = np.uint64(low * low)
            row[LL] += part
            if row[LL] < part:
                row[LL_CARRY] += np.uint64(1)
    return missing, infinite
