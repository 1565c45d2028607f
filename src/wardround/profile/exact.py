"""Sums without rounding, written as ``MpE`` = M · 2^E."""

from __future__ import annotations

from fractions import Fraction


def written(integer: int, power: int) -> str:
    """``integer`` · 2^``power``, with an odd integer, so that equal numbers are equal text."""
    if not integer:
        return "0p0"
    zeros = (integer & -integer).bit_length() - 1
    return f"{integer >> zeros}p{power + zeros}"


def read(text: str) -> Fraction:
    """The number that :func:`written` wrote. Raises ``ValueError`` for anything else, huge exponents included."""
    integer, _, power = text.partition("p")
    exponent = int(power)
    if abs(exponent) > 5000 or len(integer) > 2000:
        msg = "an exact sum is out of range"
        raise ValueError(msg)
    return Fraction(int(integer)) * Fraction(2) ** exponent


def added(left: str, right: str) -> str:
    """The sum of two."""
    total = read(left) + read(right)
    return written(total.numerator, -(total.denominator.bit_length() - 1))
