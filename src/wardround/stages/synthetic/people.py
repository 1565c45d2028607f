"""Who comes, where and when first: the traits of one block of subjects."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wardround.project.sections import SyntheticSection
from wardround.stages.synthetic import assumptions as known

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """Times as whole minutes since the start of the table."""

    start: dt.date
    minutes: int

    @classmethod
    def of(cls, section: SyntheticSection) -> Calendar:
        """The calendar of a section."""
        end = add_months(section.start, section.months)
        return cls(section.start, (end - section.start).days * known.MINUTES_A_DAY)

    def month(self, month: int | None) -> int:
        """The first minute of that month, counted from the start; never, for None."""
        if month is None:
            return np.iinfo(np.int64).max
        return (add_months(self.start, month) - self.start).days * known.MINUTES_A_DAY

    def winter(self, minute: Ints) -> Floats:
        """1 in the middle of January, -1 in the middle of July."""
        offset = self.start.timetuple().tm_yday - 15
        result: Floats = np.cos(2 * np.pi * (minute / known.MINUTES_A_DAY + offset) / 365.25)
        return result


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


@dataclass(frozen=True)
class Subjects:
    """The traits of a block of subjects: arrays of one length, codes into the lists of ``assumptions``."""

    first: Ints
    age: Floats
    female: NDArray[np.bool_]
    ethnicity: Ints
    deprivation: Ints
    home: Ints
    comorbidity: Ints
    diabetic: NDArray[np.bool_]
    frail: Floats


def draw_subjects(rng: np.random.Generator, section: SyntheticSection, calendar: Calendar) -> Subjects:
    """One block of subjects. The number of random draws is fixed, whatever the values."""
    n = known.BLOCK_SUBJECTS
    first = _first_admissions(rng.random(n), calendar)
    home = home_sites(rng.random(n), first, section, calendar)
    places = known.sites(section.hospitals + 1)
    older = np.array([site.older for site in places])[home]
    deprived = np.array([site.deprivation for site in places])[home]
    # A working-age and an elderly hump.
    elderly = rng.random(n) < 0.66
    age = np.where(elderly, 74 + 10 * rng.standard_normal(n), 46 + 15 * rng.standard_normal(n)) + older
    age = np.clip(age, 18, 102)
    ethnicity = np.searchsorted(np.cumsum(known.ETHNICITY_SHARES)[:-1], rng.random(n))
    ethnicity = np.where(rng.random(n) < known.ETHNICITY_UNRECORDED, -1, ethnicity)
    deprivation = np.clip(np.round(3 + deprived + 1.4 * rng.standard_normal(n)), 1, 5).astype(np.int64)
    frail = rng.standard_normal(n)
    burden = np.exp(-0.35 + 0.026 * (age - 60) + 0.09 * (deprivation - 3) + 0.55 * frail)
    comorbidity = poisson(rng.random(n), burden)
    diabetic = rng.random(n) < 0.08 + 0.025 * np.minimum(comorbidity, 6)
    return Subjects(
        first, age, rng.random(n) < known.FEMALE, ethnicity, deprivation, home, comorbidity, diabetic, frail
    )


def home_sites(uniform: Floats, minute: Ints, section: SyntheticSection, calendar: Calendar) -> Ints:
    """Hospitals by size; once a new one (code ``section.hospitals``) is open it takes a fifth of new patients."""
    weights = np.array([site.weight for site in known.sites(section.hospitals)])
    opened = minute >= calendar.month(section.switches.new_hospital_month)
    to_new = opened & (uniform < 0.2)
    rest = np.where(opened, (uniform - 0.2) / 0.8, uniform)
    usual = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], np.clip(rest, 0, 1))
    return np.where(to_new, section.hospitals, usual).astype(np.int64)


def _first_admissions(uniform: Floats, calendar: Calendar) -> Ints:
    """First admissions from the start of the burn-in to the end, more of them in winter, by inverting the distribution."""
    days = np.arange(-known.BURN_IN_DAYS, calendar.minutes // known.MINUTES_A_DAY + 1)
    rate = 1 + known.WINTER_AMPLITUDE * calendar.winter(days * known.MINUTES_A_DAY)
    reached = np.concatenate([[0.0], np.cumsum(rate[:-1])])
    minutes: Ints = np.floor(np.interp(uniform * reached[-1], reached, days * float(known.MINUTES_A_DAY))).astype(
        np.int64
    )
    return minutes


def poisson(uniform: Floats, mean: Floats, most: int = 15) -> Ints:
    """Poisson counts by inversion: one uniform each, so that the stream of random numbers stays aligned."""
    term = np.exp(-mean)
    reached, count = term.copy(), np.zeros(len(mean), np.int64)
    for value in range(1, most + 1):
        count += uniform > reached
        term = term * mean / value
        reached = reached + term
    return count
