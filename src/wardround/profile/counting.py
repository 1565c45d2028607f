"""The same histogram and sums as the compiled loop's, by numpy: for tables that are counted before a compiler is loaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wardround.profile.buckets import KEYS, SHIFT
from wardround.profile.sums import HH, HH_CARRY, HIGH, HL, HL_CARRY, LL, LL_CARRY, LOW

#: Numbers that are counted at a time: all that is made of them stays in the processor's cache. Project choice.
_BLOCK = 1 << 14
_HALF = np.int64(0xFFFFFFFF)
_INFINITE = 0x7FF
_WRAP = 1 << 64


def accumulate(
    bits: NDArray[np.int64],
    validity: NDArray[np.uint8],
    offset: int,
    histogram: NDArray[np.int64],
    sums: NDArray[np.uint64],
) -> tuple[int, int]:
    """As :func:`wardround.profile.kernels.accumulate`, which see."""
    valid = None
    if len(validity):
        valid = np.unpackbits(validity, bitorder="little", count=offset + len(bits))[offset:].view(bool)
    missing = infinite = 0
    for start in range(0, len(bits), _BLOCK):
        block = bits[start : start + _BLOCK]
        held = block[valid[start : start + _BLOCK]] if valid is not None else block
        size = held & 0x7FFFFFFFFFFFFFFF
        exponent = (size >> 52).astype(np.uint16)
        finite = exponent != _INFINITE
        if not finite.all():
            endless = int(np.count_nonzero(size == _INFINITE << 52))
            infinite += endless
            missing -= endless
            held, size, exponent = held[finite], size[finite], exponent[finite]
        missing += len(block) - len(held)
        if len(held):
            _count(held, size, histogram)
            _sum(held, size, exponent, sums)
    return missing, infinite


def _count(bits: NDArray[np.int64], size: NDArray[np.int64], histogram: NDArray[np.int64]) -> None:
    places = size >> SHIFT
    if (negative := bits < 0).any():
        np.negative(places, out=places, where=negative)
    low, high = int(places.min()), int(places.max())
    places -= low
    histogram[KEYS + low : KEYS + high + 1] += np.bincount(places, minlength=high - low + 1)


def _sum(
    bits: NDArray[np.int64], size: NDArray[np.int64], exponent: NDArray[np.uint16], sums: NDArray[np.uint64]
) -> None:
    order = np.argsort(exponent, kind="stable")
    rows = exponent[order]
    starts = np.concatenate([[0], np.flatnonzero(rows[1:] != rows[:-1]) + 1])
    size = size[order]
    mantissa = (size & 0xFFFFFFFFFFFFF) | ((rows > 0).astype(np.int64) << 52)
    held = [max(row, 1) for row in rows[starts].tolist()]  # subnormals have the exponent of the smallest normal numbers
    high, low = mantissa >> 27, mantissa & 0x7FFFFFF
    sign = 1 | (bits >> 63)[order] if (bits < 0).any() else 1
    for column, part in ((HIGH, high), (LOW, low)):
        for row, run in zip(held, np.add.reduceat(part * sign, starts).tolist(), strict=True):
            sums[row, column] = (int(sums[row, column]) + run) % _WRAP
    squares = [(HH, HH_CARRY, high * high)]
    if low.any():  # short numbers, which most clinical ones are, have none
        squares += [(HL, HL_CARRY, high * low), (LL, LL_CARRY, low * low)]
    for column, carry, part in squares:
        # a product is below 2**54: the sums of its halves fit in 64 bits
        halves = (np.add.reduceat(half, starts).tolist() for half in (part >> 32, part & _HALF))
        for row, upper, lower in zip(held, *halves, strict=True):
            over, sums[row, column] = divmod(int(sums[row, column]) + (upper << 32) + lower, _WRAP)
            sums[row, carry] += np.uint64(over)
