"""Which windows a look covers: whole ones, disjoint, at the same places every day, so that two looks speak of the same encounters."""

from __future__ import annotations

import datetime as dt

from wardround.evidence.monitor import Span

#: A Monday: windows of seven days are the weeks of ISO 8601.
_EPOCH = dt.date(1970, 1, 5)


def windows(until: dt.date, days: int, count: int) -> tuple[Span, ...]:
    """The last ``count`` windows of ``days`` days that have ended before ``until`` begins, oldest first. Named by their first day.

    Two looks between the same ends have the same windows: disclosure control asks for it, because the difference of two windows that
    overlap would be a small one.
    """
    end = (until - _EPOCH).days // days
    spans = []
    for place in range(end - count, end):
        start = _EPOCH + dt.timedelta(days=place * days)
        spans.append(Span(name=start.isoformat(), start=start, end=start + dt.timedelta(days=days)))
    return tuple(spans)
