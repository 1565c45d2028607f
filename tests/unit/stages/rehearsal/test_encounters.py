"""A table from a contract alone: it satisfies the contract, subjects return, times lie in the window, some have the event."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from wardround.contract import load, load_text
from wardround.errors import UsageError
from wardround.project.params import load as load_params
from wardround.project.sections import Columns, DataSection
from wardround.stages.rehearsal import Wish, encounters, write
from wardround.stages.train.drawing import passing

ROOT = Path(__file__).resolve().parents[4]
HEAD = "import pandas as pd\nimport pandera.pandas as pa\nfrom pandera.typing import Series\n\nclass Encounters(pa.DataFrameModel):\n"
WISH = Wish(rows=400)


def data(**more):
    columns = Columns(encounter="visit", subject="person", time="seen", site="clinic", outcome="back")
    return DataSection(**{"source": "files", "path": "x.csv", "columns": columns, "positive": 1, **more})


def contract(*lines):
    fields = (
        "visit: Series[str] = pa.Field(unique=True)",
        "person: Series[str]",
        "seen: Series[pd.Timestamp]",
        "clinic: Series[str]",
        "back: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1], nullable=True)",
        *lines,
    )
    return load_text(HEAD + "".join(f"    {line}\n" for line in fields))


@pytest.mark.parametrize("place", [ROOT, ROOT / "tests" / "projects" / "whole"], ids=["root", "tiny"])
def test_the_projects_here_can_be_rehearsed(place):
    params, own = load_params(place / "params.yaml"), load(place / "pipelines" / "contract.py")
    drawn = encounters(own, params.data, WISH)
    table, roles = drawn.table, params.data.columns
    assert drawn.unmet == ()
    assert len(table) == 400
    assert passing(own, table).all()
    assert table[roles.encounter].is_unique
    assert 1 < len(table) / table[roles.subject].nunique() < 4
    assert table[roles.site].nunique() in {2, 3}
    known = table[roles.outcome].dropna()
    assert 0.2 < (known.astype(str) == str(params.data.positive)).mean() < 0.4
    window = params.data.window
    if isinstance(window.start, dt.date):
        assert table[roles.time].min() >= dt.datetime.combine(window.start, dt.time())
        assert table[roles.time].max() < dt.datetime.combine(window.end, dt.time())


def test_the_same_seed_gives_the_same_table():
    own = contract("age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120)")
    one, two = (encounters(own, data(), WISH).table for _ in range(2))
    assert one.equals(two)
    assert not one.equals(encounters(own, data(), Wish(rows=400, seed=2)).table)


def test_a_check_that_nothing_drawn_can_meet_is_named_and_left_out():
    own = contract(
        "code: Series[str] = pa.Field(str_matches='^[A-Z][0-9]{2}$')",
        "left: Series[pd.Timestamp]",
        "@pa.dataframe_check",
        "def left_after(cls, table): return table['left'] >= table['seen']",
        "@pa.dataframe_check",
        "def never(cls, table): return table['left'] < table['seen']",
    )
    drawn = encounters(own, data(), WISH)
    assert "never" in drawn.unmet
    assert "code: str_matches" in drawn.unmet
    assert "left_after" not in drawn.unmet
    assert (drawn.table["left"] >= drawn.table["seen"]).all()
    assert len(drawn.table) > 100


@pytest.mark.parametrize(
    ("positive", "field"),
    [
        (">0", "Series[pd.Int64Dtype] = pa.Field(ge=0, le=4)"),
        ("yes", "Series[str]"),
        (True, "Series[pd.BooleanDtype]"),
        (2, "Series[pd.Int64Dtype]"),
        ("<30", "Series[str] = pa.Field(isin=['<30', '>30', 'NO'])"),
    ],
)
def test_the_event_is_whatever_params_call_so(positive, field):
    own = contract(f"event: {field}")
    columns = Columns(encounter="visit", subject="person", time="seen", outcome="event")
    drawn = encounters(own, data(columns=columns, positive=positive), WISH)
    values = drawn.table["event"]
    share = (values > 0).mean() if positive == ">0" else (values == positive).mean()
    assert 0.2 < share < 0.4


def test_roles_that_the_contract_leaves_out_are_there_and_an_order_of_numbers_is_kept(tmp_path):
    own = load_text(HEAD + "    age: Series[float] = pa.Field(ge=18, le=99)\n")
    section = data(window={"start": 100, "end": 900}, positive="yes")
    drawn = encounters(own, section, WISH)
    write(drawn, own, tmp_path / "drawn.parquet")
    table = pq.read_table(tmp_path / "drawn.parquet").to_pandas()
    assert set(table) == {"age", "visit", "person", "seen", "clinic", "back"}
    assert table["seen"].between(100, 899).all()
    assert 0.2 < (table["back"] == "yes").mean() < 0.4


def test_one_row_a_subject_stays_so():
    own = load_text(
        HEAD
        + "    person: Series[str] = pa.Field(unique=True)\n    back: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1])\n"
    )
    columns = Columns(encounter="person", subject="person", outcome="back")
    assert encounters(own, data(columns=columns), WISH).table["person"].is_unique


def test_a_contract_that_nothing_meets_is_told():
    own = contract("age: Series[pd.Int64Dtype] = pa.Field(ge=5, le=4)")
    with pytest.raises((UsageError, ValueError)):
        encounters(own, data(), WISH)
