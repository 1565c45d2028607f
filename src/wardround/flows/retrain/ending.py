"""What a refit ends with: the encounters on which its intercept is fitted, the latest that have matured."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wardround.stages.split import moment_of

if TYPE_CHECKING:
    from wardround.evidence.monitor import Span
    from wardround.flows.retrain.recent import Material


@dataclass(frozen=True)
class Ending:
    """``rows`` of the fitting half, from the day ``since`` on; None: all of it. ``words`` say which, and why if it is all."""

    rows: NDArray[np.bool_]
    since: dt.date | None
    words: str


def ending(made: Material, window: Span, days: int, least: float) -> Ending:
    """The fitting half's encounters of the window's last ``days``, or all where those hold fewer than ``least`` events or non-events.

    The prevalence of weeks ago is not today's: a level fitted to the whole window is late by half of it.
    """
    since = window.end - dt.timedelta(days)
    if since <= window.start:
        return Ending(made.fits, None, "A refit's intercept is fitted on the whole fitting half.")
    rows = made.fits & (made.time >= moment_of(since, dated=True))
    if made.half(rows).least < least:
        return Ending(
            made.fits,
            None,
            f"A refit's intercept is fitted on the whole fitting half, because its last {days} days hold fewer than {least:g} events or non-events.",
        )
    return Ending(rows, since, f"A refit's intercept is fitted on the last {days} days of the fitting half.")
