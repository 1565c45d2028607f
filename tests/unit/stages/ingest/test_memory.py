"""Ingest and validate stream: a table that does not fit passes in a process whose memory a whole load breaks."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

ROWS, LABS, BATCH = 3_000_000, 24, 250_000
#: Libraries take about 300 MiB of it, the buffer of ingest at most 192.
MOST_MIB = 900

CONTRACT = """\
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    visit: Series[str] = pa.Field(unique=True)
    person: Series[str]
    age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120)
    sick: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1])
"""
LAB = '    lab_{}: Series[float] = pa.Field(ge=0, le=1000, metadata={{"decimal": ","}})\n'
PARAMS = """\
project: {name: tiny}
data:
  source: files
  path: t.csv
  separator: ";"
  columns: {encounter: visit, subject: person, outcome: sick}
  partitions: 24
"""
MEASURED = """
import json, resource, sys
from pathlib import Path
{body}
print(json.dumps([rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
STREAMED = """
from wardround.project.layout import Project
from wardround.stages import ingest, validate
project = Project(Path(sys.argv[1]))
rows = ingest.run(project).rows
checked = validate.run(project).plain()
assert checked["verdict"] == "pass", checked
"""
WHOLE = """
from pyarrow import dataset
rows = dataset.dataset(Path(sys.argv[1]) / "data" / "snapshot", format="parquet").to_table().num_rows
"""


def peak(body: str, root: Path) -> tuple[int, float]:
    # what a coverage tool keeps of each line would be measured, too
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(body=body), str(root)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    rows, mib = json.loads(done.stdout.splitlines()[-1])
    return rows, mib


def write(path: Path) -> None:
    rng = np.random.default_rng(7)
    names = [f"lab_{number}" for number in range(LABS)]
    writer: Any = None
    for start in range(0, ROWS, BATCH):
        place = np.arange(start, start + BATCH)
        texts = pa.array([f"{value / 10:.1f}".replace(".", ",") for value in range(2000)])
        columns = {
            "visit": pa.array(place).cast(pa.string()),
            "person": pa.array(place // 2).cast(pa.string()),
            "age": pa.array(rng.integers(18, 95, BATCH)),
            **{name: texts.take(pa.array(rng.integers(0, 2000, BATCH))) for name in names},
            "sick": pa.array(rng.integers(0, 2, BATCH)),
        }
        table = pa.table(columns)
        writer = writer or csv.CSVWriter(path, table.schema, write_options=csv.WriteOptions(delimiter=";"))
        writer.write_table(table)
    writer.close()


@pytest.mark.slow
def test_three_million_rows_pass_where_a_whole_load_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "contract.py").write_text(CONTRACT + "".join(LAB.format(i) for i in range(LABS)))
    (tmp_path / "params.yaml").write_text(PARAMS)
    write(tmp_path / "t.csv")
    rows, streamed = peak(STREAMED, tmp_path)
    same, whole = peak(WHOLE, tmp_path)
    assert rows == same == ROWS
    assert streamed < MOST_MIB < whole, (streamed, whole)
