"""Numbers as reports write them: true minus sign, thousands separators, intervals with *to*, no more decimals than published."""

from __future__ import annotations

from decimal import Decimal

from wardround.disclosure.published import Count, Quantity

MINUS = "\u2212"
#: Thin enough to read 12,340 as one number everywhere; a comma, as English clinical journals print it.
THOUSANDS = ","
#: Keeps a number and its unit on one line.
NBSP = "\u00a0"


def number(value: float, decimals: int, *, sign: bool = False) -> str:
    """``value`` at ``decimals`` decimals; minus zero is zero, which has no sign."""
    value = round(value, decimals) + 0.0
    text = f"{abs(value):{THOUSANDS}.{decimals}f}"
    if value < 0:
        return MINUS + text
    return f"+{text}" if sign and value > 0 else text


def whole(value: int) -> str:
    """A count with thousands separators."""
    return f"{value:{THOUSANDS}d}" if value >= 0 else MINUS + f"{-value:{THOUSANDS}d}"


def count(value: Count) -> str:
    """A published count, or an empty text when it is withheld."""
    return whole(value.value) if value.value is not None else ""


def point(quantity: Quantity, *, sign: bool = False) -> str:
    """The estimate alone; empty when it is withheld."""
    return "" if quantity.value is None else number(quantity.value, quantity.decimals, sign=sign)


def interval(quantity: Quantity, *, sign: bool = False) -> str:
    """``low to high``; empty when the interval is withheld or there is none."""
    if quantity.value is None or quantity.low is None or quantity.high is None:
        return ""
    low, high = (number(limit, quantity.decimals, sign=sign) for limit in (quantity.low, quantity.high))
    return f"{low} to {high}"


def with_interval(quantity: Quantity, *, sign: bool = False) -> str:
    """``estimate (low to high)``, or the estimate alone, or an empty text."""
    limits = interval(quantity, sign=sign)
    return f"{point(quantity, sign=sign)} ({limits})" if limits else point(quantity, sign=sign)


def percent(share: float, decimals: int = 0) -> str:
    """A share as a percentage, with the space that ISO 80000-1 asks for."""
    return f"{number(100 * share, decimals)}{NBSP}%"


def parameter(value: float, least: int = 0, *, sign: bool = False) -> str:
    """A number that a person wrote, with the digits that it was written with and at least ``least`` decimals."""
    digits = f"{Decimal(repr(round(value, 6))).normalize():f}".partition(".")[2]
    return number(value, max(least, len(digits)), sign=sign)


def threshold(value: float) -> str:
    """A declared probability threshold, with no more digits than it was written with: ``20 %``, ``2.5 %``."""
    return f"{float(repr(round(100 * value, 6))):g}{NBSP}%"


def seconds(value: float) -> str:
    """A duration: ``0.4 s``, ``12 s``, ``3 min 5 s``."""
    if value < 10:
        return f"{value:.1f}{NBSP}s"
    total = round(value)
    return f"{total}{NBSP}s" if total < 60 else f"{total // 60}{NBSP}min {total % 60}{NBSP}s"
