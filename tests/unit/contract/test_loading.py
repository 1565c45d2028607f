"""Contract files: what becomes of each declaration, and how mistakes are told."""

import datetime as dt
import sys

import pytest

from wardround.contract import Kind, load, load_text
from wardround.errors import UsageError

HEAD = "from __future__ import annotations\nimport pandas as pd\nimport pandera.pandas as pa\nfrom pandera.typing import Series\n"


def model(*fields, extra=""):
    return HEAD + "class Encounters(pa.DataFrameModel):\n" + "".join(f"    {field}\n" for field in fields) + extra


def one(field):
    return load_text(model(field)).columns[0]


def problems(text):
    with pytest.raises(UsageError) as error:
        load_text(text, "pipelines/contract.py")
    return error.value.problems


def test_a_whole_column():
    column = one(
        "age: Series[pd.Int64Dtype] = pa.Field(ge=0, lt=120, nullable=True, unique=True, alias='age 1', "
        "metadata={'unit': 'a', 'missing': ['?', -1], 'description': 'years', 'known_at': 'discharge'})"
    )
    assert (column.name, column.kind, column.nullable, column.unique) == ("age 1", Kind.INTEGER, True, True)
    assert (column.low, column.high, column.low_closed, column.high_closed) == (0, 120, True, False)
    assert (column.unit, column.missing, column.description, column.known_at) == (
        "a",
        ("?", "-1"),
        "years",
        "discharge",
    )


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("float", Kind.FLOAT),
        ("int", Kind.INTEGER),
        ("bool", Kind.BOOLEAN),
        ("pd.BooleanDtype", Kind.BOOLEAN),
        ("str", Kind.TEXT),
        ("pd.Timestamp", Kind.DATETIME),
    ],
)
def test_kinds(annotation, kind):
    assert one(f"x: Series[{annotation}] = pa.Field()").kind is kind


def test_category_keeps_the_declared_order():
    column = one("x: Series[str] = pa.Field(isin=['b', 'a'])")
    assert (column.kind, column.categories) == (Kind.CATEGORY, ("b", "a"))


def test_strictest_bound_and_dates():
    column = one("x: Series[float] = pa.Field(ge=0, gt=0, in_range={'min_value': -1, 'max_value': 9})")
    assert (column.low, column.low_closed, column.high) == (0, False, 9)
    assert one("x: Series[pd.Timestamp] = pa.Field(ge='2020-01-01')").low == dt.datetime(2020, 1, 1)  # noqa: DTZ001 - snapshots hold times without a zone


def test_config():
    held = load_text(
        model(
            "x: Series[str]",
            "y: Series[str]",
            extra="    class Config:\n        strict = 'filter'\n        unique = ['x', 'y']\n",
        )
    )
    assert (held.strict, held.unique_together, held.names) == ("filter", (("x", "y"),), ("x", "y"))


def test_two_contracts_do_not_see_each_other():
    before = set(sys.modules)
    first, second = (load_text(model(f"{name}: Series[float]")) for name in "ab")
    assert (first.names, second.names) == (("a",), ("b",))
    assert not {name for name in set(sys.modules) - before if "contract_" in name}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("import pandas\nclass Encounters(:\n", "pipelines/contract.py:2"),
        (HEAD + "\nraise RuntimeError('no')\n", "pipelines/contract.py:6"),
        ("x = 1\n", "pipelines/contract.py"),
    ],
)
def test_mistakes_have_a_place(text, where):
    assert problems(text)[0].where == where


def test_all_that_a_contract_cannot_hold_is_listed_together():
    found = problems(
        model(
            "wr_x: Series[float]",
            "lab: Series[float] = pa.Field(regex=True)",
            "z: Series[pd.CategoricalDtype]",
            "k: Series[float] = pa.Field(metadata={'known_at': 'later', 'missing': '?'})",
            "n: Series[float] = pa.Field(metadata={'decimal': ';', 'thousands': '.'})",
            "m: Series[str] = pa.Field(metadata={'sign': '%'})",
        )
    )
    assert [problem.where.rsplit(" ", 1)[-1] for problem in found] == ["wr_x", "lab", "z", "k", "k", "n", "m"]


def test_a_check_may_not_take_the_name_of_a_standard_rule():
    text = model("x: Series[float]", extra="    @pa.check('x')\n    def range(cls, x):\n        return x > 0\n")
    assert "standard rule" in problems(text)[0].what


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(UsageError, match="no contract"):
        load(tmp_path / "contract.py")
    path = tmp_path / "contract.py"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        load(path)
