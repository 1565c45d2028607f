"""Runs the look at the inputs on the made-up clinic, as often as asked, and counts what it says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from simulated_clinic import Clinic

from wardround.evidence.monitor import MonitorFinding, Severity, Span
from wardround.monitoring.drift import DriftLook, DriftRequest, Window, WindowsRequest, look, windows
from wardround.profile import ColumnSpec

#: The window in which trouble begins, counted from 0, and how many there are.
BEGINS, LOOKS = 3, 3
_KIND_OF = {
    "covariate": "outbreak",
    "units": "units",
    "coding": "coding",
    "new site": "new site",
    "outage": "outage",
}


def span(number: int) -> Span:
    start = dt.date(2025, 1, 6) + dt.timedelta(days=7 * number)
    return Span(name=f"w{number:02}", start=start, end=start + dt.timedelta(days=7))


def windowed(clinic: Clinic, columns: dict[str, np.ndarray], number: int, *, sites: bool = True) -> Window:
    table = clinic.table(columns)
    specs = tuple(ColumnSpec(name, kind) for name, kind in clinic.kinds.items())
    day = np.datetime64(span(number).start, "us").astype(np.int64)
    table = table.append_column("when", [np.full(table.num_rows, day)])
    return windows(
        WindowsRequest(specs, (span(number),), "when", site="hospital" if sites else ""), table.to_batches()
    )[0]


@dataclass(frozen=True)
class Course:
    """How long it goes on, and on what the model was trained; ``sites`` looks at each hospital too."""

    training: int = 20_000
    total: int = BEGINS + LOOKS
    sites: bool = True


def followed(seed: int, kind: str, n: int, course: Course = Course()) -> tuple[Window, list[Window]]:
    """The reference as one window, and all windows; trouble begins at :data:`BEGINS`."""
    clinic = Clinic(seed)
    trouble = clinic.trouble(kind)
    rng = np.random.default_rng([seed, 2, n])
    reference = windowed(clinic, clinic.encounters(course.training, rng), 0, sites=course.sites)
    made = []
    for number in range(course.total):
        columns = clinic.encounters(n, rng)
        if number >= BEGINS:
            trouble.change(columns, rng)
        made.append(windowed(clinic, columns, number, sites=course.sites))
    return reference, made


def looked(reference: Window, made: list[Window]) -> DriftLook:
    return look(DriftRequest(reference.profile, tuple(made), reference_sites=reference.sites, site="hospital"))


@dataclass
class Tally:
    """Counts of one kind of trouble at one size."""

    runs: int = 0
    found: Counter[int] = field(default_factory=Counter)
    alerts: Counter[int] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)


def trouble(kind: str, n: int, seeds: range) -> Tally:
    """Looks after the first, second and third window of trouble; a cause is counted as the last look names it first."""
    tally = Tally()
    for seed in seeds:
        reference, made = followed(seed, kind, n)
        tally.runs += 1
        for delay in range(1, LOOKS + 1):
            found = looked(reference, made[delay : BEGINS + delay])  # what persists needs three windows
            if any(_loud(item) for item in found.findings):
                tally.found[delay] += 1
                break
        final = looked(reference, made[LOOKS:])
        if any(item.severity is Severity.ALERT for item in final.findings):
            tally.alerts[0] += 1
        tally.causes[final.causes[0].kind.value if final.causes else "nothing"] += 1
    return tally


def _loud(item: MonitorFinding) -> bool:
    return item.severity in (Severity.WARNING, Severity.ALERT)


@dataclass(frozen=True)
class Quiet:
    """Windows in which nothing happened: how many there were, in how many something was said to be beyond its limit, and how many looks alarmed."""

    windows: int
    crossed: int
    looks: int
    loud: int


def quiet(sizes: tuple[int, ...], seeds: range, course: Course) -> Quiet:
    """No trouble at all; windows of each seed have one of the sizes, in turn."""
    crossed = loud = 0
    for seed in seeds:
        reference, made = followed(seed, "none", sizes[seed % len(sizes)], course)
        found = looked(reference, made)
        crossed += len({signal.window for signal in found.signals if signal.crossed})
        loud += any(_loud(item) for item in found.findings)
    return Quiet(len(seeds) * course.total, crossed, len(seeds), loud)
