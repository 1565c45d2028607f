"""Whether a number that uses more than the table leaves room for the people whom the table hides.

Merged bins hide how many people lie on which side of an inner edge. A mean probability, or a rank statistic near its
end, could tell. The checks here bound what it tells in the worst case; they are sufficient, not necessary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Precision at which a bin's mean probability may be shown, finest first (project choice).
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Mass:
    """``n`` people with probabilities between ``low`` and ``high``, and the fine edges between.

    The sum of their probabilities is known to lie between ``least`` and ``most``.
    """

    n: int
    low: float
    high: float
    inner: tuple[float, ...]
    least: float
    most: float


def hides(mass: Mass, cell: int) -> bool:
    """Whether, at every inner edge, the number of people above it still ranges over at least ``cell`` + 1 values.

    With mean m between ``low`` and ``high``, at least (m - e)/(high - e) and at most (m - low)/(e - low) of them are
    above e (Markov's inequality, both ways).
    """
    for edge in mass.inner:
        fewest = max(0.0, (mass.least - mass.n * edge) / (mass.high - edge)) if mass.high > edge else 0.0
        most = min(float(mass.n), (mass.most - mass.n * mass.low) / (edge - mass.low))
        if math.floor(most) - math.ceil(fewest) < cell:
            return False
    return True


@dataclass(frozen=True)
class Mean:
    """A mean probability rounded to a multiple of ``precision`` (both None when none is safe), and what it tells."""

    shown: float | None
    precision: float | None
    known: Mass


def coarsened(mass: Mass, cell: int) -> Mean:
    """The mean probability at the finest precision that hides everybody.

    ``mass.least`` and ``mass.most`` are both the exact sum.
    """
    mean = mass.least / mass.n
    for step in STEPS:
        shown = round(round(mean / step) * step, 6)
        low, high = max(mass.low, shown - step / 2), min(mass.high, shown + step / 2)
        known = replace(mass, least=low * mass.n, most=high * mass.n)
        if hides(known, cell):
            return Mean(shown, step, known)
    return Mean(None, None, replace(mass, least=mass.low * mass.n, most=mass.high * mass.n))


def total_hides(known: Sequence[Mass], total: float, cell: int) -> bool:
    """Whether the exact sum of all probabilities, beside what is known of each bin, still hides everybody."""
    least, most = sum(mass.least for mass in known), sum(mass.most for mass in known)
    return all(
        hides(
            replace(
                mass,
                least=max(mass.least, total - (most - mass.most)),
                most=min(mass.most, total - (least - mass.least)),
            ),
            cell,
        )
        for mass in known
    )


def rank_step(value: float, events: int, others: int, cell: int, finest: float) -> float | None:
    """The finest precision at which an AUROC leaves room for ``cell`` people at the wrong end, and at the right one.

    One event below all non-events costs 1/events of AUROC, one non-event above all events 1/others; so ``cell`` people anywhere
    need ``cell`` / min(events, others) on both sides of some value that rounds to what is shown. None when no precision will do.
    """
    least = cell / min(events, others)
    for step in (finest, *(step for step in STEPS if step > finest)):
        shown = round(value / step) * step
        # at the finest precision the width is not counted on: it is what other numbers are shown at, too
        half = 0.0 if step == finest else step / 2
        centre = value if step == finest else shown
        if centre - half <= 1 - least and centre + half >= least:
            return step
    return None


def squares_hide(value: float, n: int, cell: int) -> bool:
    """Whether a Brier score (or a mean absolute error) leaves room: each person adds at most 1/n."""
    return cell / n <= value <= 1 - cell / n
