"""What the checker says beside counts: shape, what it could not tell, warnings, and cells that could not be read."""

import pandas as pd
import pandera.pandas as pa
import pyarrow  # noqa: ICN001 - pa is pandera here

from wardround.contract.checking import check
from wardround.contract.translating import translate

TABLE = pyarrow.table({"x": [1.0, 2.0, None], "extra": ["a", "b", "c"]})


def counts(schema, table=TABLE, rows=10):
    outcome = check(
        translate(schema, "test"), lambda names: iter(table.select(list(names or table.column_names)).to_batches(rows))
    )
    return {(count.rule, count.column): count for count in outcome.counts}


def test_missing_extra_and_disordered_columns():
    schema = pa.DataFrameSchema(
        {"y": pa.Column(float), "x": pa.Column(float, nullable=True)}, strict=True, ordered=True
    )
    found = counts(schema)
    assert found["required", "y"].failures == found["strict", "extra"].failures == 3
    assert found["required", "x"].failures == found["ordered", ""].failures == 0
    assert ("dtype", "y") not in found


def test_another_type_fails_every_row_and_no_other_rule():
    found = counts(pa.DataFrameSchema({"extra": pa.Column(float, pa.Check.ge(0))}))
    assert (found["dtype", "extra"].failures, found["range", "extra"].failures) == (3, 0)


def test_uncast_cells_are_not_missing_ones():
    table = TABLE.append_column("wr_uncast", pyarrow.array([None, None, ["x"]], pyarrow.list_(pyarrow.string())))
    found = counts(pa.DataFrameSchema({"x": pa.Column(float)}), table)
    assert (found["dtype", "x"].failures, found["nullable", "x"].failures) == (1, 0)


def test_a_check_that_raises_cannot_be_told_and_quotes_nothing():
    def broken(values):
        raise ValueError(list(values))

    found = counts(pa.DataFrameSchema({"x": pa.Column(float, pa.Check(broken, name="broken"), nullable=True)}))[
        "broken", "x"
    ]
    assert (found.failures, found.reason) == (None, "the check raised ValueError")


def test_a_check_of_all_rows_cannot_be_told_in_parts():
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check(lambda x: x.mean() > 5, name="mean"), nullable=True)})
    assert counts(schema)["mean", "x"].failures == 3
    assert counts(schema, rows=2)["mean", "x"].failures is None


def test_a_warning_is_advisory():
    schema = pa.DataFrameSchema({"x": pa.Column(float, pa.Check.ge(2, raise_warning=True), nullable=True)})
    assert (counts(schema)["range", "x"].failures, counts(schema)["range", "x"].advisory) == (1, True)


def test_sites_and_months():
    table = pyarrow.table(
        {
            "x": [1.0, -1.0, -1.0, -1.0],
            "wr_site": ["a", "a", "b", None],
            "wr_time": pyarrow.array(
                pd.to_datetime(["2024-01-31", "2024-02-01", "2024-02-29", None]), pyarrow.timestamp("us")
            ),
        }
    )
    for rows in (1, 4):
        found = counts(pa.DataFrameSchema({"x": pa.Column(float, pa.Check.ge(0))}), table, rows)["range", "x"]
        assert found.by_site == {"(missing)": 1, "a": 1, "b": 1}
        assert found.by_month == {"2024-02": 2, "(missing)": 1}
