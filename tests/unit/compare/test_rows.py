import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wardround.compare import Rows, groupings
from wardround.compare.rows import days_in
from wardround.project.judging import Subgroup


@pytest.mark.parametrize("last", [2, None], ids=["whole", "a gap"])
@pytest.mark.parametrize("kind", [pa.int64(), pa.int8(), pa.uint16()], ids=str)
def test_a_whole_number_names_the_same_group_beside_a_gap(tmp_path, kind, last):
    """pandas makes decimals of whole numbers with a gap: a mandatory group 2 was empty, and its patients were in 2.0."""
    moment = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a snapshot has no zone
    table = pa.table({"ward": pa.array([1, 2, 10, last], kind), "wr_time": pa.array([moment] * 4, pa.timestamp("us"))})
    pq.write_table(table, tmp_path / "part-00000.parquet")
    frame = Rows(tmp_path, pa.table({})).columns(["ward", "wr_time"], np.ones(4, dtype=bool))
    subgroups = [Subgroup(column="ward", mandatory=("2",)), Subgroup(column="ward", bands=(2, 10))]
    levels, bands = groupings(frame, subgroups, site=False)
    assert levels.levels == ("1", "10", "2")
    assert levels.codes.tolist() == [0, 2, 1, 2 if last else -1]
    assert bands.codes.tolist() == [0, 1, 2, 1 if last else -1]
    assert str(frame["wr_time"].dtype).startswith("datetime")


@pytest.mark.parametrize(
    ("times", "days"),
    [
        (["2026-01-01 00:01", "2026-01-02 23:59"], 2),
        (["2026-01-01 23:59", "2026-01-02 00:01"], 2),
        (["2026-01-01 08:00", "2026-01-01 09:00"], 1),
        (["2026-02-28", "2026-03-01"], 2),
    ],
)
def test_days_are_those_of_the_calendar(times, days):
    assert days_in(pd.DataFrame({"wr_time": pd.to_datetime(times, format="mixed")})) == days
    assert days_in(pd.DataFrame({"wr_time": [1, 2]})) is None
