"""A made-up clinic whose trouble is drawn per seed. Nothing in ``src`` imports it, and it imports nothing of the monitor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

KINDS = ("none", "outbreak", "units", "coding", "new site", "outage", "label shift")
_UNITS = (88.42, 1 / 88.42, 18.016, 1 / 18.016, 38.67, 10.0, 0.1, 0.01)

Columns = dict[str, np.ndarray]
Change = Callable[[Columns, np.random.Generator], None]


@dataclass(frozen=True)
class Trouble:
    """What happens to a window, and which columns it touches."""

    kind: str
    columns: tuple[str, ...]
    change: Change


class Clinic:
    """Laboratory values, counts, categories, a flag and hospitals; sicker patients have other values."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 1])
        rng = self.rng
        self.labs = {
            f"lab_{k}": (rng.uniform(1, 6), rng.uniform(0.15, 0.6), int(rng.integers(0, 3)), rng.uniform(0, 0.2))
            for k in range(int(rng.integers(4, 8)))
        }
        self.counts = {f"count_{k}": rng.uniform(0.3, 4) for k in range(3)}
        self.codes = {f"code_{k}": rng.dirichlet(np.full(int(rng.integers(4, 13)), 3.0)) for k in range(3)}
        self.sites = rng.dirichlet(np.full(3, 8.0))
        self.sick = rng.uniform(0.05, 0.3)
        self.effect = {name: rng.normal(0, 0.5) for name in self.labs}

    @property
    def kinds(self) -> dict[str, str]:
        """Columns and their kinds."""
        return {
            **dict.fromkeys(self.labs, "float"),
            **dict.fromkeys(self.counts, "integer"),
            **dict.fromkeys(self.codes, "category"),
            "flag": "boolean",
            "hospital": "category",
        }

    def encounters(self, n: int, rng: np.random.Generator, sick: float | None = None) -> Columns:
        """``n`` encounters; ``sick`` is the share of those with the outcome."""
        ill = rng.random(n) < (self.sick if sick is None else sick)
        found: Columns = {}
        for name, (centre, spread, digits, missing) in self.labs.items():
            value = np.exp(centre + spread * (rng.normal(size=n) + ill * self.effect[name]))
            found[name] = np.where(rng.random(n) < missing, np.nan, np.round(value, digits))
        for name, mean in self.counts.items():
            found[name] = rng.poisson(mean, n)
        for name, shares in self.codes.items():
            found[name] = rng.choice(len(shares), n, p=shares)
        found["flag"] = rng.random(n) < 0.15
        found["hospital"] = rng.choice(3, n, p=self.sites)
        return found

    def table(self, columns: Columns) -> pa.Table:
        """As Arrow, codes and hospitals as text."""
        made = {}
        for name, kind in self.kinds.items():
            values = columns[name]
            if kind == "category":
                letter = "h" if name == "hospital" else "c"
                levels = [f"{letter}{k}" for k in range(int(values.max()) + 1)] if len(values) else []
                made[name] = pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32)), pa.array(levels))
            else:
                made[name] = pa.array(values, from_pandas=kind == "float")
        return pa.table(made)

    def trouble(self, kind: str) -> Trouble:
        """One trouble of that kind; its size, place and columns are drawn."""
        return _MAKERS[kind](self)


def _none(_clinic: Clinic) -> Trouble:
    return Trouble("none", (), lambda _columns, _rng: None)


def _outbreak(clinic: Clinic) -> Trouble:
    share, size = clinic.rng.uniform(0.08, 0.35), clinic.rng.uniform(0.8, 2.0)
    labs = tuple(clinic.rng.choice([*clinic.labs], 2, replace=False))
    code = str(clinic.rng.choice([*clinic.codes]))
    level = int(clinic.rng.integers(len(clinic.codes[code])))

    def change(columns: Columns, rng: np.random.Generator) -> None:
        struck = rng.random(len(columns["flag"])) < share
        for name in labs:
            grown = columns[name] * np.exp(size * clinic.labs[name][1] * (1 + 0.3 * rng.normal(size=len(struck))))
            columns[name] = np.where(struck, np.round(grown, clinic.labs[name][2]), columns[name])
        columns[code] = np.where(struck, level, columns[code])

    return Trouble("outbreak", (*labs, code), change)


def _units(clinic: Clinic) -> Trouble:
    lab, factor = str(clinic.rng.choice([*clinic.labs])), float(clinic.rng.choice(_UNITS))
    site = int(clinic.rng.integers(3)) if clinic.rng.random() < 0.5 else None

    def change(columns: Columns, _rng: np.random.Generator) -> None:
        wrong = np.ones(len(columns["flag"]), bool) if site is None else columns["hospital"] == site
        columns[lab] = np.where(wrong, np.round(columns[lab] * factor, 3), columns[lab])

    return Trouble("units", (lab,), change)


def _coding(clinic: Clinic) -> Trouble:
    way = int(clinic.rng.integers(3))
    code = str(clinic.rng.choice([*clinic.codes]))
    source, target = (int(k) for k in clinic.rng.choice(len(clinic.codes[code]), 2, replace=False))
    share, count = clinic.rng.uniform(0.6, 1.0), str(clinic.rng.choice([*clinic.counts]))

    def change(columns: Columns, rng: np.random.Generator) -> None:
        if way == 2:
            columns[count] = columns[count] + 1
            return
        moved = (columns[code] == source) & (rng.random(len(columns[code])) < share)
        columns[code] = np.where(moved, target if way else len(clinic.codes[code]), columns[code])

    return Trouble("coding", (count,) if way == 2 else (code,), change)


def _new_site(clinic: Clinic) -> Trouble:
    share = clinic.rng.uniform(0.08, 0.35)
    shift = {name: clinic.rng.normal(0, 0.6) for name in clinic.labs}

    def change(columns: Columns, rng: np.random.Generator) -> None:
        there = rng.random(len(columns["flag"])) < share
        columns["hospital"] = np.where(there, 3, columns["hospital"])
        for name, by in shift.items():
            columns[name] = np.where(there, columns[name] * np.exp(by * clinic.labs[name][1]), columns[name])

    return Trouble("new site", ("hospital",), change)


def _outage(clinic: Clinic) -> Trouble:
    lab, constant = str(clinic.rng.choice([*clinic.labs])), clinic.rng.random() < 0.3
    site = int(clinic.rng.integers(3)) if clinic.rng.random() < 0.4 else None

    def change(columns: Columns, _rng: np.random.Generator) -> None:
        gone = np.ones(len(columns["flag"]), bool) if site is None else columns["hospital"] == site
        columns[lab] = np.where(gone, 0.0 if constant else np.nan, columns[lab])

    return Trouble("outage", (lab,), change)


def _label_shift(clinic: Clinic) -> Trouble:
    more = min(0.8, clinic.sick * clinic.rng.uniform(1.5, 3.0))

    def change(columns: Columns, rng: np.random.Generator) -> None:
        columns.update(clinic.encounters(len(columns["flag"]), rng, sick=more))

    return Trouble("label shift", (), change)


_MAKERS: dict[str, Callable[[Clinic], Trouble]] = {
    "none": _none,
    "outbreak": _outbreak,
    "units": _units,
    "coding": _coding,
    "new site": _new_site,
    "outage": _outage,
    "label shift": _label_shift,
}
