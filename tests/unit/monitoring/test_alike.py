"""Parts of the log whose columns have two types: which part, which column, and no cell."""

import pyarrow as pa
import pytest

from wardround.errors import EnvironmentFailure, ExitCode
from wardround.monitoring.alike import joined, labelled


def part(name, **columns):
    return labelled(pa.table(columns), f"log: {name}")


def test_what_can_be_made_one_type_is():
    found = joined([part("a", x=[1], y=["u"]), part("b", x=[0.5], y=pa.nulls(1)), part("c", z=[True])])
    assert found.column("x").to_pylist() == [1.0, 0.5, None]
    assert found.column_names == ["x", "y", "z"]


def test_the_part_and_the_column_are_named():
    with pytest.raises(EnvironmentFailure) as caught:
        joined([part("a", x=[1], y=[1]), part("b", x=[2], y=pa.nulls(1)), part("c", x=[3], y=["Quimby"])])
    (problem,) = caught.value.problems
    assert (problem.where, problem.found) == ("log: c: y", "string")
    assert "int64, as in log: a" in problem.wanted
    assert "Quimby" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.COULD_NOT_CHECK
