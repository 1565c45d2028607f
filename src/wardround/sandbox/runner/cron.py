"""Schedules as workflows write them: five fields of cron, in UTC, at the earliest every five minutes on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardround.errors import UsageError

_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    dict(
        zip(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
            range(1, 13),
            strict=True,
        )
    ),
    dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True)),
)
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
#: Moving the clock far fires each schedule at most this often: enough to see what a schedule does.
MOST = 100


@dataclass(frozen=True)
class Schedule:
    """One cron line; ``days_any`` and ``weekdays_any`` tell whether the field was ``*``."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    days_any: bool
    weekdays_any: bool

    def on(self, day: datetime) -> bool:
        """Whether it fires on this date. As cron has it: where both kinds of day are given, either will do."""
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.days_any or self.weekdays_any:
            return by_date and by_weekday
        return by_date or by_weekday

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The times in ``(after, until]`` at which it fires."""
        day = after.replace(hour=0, minute=0, second=0, microsecond=0)
        while day <= until:
            if self.on(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        at = day.replace(hour=hour, minute=minute)
                        if after < at <= until:
                            yield at
            day += timedelta(days=1)


def read(line: str) -> Schedule:
    """The schedule that ``line`` writes. Raises :class:`UsageError` when it is none."""
    fields = line.split()
    try:
        values = [_values(text, limits, names) for text, limits, names in zip(fields, _LIMITS, _NAMES, strict=True)]
    except ValueError:
        raise UsageError(
            "a schedule is not cron",
            where="on.schedule",
            wanted="minute hour day month weekday, as in `17 4 * * 1`",
            found=line,
            next="write five fields",
        ) from None
    minutes, hours, days, months, weekdays = values
    return Schedule(minutes, hours, days, months, weekdays, days_any=fields[2] == "*", weekdays_any=fields[4] == "*")


def _values(text: str, limits: tuple[int, int], names: dict[str, int]) -> frozenset[int]:
    low, high = limits
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span == "*":
            first, last = low, high
        elif "-" in span:
            first, last = (_one(end, names) for end in span.split("-", 1))
        else:
            first = _one(span, names)
            last = high if step else first
        if not low <= first <= last <= high or (step and int(step) < 1):
            raise ValueError
        found |= set(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _one(text: str, names: dict[str, int]) -> int:
    named = names.get(text.lower())
    return int(text) if named is None else named
