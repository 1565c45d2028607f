"""Encoding: stable codes, unseen and missing as NaN, whatever type the column has."""

import numpy as np
import pandas as pd
import pytest

from wardround.stages.features import FeatureSpec, category, encode

SPEC = FeatureSpec(("age", "sex", "flag"), {"sex": ("f", "m")})


def data(sex):
    return pd.DataFrame(
        {
            "age": pd.array([1, None, 3], dtype="Int64"),
            "sex": sex,
            "flag": pd.array([True, None, False], dtype="boolean"),
        }
    )


@pytest.mark.parametrize(
    "sex",
    [
        ["m", None, "x"],
        pd.Categorical(["m", None, "x"], categories=["x", "m"]),
        pd.array(["m", None, "x"], dtype=pd.StringDtype(na_value=np.nan)),
    ],
)
def test_codes(sex):
    np.testing.assert_equal(encode(data(sex), SPEC), [[1, 1, 1], [np.nan, np.nan, np.nan], [3, np.nan, 0]])


def test_categories_that_are_numbers_are_text():
    spec = FeatureSpec(("k",), {"k": ("1", "2")})
    frame = pd.DataFrame({"k": pd.Categorical([2, 1, None], categories=[1, 2])})
    np.testing.assert_equal(encode(frame, spec), [[1], [0], [np.nan]])


def test_rows_are_encoded_one_by_one_as_together():
    frame = data(["m", "f", "x"])
    together = encode(frame, SPEC)
    alone = np.concatenate([encode(frame.iloc[[row]], SPEC) for row in range(3)])
    np.testing.assert_equal(together, alone)


def test_no_rows_and_a_missing_column():
    assert encode(data(["m", "f", "f"]).head(0), SPEC).shape == (0, 3)
    with pytest.raises(KeyError):
        encode(pd.DataFrame({"age": [1]}), SPEC)


def test_plain_round_trip_and_positions():
    assert FeatureSpec.from_plain(SPEC.plain()) == SPEC
    assert SPEC.numeric == ("age", "flag")
    assert SPEC.categorical_mask == [False, True, False]
    assert SPEC.positions(SPEC.numeric) == [0, 2]


@pytest.mark.parametrize("values", [["a", "z", None, "b"], [1, 9, None, 2], [True, None, None, False]])
def test_category_makes_other_values_missing_without_a_warning(values):
    levels = {str: ["a", "b"], int: [1, 2], bool: [True, False]}[type(values[0])]
    column = pd.Series(values, index=[5, 6, 7, 8]).convert_dtypes()
    found = category(column, levels)
    wanted = [levels.index(value) if value is not None and value in levels else -1 for value in values]
    assert found.cat.codes.tolist() == wanted
    assert list(found.cat.categories) == levels
    assert found.index.tolist() == [5, 6, 7, 8]
