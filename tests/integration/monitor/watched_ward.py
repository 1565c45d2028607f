"""A project whose model has answered for some weeks: a real log, outcomes in real files, evidence of training, in a git repository."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet
from scipy.special import expit

from wardround.contract import load
from wardround.evidence.measures import Estimate, GroupMeasures, Metrics, PopulationMeasures, ScoreTable
from wardround.flows.monitor.request import MonitorRequest
from wardround.monitoring.predictions import keyed
from wardround.profile import ColumnSpec, profile_batches
from wardround.project.layout import Project

WHOLE = Path(__file__).resolve().parents[2] / "projects" / "whole"
KEY = b"0123456789abcdef0123456789abcdef"
#: A Monday: the first day that the service answered.
START = dt.date(2026, 3, 2)
VERSION = "tiny@v1.0.0"
GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@hospital.example", "-c", "commit.gpgsign=false")
DAY = 86_400_000_000


def git(place: Path, *args: str) -> str:
    return subprocess.run([*GIT, *args], cwd=place, check=True, capture_output=True, text=True, timeout=60).stdout


@dataclass
class Ward:
    """``root`` is the project. Encounters are numbered from day to day; what happened is kept until :meth:`outcomes` writes it."""

    root: Path
    seed: int = 1
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def encounters(self, n: int, older: float = 0.0) -> dict[str, Any]:
        random = self.random
        return {
            "clinic": random.choice(["north", "south"], n),
            "age": np.clip(random.normal(55 + older, 15, n), 0, 120).astype(np.int64),
            "pulse": np.clip(random.normal(75, 12, n), 20, 250),
            "smoker": random.random(n) < 0.3,
        }

    def day(self, place: int, n: int = 60, *, older: float = 0.0, worse: float = 0.0, version: str = VERSION) -> None:
        """A day of answers. ``older``: years on the patients' age; ``worse``: more risk than the model says, on the logit."""
        moments = (START - dt.date(1970, 1, 1)).days * DAY + place * DAY + np.sort(self.random.integers(0, DAY, n))
        table = self.encounters(n, older)
        logits = -1.0 + 0.04 * (table["age"] - 55) + 0.8 * table["smoker"]
        happened = self.random.random(n) < expit(logits + worse)
        names = [f"v{self.number + one}" for one in range(n)]
        self.number += n
        self._write(place, names, moments, expit(logits), table, version)
        for name, at, event in zip(names, moments, happened, strict=True):
            recorded = dt.datetime.fromtimestamp((at + DAY) / 1e6, dt.UTC)
            self.rows.append((name, "yes" if event else "no", recorded.isoformat(timespec="seconds")))

    def weeks(self, count: int, n: int = 60, **how: Any) -> None:
        """Weeks after those that there are."""
        first = (self.number // n) if n else 0
        for place in range(first, first + 7 * count):
            self.day(place, n, **how)

    def _write(self, place: int, names: list[str], moments: Any, probability: Any, table: Any, version: str) -> None:
        n = len(names)
        told = pa.table(
            {
                "id": [f"{int(self.random.integers(1 << 62)):032x}" for _ in range(n)],
                "answered_at": pa.array(moments, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
                "asked": ["predict"] * n,
                "probe": [False] * n,
                "subject": [keyed(KEY, "subject", name) for name in names],
                "encounter": [keyed(KEY, "encounter", name) for name in names],
                "earlier": [0] * n,
                "probability": pa.array(probability, pa.float64()),
                "alert": pa.array(np.asarray(probability) >= 0.4),
                "warnings": pa.array([[]] * n, pa.list_(pa.string())),
                "model_version": [version] * n,
                "contract_version": ["c"] * n,
                "stage": ["prod"] * n,
                "thresholds": pa.array([[0.4]] * n, pa.list_(pa.float64())),
                **{f"inputs.{name}": pa.array(values) for name, values in table.items()},
                "inputs.seen_on": pa.array(moments, pa.int64()).cast(pa.timestamp("us")),
            }
        )
        day = START + dt.timedelta(days=place)
        target = self.root / "log" / f"date={day.isoformat()}" / "part-0.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(told, target)

    def outcomes(self, name: str = "outcomes.csv") -> Path:
        """Writes all that happened so far as one file."""
        place = self.root / "outcomes" / name
        place.parent.mkdir(exist_ok=True)
        with place.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("visit", "came_back", "recorded"))
            writer.writerows(self.rows)
        return place

    def trained(self) -> None:
        """Evidence of training, as ``validate`` and ``evaluate`` write it, of encounters as the model knows them."""
        contract = load(self.root / "pipelines" / "contract.py")
        n = 6000
        table = self.encounters(n)
        names = [f"t{one}" for one in range(n)]
        batch = pa.record_batch(
            {"visit": names, "person": names, **{key: pa.array(value) for key, value in table.items()}}
        )
        specs = [ColumnSpec(column.name, str(column.kind), column.categories) for column in contract.columns]
        reports = self.root / "reports"
        profile_batches(specs, [batch]).write(reports / "profile.json")
        logits = -1.0 + 0.04 * (table["age"] - 55) + 0.8 * table["smoker"]
        probability = expit(logits)
        happened = self.random.random(n) < probability
        edges = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0)
        bins = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
        scored = ScoreTable(
            edges=edges,
            n=tuple(int(x) for x in np.bincount(bins, minlength=6)),
            events=tuple(int(x) for x in np.bincount(bins, happened, minlength=6)),
            expected=tuple(float(x) for x in np.bincount(bins, probability, minlength=6)),
        )
        measures = {"auroc": Estimate(value=0.68, low=0.66, high=0.70), "oe": Estimate(value=1.0, low=0.95, high=1.05)}
        group = GroupMeasures(n=n, events=int(happened.sum()), subjects=n, measures=measures, table=scored)
        populations = tuple(
            PopulationMeasures(population=name, days=100.0, groups=(group,)) for name in ("new_subjects", "all_comers")
        )
        Metrics(thresholds=(0.4,), populations=populations).write(reports / "metrics.json")

    @property
    def project(self) -> Project:
        return Project(self.root)

    def request(self, day: int, **more: Any) -> MonitorRequest:
        """A look in the morning of that day after the first."""
        now = dt.datetime.combine(START + dt.timedelta(days=day), dt.time(3, 17), dt.UTC)
        env = {"WARDROUND_LOG_KEY_FILE": str(self.root / "key"), **more.pop("env", {})}
        return MonitorRequest(self.project, now, env=env, **more)


def ward(root: Path, **monitor: Any) -> Ward:
    """The project at ``root``, committed, with training's evidence and without an answer."""
    shutil.copytree(WHOLE / "pipelines", root / "pipelines")
    (root / "params.yaml").write_text((WHOLE / "params.yaml").read_text("utf-8") + _section(monitor), "utf-8")
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / ".gitignore").write_text("/reports/\n/log/\n/outcomes/\n/key\n/.wardround/\n")
    (root / "key").write_bytes(KEY)
    git(root, "init", "-qb", "main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@hospital.example")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "The clinic's model")
    made = Ward(root)
    made.trained()
    return made


def _section(monitor: dict[str, Any]) -> str:
    lines = [f"  {name}: {value}" for name, value in monitor.items()]
    return "\n".join(
        (
            "monitor:",
            "  predictions: log",
            "  outcomes: outcomes",
            "  windows: 4",
            "  outcome: {recorded: recorded, maturity_days: 3}",
            *lines,
            "",
        )
    )
