"""Reading dates as people write them, without a locale and without guessing the order of day and month."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T](.+))?")
_YEAR_FIRST = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})(?:[ T](.+))?")
_NAMED = re.compile(r"(\d{1,2})[- ]?([A-Za-z]{3})[a-z]*[- ]?(\d{4})(?:[ T:](.+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?\s*([AaPp][Mm])?")
_MONTHS = {
    name: index
    for index, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - a sentence
}


def read_date(text: str, *, day_first: bool | None) -> dt.datetime | None:
    """A moment, in UTC if the text says its offset, or None when the text is no date.

    ISO 8601, ``2024/3/14``, ``14.3.2024`` (dots: day first), ``14-Mar-2024``, ``14MAR2024``; and with slashes or hyphens
    ``14/3/2024`` or ``3/14/2024``, whichever the whole column is (``day_first``; None: the column does not tell, so no
    date). All with or without a time of day.
    """
    moment: dt.datetime | None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = _other(text, day_first=day_first)
    except OverflowError:
        return None
    if moment is not None and moment.tzinfo is not None:
        try:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        except OverflowError:
            return None
    return moment


def _other(text: str, *, day_first: bool | None) -> dt.datetime | None:
    if match := _NUMERIC.fullmatch(text):
        first, mark, second, year, clock = match.groups()
        if mark == ".":
            day_first = True
        if day_first is None:
            return None
        day, month = (first, second) if day_first else (second, first)
        return _moment(int(year), int(month), int(day), clock)
    if match := _YEAR_FIRST.fullmatch(text):
        return _moment(int(match[1]), int(match[2]), int(match[3]), match[4])
    if match := _NAMED.fullmatch(text):
        return _moment(int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1]), match[4])
    return None


def _moment(year: int, month: int, day: int, clock: str | None) -> dt.datetime | None:
    hour = minute = second = fraction = 0
    if clock:
        match = _CLOCK.fullmatch(clock.strip())
        if not match:
            return None
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        fraction = int((match[4] or "0").ljust(6, "0"))
        if match[5]:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if match[5].lower() == "pm" else 0)
    try:
        return dt.datetime(year, month, day, hour, minute, second, fraction)  # noqa: DTZ001 - the text names no zone
    except ValueError:
        return None


def undecided(texts: Iterable[str]) -> bool:
    """Whether one of the texts needs to know the order of day and month."""
    return any((match := _NUMERIC.fullmatch(text)) and match[2] != "." for text in texts)


def order_of(texts: Iterable[str]) -> set[bool]:
    """The orders that the texts prove: True (a first number above 12: day first), False (a second number above 12)."""
    proved = set()
    for text in texts:
        match = _NUMERIC.fullmatch(text)
        if match and match[2] != ".":
            if int(match[1]) > 12:
                proved.add(True)
            if int(match[3]) > 12:
                proved.add(False)
    return proved
