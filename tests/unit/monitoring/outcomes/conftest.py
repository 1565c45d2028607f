"""A made-up hospital: answers in a real log, outcomes in real files, and params as a team writes them."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from scipy.special import expit

from wardround.evidence.monitor import Span
from wardround.monitoring.outcomes import OutcomeRequest
from wardround.monitoring.predictions import keyed
from wardround.project.params import from_mapping

KEY = b"0123456789abcdef0123456789abcdef"
START = dt.date(2026, 3, 2)


def microseconds(day, hours=12.0):
    return ((day - dt.date(1970, 1, 1)).days * 24 + hours) * 3_600_000_000


@dataclass
class World:
    """``rows`` are outcomes: (encounter, value, recorded). Numbers of encounters go on from day to day."""

    root: Path
    seed: int = 1
    rows: list = field(default_factory=list)
    number: int = 0
    extra: dict = field(default_factory=dict)

    def __post_init__(self):
        self.random = np.random.default_rng(self.seed)

    @property
    def log(self):
        return str(self.root / "log")

    def day(
        self,
        place,
        n=100,
        *,
        version="m@v1.0.0",
        stage="prod",
        shift=0.0,
        slope=1.0,
        concept=0.0,
        delay=1.0,
        file="",
        who=0.0,
        north=None,
    ):
        """A day of ``n`` encounters: the logit of the true risk is slope × the score's + shift (+ concept where x is above 0).

        ``north`` is the slope of one of the two hospitals, where it is another.
        """
        north = slope if north is None else north
        day = START + dt.timedelta(days=place)
        random = self.random
        x = random.normal(who, 1.0, n)
        z = random.normal(0.0, 1.0, n)
        logits = -1.5 + x + 0.5 * z
        probability = expit(logits)
        site = random.choice(["north", "south"], n)
        lost = np.where(site == "north", north, slope)
        risk = expit(lost * (logits + 1.5) - 1.5 + shift + concept * np.where(x > 0, 1.0, -1.0))
        happened = random.random(n) < risk
        names = [f"e{self.number + k}" for k in range(n)]
        moment = (microseconds(day, 0.0) + np.sort(random.integers(0, 86_400_000_000, n))).astype(np.int64)
        sex = random.choice(["f", "m"], n)
        self.write(day, names, moment, probability, version, stage, file, x=x, sex=sex, site=site)
        self.number += n
        for name, at, event in zip(names, moment, happened, strict=True):
            recorded = dt.datetime.fromtimestamp(at / 1e6 + delay * 86_400 * random.random(), dt.UTC)
            self.rows.append((name, int(event), recorded.isoformat(timespec="seconds")))
        return names

    def write(self, day, names, moment, probability, version="m@v1.0.0", stage="prod", file="", **inputs):
        """One file of the log, as compaction writes it."""
        n = len(names)
        table = pa.table(
            {
                "id": [f"{self.random.integers(1 << 62):032x}" for _ in range(n)],
                "answered_at": pa.array(moment, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
                "asked": ["predict"] * n,
                "probe": [False] * n,
                "subject": [keyed(KEY, "subject", name) for name in names],
                "encounter": [keyed(KEY, "encounter", name) for name in names],
                "earlier": [0] * n,
                "probability": pa.array(probability, pa.float64()),
                "alert": pa.array(np.asarray(probability) >= 0.3),
                "warnings": pa.array([[]] * n, pa.list_(pa.string())),
                "model_version": [version] * n,
                "contract_version": ["c"] * n,
                "stage": [stage] * n,
                "thresholds": pa.array([[0.3]] * n, pa.list_(pa.float64())),
                **{f"inputs.{name}": pa.array(values) for name, values in inputs.items()},
            }
        )
        place = self.root / "log" / f"date={day.isoformat()}"
        place.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, place / f"{file or 'part'}-{version.replace('@', '-')}-{stage}.parquet")
        return table

    def outcomes(self, rows=None, name="outcomes.csv"):
        """Writes the rows as one file."""
        place = self.root / "outcomes" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        rows = self.rows if rows is None else rows
        if name.endswith(".parquet"):
            columns = list(zip(*rows, strict=True))
            parquet.write_table(
                pa.table(dict(zip(("encounter", "event", "recorded"), map(list, columns), strict=True))), place
            )
        else:
            with place.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(("encounter", "event", "recorded"))
                writer.writerows(rows)
        return place

    def params(self, **outcome):
        return from_mapping(
            {
                "project": {"name": "made-up"},
                "data": {
                    "source": "files",
                    "path": "x.csv",
                    "columns": {"encounter": "encounter", "subject": "subject", "outcome": "event", "site": "site"},
                },
                "evaluate": {"thresholds": [0.3], "subgroups": [{"column": "sex"}]},
                "monitor": {"outcome": {"recorded": "recorded", "maturity_days": 3, **outcome}},
                **self.extra,
            }
        )

    def request(self, weeks=4, *, until=None, params=None, **more):
        spans = tuple(
            Span(
                name=f"w{k + 1}",
                start=START + dt.timedelta(days=7 * k),
                end=START + dt.timedelta(days=7 * k + 7),
            )
            for k in range(weeks)
        )
        return OutcomeRequest(
            params=params or self.params(),
            log=self.log,
            outcomes=more.pop("outcomes", str(self.root / "outcomes")),
            windows=spans,
            until=until or spans[-1].end + dt.timedelta(days=6),
            key=KEY,
            inputs=("x", "sex"),
            **more,
        )


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)
