"""Synthetic encounters pass the contract that they are drawn from, whatever kinds and bounds it has."""

import numpy as np
import pandas as pd
import pytest

from wardround import contract
from wardround.project.sections import Columns
from wardround.stages.train.drawing import draw

TEXT = """
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    number: Series[pd.Int64Dtype] = pa.Field(unique=True, ge=1000)
    person: Series[pd.Int64Dtype] = pa.Field()
    order: Series[pd.Int64Dtype] = pa.Field(gt=0, lt=50)
    born: Series[pd.Timestamp] = pa.Field(ge="1930-01-01", le="1999-12-31", nullable=True)
    below: Series[float] = pa.Field(le=-5)
    open: Series[float] = pa.Field(gt=0, lt=1)
    free: Series[float] = pa.Field(nullable=True)
    flag: Series[pd.BooleanDtype] = pa.Field(nullable=True)
    note: Series[str] = pa.Field(nullable=True)
    grade: Series[pd.Int64Dtype] = pa.Field(isin=[1, 2, 7])
    odd: Series[pd.Int64Dtype] = pa.Field(ge=0, le=9)
    barcode: Series[float] = pa.Field(unique=True)
    event: Series[pd.Int64Dtype] = pa.Field(isin=[0, 1])

    @pa.check("odd")
    def is_odd(cls, values):
        return values % 2 == 1
"""

COLUMNS = Columns(encounter="number", subject="person", time="order", outcome="event")


def test_every_kind_passes_its_contract():
    agreed = contract.load_text(TEXT)
    found = draw(agreed, COLUMNS, 200, np.random.default_rng(1))
    agreed.schema.validate(found, lazy=True)
    assert len(found) == 200
    assert found["number"].is_unique
    assert found["number"].min() > 1000
    assert set(found["grade"]) == {1, 2, 7}
    assert set(found["odd"]) == {1, 3, 5, 7, 9}
    assert found["order"].between(1, 49).all()
    assert found["born"].isna().any()
    assert found["open"].between(0, 1, inclusive="neither").all()
    assert not found["order"].isna().any()


def test_the_same_seed_draws_the_same():
    agreed = contract.load_text(TEXT)
    first, second = (draw(agreed, COLUMNS, 30, np.random.default_rng(5)) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(draw(agreed, COLUMNS, 30, np.random.default_rng(6)))


def test_nothing_is_wanted():
    assert draw(contract.load_text(TEXT), COLUMNS, 0, np.random.default_rng(1)).empty


@pytest.mark.parametrize("bad", ["str_matches='^[0-9]{10}$'", "str_length=3"])
def test_what_cannot_be_guessed_gives_no_rows(bad):
    text = TEXT.replace("note: Series[str] = pa.Field(nullable=True)", f"note: Series[str] = pa.Field({bad})")
    assert draw(contract.load_text(text), COLUMNS, 5, np.random.default_rng(1)).empty
