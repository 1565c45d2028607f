"""Sixty simulated days at the bedside: what was asked, what the released version answered, and what became of the patients.

The answers are the real ones of ``wardround score``; only their days are moved to when the patients left.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from wardround.files import write_text
from wardround.monitoring.predictions import keyed, load_key

if TYPE_CHECKING:
    from wardround.sandbox.demo.workshop import Workshop
    from wardround.sandbox.server import Sandbox

#: The data that the model is made of end here, and the traffic begins. A Tuesday, so that 1 May lies in the sixth week.
FIRST = dt.date(2025, 3, 25)
DAYS = 60
#: A readmission counts within 30 days; a day later everybody knows.
KNOWN_AFTER = dt.timedelta(days=31)
#: The day of the look: all outcomes are known by then.
LOOK = FIRST + dt.timedelta(days=DAYS + 33)
#: The warehouse holds a year, with an outbreak from 1 May on; a model is made of what came before ``FIRST``.
WAREHOUSE = {
    """  encounters: 24000
  hospitals: 3
  start: "2023-01-01"
  months: 27
""": """  encounters: 32000
  hospitals: 3
  start: "2024-07-01"
  months: 12
  switches: {outbreak_month: 10, outbreak_peak: 0.9, outbreak_rise_months: 0.4}
""",
    '{start: "2023-01-01", end: "2025-04-01"}': f'{{start: "2024-07-01", end: "{FIRST.isoformat()}"}}',
}


_WATCHED = """
monitor:
  predictions: {place}/predictions
  outcomes: {place}/outcomes.csv
  windows: 14
  outcome: {{recorded: recorded_at, maturity_days: 31}}
"""


def use_warehouse(ada: Workshop, place: Path) -> None:
    """The hospital's data: a year, of which models are made from the first nine months; and where answers and outcomes will be."""
    for before, after in WAREHOUSE.items():
        ada.edit("params.yaml", before, after)
    params = ada.root / "params.yaml"
    write_text(params, params.read_text(encoding="utf-8") + _WATCHED.format(place=place))


def host(sandbox: Sandbox, repository: str, place: Path) -> None:
    """The log's key lies on the runner; a variable of the forge says where."""
    from wardround.sandbox.model import Variable

    world = sandbox.world
    with world.store.transaction():
        world.store.put(Variable(repository, "WARDROUND_LOG_KEY_FILE", str(key_file(place))))


def key_file(place: Path) -> Path:
    """The file of the key with which the log hashes encounters; made when it is not there."""
    path = place / "log.key"
    place.mkdir(parents=True, exist_ok=True)
    load_key(path, make=True)
    return path


def encounters(root: Path) -> tuple[pa.Table, pa.Table]:
    """The warehouse's patients who came and left in those days, and all who had come before."""
    from wardround.project.layout import Project
    from wardround.stages.synthetic import batches

    table = pa.Table.from_batches(list(batches(Project(root).params.synthetic)))
    came, left = table.column("admitted_at"), table.column("discharged_at")
    start, end = (pa.scalar(dt.datetime.combine(day, dt.time())) for day in (FIRST, FIRST + dt.timedelta(days=DAYS)))
    now = table.filter(pc.and_(pc.greater_equal(came, start), pc.less(left, end)))
    return now, table.filter(pc.less(came, start))


def happen(ada: Workshop, place: Path) -> int:
    """Writes the traffic, has the version in prod answer it, and writes the log and the outcomes; the number of answers."""
    now, earlier = encounters(ada.root)
    known_later = ["readmitted_30d", "readmitted_at"]
    place.mkdir(parents=True, exist_ok=True)
    parquet.write_table(now.drop_columns(known_later), place / "traffic.parquet")
    parquet.write_table(earlier.drop_columns(known_later), place / "history.parquet")
    asked = {"WARDROUND_PREDICTIONS": str(place / "answered"), "WARDROUND_LOG_KEY_FILE": str(key_file(place))}
    words = ["score", "--stage", "prod", "--input", str(place / "traffic.parquet")]
    words += ["--history", str(place / "history.parquet"), "--output", str(place / "scored"), "--quiet"]
    ada.wardround(*words, env=asked)
    _outcomes(now, place / "outcomes.csv")
    return _moved(now, place)


def _moved(now: pa.Table, place: Path) -> int:
    """The log's answers on the days on which the patients left, one file a day."""
    key = load_key(key_file(place))
    moments = {
        keyed(key, "encounter", name): moment
        for name, moment in zip(
            now.column("encounter_id").to_pylist(), now.column("discharged_at").to_pylist(), strict=True
        )
    }
    files = sorted((place / "answered").glob("date=*/*.parquet"))
    table = pa.concat_tables([parquet.read_table(path, partitioning=None) for path in files])
    at = [moments[name].replace(tzinfo=dt.UTC) for name in table.column("encounter").to_pylist()]
    position = table.schema.get_field_index("answered_at")
    field = table.schema.field(position)
    table = table.set_column(position, field, pa.array(at, pa.timestamp("us", tz="UTC")).cast(field.type))
    days = np.array([moment.date() for moment in at])
    for day in sorted(set(days.tolist())):
        target = place / "predictions" / f"date={day.isoformat()}" / "answers.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table.filter(pa.array(days == day)), target)
    return len(days)


def _outcomes(now: pa.Table, path: Path) -> None:
    lines: list[list[Any]] = [["encounter_id", "readmitted_30d", "recorded_at"]]
    for row in now.select(["encounter_id", "readmitted_30d", "discharged_at", "readmitted_at"]).to_pylist():
        known = row["readmitted_at"] if row["readmitted_30d"] else row["discharged_at"] + KNOWN_AFTER
        lines.append([row["encounter_id"], row["readmitted_30d"], known.replace(tzinfo=dt.UTC).isoformat()])
    text = "".join(",".join(map(str, line)) + "\n" for line in lines)
    write_text(path, text)
