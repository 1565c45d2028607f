"""A seeded generator of tables as hospitals export them: every kind of column, and every kind of mess, in random company."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass
class Table:
    """A file and the options that describe it; ``planted`` maps a column to what init must find out about it."""

    path: Path
    options: dict[str, str] = field(default_factory=dict)
    planted: dict[str, str] = field(default_factory=dict)


def make(seed: int, directory: Path) -> Table:
    """One random table; the same for the same seed."""
    rng = np.random.default_rng(seed)
    pick = random.Random(seed)
    rows = int(rng.integers(400, 2500))
    frame = pd.DataFrame(index=range(rows))
    risk = rng.normal(size=rows)
    event = (rng.random(rows) < 1 / (1 + np.exp(-(risk - 1)))).astype(int)
    table = Table(directory / "table.csv")
    frame["risk factor (%)"] = [f"{value:.2f}" for value in 50 + 10 * risk + rng.normal(size=rows)]
    _numbers(frame, rng, table)
    _words(frame, rng, pick, table)
    _traps(frame, rng, event, table)
    _roles(frame, rng, pick, table)
    _outcome(frame, event, pick, table)
    columns = list(frame.columns)
    pick.shuffle(columns)
    frame = frame[columns]
    if pick.random() < 0.3:
        frame = pd.concat([frame, frame.head(20)] if "encounter" not in table.options else [frame], ignore_index=True)
    _write(frame, pick, table)
    return table


def _numbers(frame: pd.DataFrame, rng: np.random.Generator, table: Table) -> None:
    rows = len(frame)
    frame["age"] = rng.integers(18, 95, rows).astype(str)
    frame.loc[rng.random(rows) < 0.05, "age"] = "999"
    table.planted["age"] = "999"
    frame["Serum Cholesterol"] = [f"{value:.0f}" for value in rng.normal(210, 40, rows).clip(80, 500)]
    frame.loc[rng.random(rows) < 0.1, "Serum Cholesterol"] = "0"
    table.planted["Serum Cholesterol"] = "0"
    frame["visits"] = rng.poisson(2, rows).astype(str)
    frame.loc[rng.random(rows) < 0.04, "visits"] = "-1"
    table.planted["visits"] = "-1"
    frame["lab_1"] = [f"{value:.3g}" for value in rng.lognormal(size=rows)]
    frame.loc[rng.random(rows) < 0.2, "lab_1"] = "NA"
    table.planted["lab_1"] = "NA"
    frame["lab 2"] = [f"{value:.1f}" for value in rng.normal(7, 2, rows)]
    frame.loc[rng.choice(rows, 2, replace=False), "lab 2"] = "haemolysed"
    frame["0starts with digit"] = rng.integers(0, 2, rows).astype(str)
    frame["class"] = rng.integers(1, 5, rows).astype(str)


def _words(frame: pd.DataFrame, rng: np.random.Generator, pick: random.Random, table: Table) -> None:
    rows = len(frame)
    frame["sex"] = rng.choice(["F", "M", "?"], rows, p=[0.5, 0.45, 0.05])
    table.planted["sex"] = "?"
    frame['quote"s'] = rng.choice(["it's", 'say "x"', "back\\slash", "plain"], rows)
    frame["Straße"] = rng.choice(["Köln", "Zürich", "Málaga"], rows)
    frame["rare levels"] = rng.choice(["common", "usual", "seldom seen"], rows, p=[0.6, 0.398, 0.002])
    frame["rhesus"] = rng.choice(["+", "-"], rows)
    frame["flag"] = rng.choice(["True", "False"], rows)
    frame["test"] = rng.choice(["None", "low", "high"], rows, p=[0.8, 0.1, 0.1])
    frame["dx_main"] = [
        pick.choice("ABCEFGIJKN") + f"{pick.randint(0, 99):02d}.{pick.randint(0, 9)}" for _ in range(rows)
    ]
    frame["many levels"] = [f"group {int(value)}" for value in rng.zipf(1.6, rows).clip(1, 400)]
    frame["note"] = [
        f"patient seen by doctor number {i}, feels {'well' if i % 3 else 'worse than before'}" for i in range(rows)
    ]


def _traps(frame: pd.DataFrame, rng: np.random.Generator, event: np.ndarray, table: Table) -> None:
    rows = len(frame)
    frame["empty"] = ""
    frame["constant"] = "always"
    frame["copy of truth"] = np.where(event == 1, "bad", "good")
    frame["death_date"] = np.where(event == 1, "2024-05-05", "")
    frame["discharge_destination"] = rng.choice(["home", "ward"], rows)
    frame["born"] = [f"{year}-06-15" for year in rng.integers(1930, 2004, rows)]
    frame.loc[rng.random(rows) < 0.03, "born"] = "9999-99-99"
    table.planted["born"] = "9999-99-99"
    frame["barcode"] = [f"{value:020d}" for value in rng.integers(10**15, 10**16, rows)]


def _roles(frame: pd.DataFrame, rng: np.random.Generator, pick: random.Random, table: Table) -> None:
    rows = len(frame)
    if pick.random() < 0.6:
        frame["patient_id"] = [f"P{value:05d}" for value in rng.integers(0, rows // 2, rows)]
        table.options["subject"] = "patient_id"
    if pick.random() < 0.5:
        frame["encounter no"] = rng.permutation(np.arange(10_000, 10_000 + rows)).astype(str)
        table.options["encounter"] = "encounter no"
    if pick.random() < 0.6:
        days = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
        layout = pick.choice(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d"])
        frame["admitted"] = days.strftime(layout)
        table.options["time"] = "admitted"
    if pick.random() < 0.5:
        frame["clinic"] = rng.choice(["north", "south", "east"], rows)
        table.options["site"] = "clinic"


def _outcome(frame: pd.DataFrame, event: np.ndarray, pick: random.Random, table: Table) -> None:
    kind = pick.choice(["number", "word", "count", "less"])
    table.options["outcome"] = "result"
    if kind == "number":
        frame["result"], table.options["positive"] = event.astype(str), "1"
    elif kind == "word":
        frame["result"], table.options["positive"] = np.where(event == 1, "yes", "no"), "yes"
    elif kind == "count":
        frame["result"], table.options["positive"] = (event * 3).astype(str), ">0"
    else:
        frame["result"], table.options["positive"] = np.where(event == 1, "<30", "NO"), "<30"


def _write(frame: pd.DataFrame, pick: random.Random, table: Table) -> None:
    separator = pick.choice([",", ";", "\t"])
    encoding = pick.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    buffer = io.StringIO()
    frame.to_csv(buffer, index=pick.random() < 0.3, sep=separator)
    content = buffer.getvalue().encode(encoding)
    packing = pick.choice(["", "gz", "zip", "bz2", "xz", "parquet"])
    directory = table.path.parent
    if packing == "parquet":
        table.path = directory / "table.parquet"
        frame.to_parquet(table.path, index=False)
    elif packing == "zip":
        table.path = directory / "table.zip"
        with zipfile.ZipFile(table.path, "w") as archive:
            archive.writestr("table.csv", content)
    else:
        squeeze = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "": bytes}[packing]
        table.path = directory / (f"table.csv.{packing}" if packing else "table.csv")
        table.path.write_bytes(squeeze(content))
