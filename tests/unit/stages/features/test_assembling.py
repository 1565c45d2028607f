"""What ``assemble`` makes is what a DataFrame of a dictionary would be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.errors import UsageError
from wardround.stages.features import assemble, category, history
from wardround.stages.features.categories import FEW

TEXT = pd.StringDtype(na_value=np.nan)
LEVELS = ["a", "b", "c"]


def frame(n=5):
    rng = np.random.default_rng(n)
    return pd.DataFrame(
        {
            "whole": pd.array([None if place % 4 == 3 else place for place in range(n)], dtype="Int64"),
            "truth": pd.array([None if place % 5 == 4 else place % 2 == 0 for place in range(n)], dtype="boolean"),
            "real": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
            "word": pd.array(rng.choice(["a", "b", "z", None], n), dtype=TEXT),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
            "wr_subject": pd.array(["s"] * n, dtype=TEXT),
            "wr_time": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
        }
    )


@pytest.mark.parametrize("n", [1, 2, 5, FEW, FEW + 1])
def test_as_a_frame_of_a_dictionary(n):
    data = frame(n)
    made = {"double": data["real"] * 2, "array": np.arange(n), "before": history.prior_encounters(data)}
    found = assemble(data, made, numbers=["whole", "truth", "real"], categories={"word": LEVELS})
    wanted = pd.DataFrame(
        {
            **{name: data[name].astype("Float64").to_numpy(np.float64, na_value=np.nan) for name in ("whole", "truth")},
            "real": data["real"],
            "word": category(data["word"], LEVELS),
            **made,
        },
        index=data.index,
    )
    pd.testing.assert_frame_equal(found, wanted)


def test_another_index_is_kept():
    data = frame().set_axis([3, 1, 4, 0, 9])
    found = assemble(data, {"double": data["real"] * 2}, numbers=["real"])
    pd.testing.assert_frame_equal(found, pd.DataFrame({"real": data["real"], "double": data["real"] * 2}))


def test_what_is_no_number_is_left_for_the_stage_to_refuse():
    assert assemble(frame(), numbers=["when", "word"]).dtypes.astype(str).tolist() == ["datetime64[us]", "str"]


def test_everything_that_does_not_fit_is_told():
    data = frame()
    made = {"shorter": data["real"].iloc[:2], "array": np.arange(2), "whole": data["real"], "good": data["real"]}
    with pytest.raises(UsageError) as raised:
        assemble(data, made, numbers=["whole", "absent"], categories={"missing": LEVELS})
    told = [(problem.what, problem.where.split(": ")[1]) for problem in raised.value.problems]
    assert told == [
        ("the encounters have no such column", "absent"),
        ("the encounters have no such column", "missing"),
        ("a feature stands twice", "whole"),
        ("a feature has other rows than the encounters", "shorter"),
        ("a feature has other rows than the encounters", "array"),
    ]


@pytest.mark.parametrize("name", ["real", "whole", "word", "when", "truth"])
def test_it_may_be_written_into_without_harm(name):
    data = frame()
    before = data.copy(deep=True)
    numbers = [name] if name in ("real", "whole", "truth") else []
    for found in (assemble(data, {"same": data[name]}), assemble(data, numbers=numbers, categories={"word": LEVELS})):
        for column in found:
            found.loc[0, column] = None
            found[column].array[1:] = found[column].array[0]
    pd.testing.assert_frame_equal(data, before)


words = st.lists(st.one_of(st.none(), st.sampled_from(["a", "b", "c", "z", "other", "é", ""])), min_size=1, max_size=30)


@given(words, st.booleans())
def test_any_other_value_becomes_the_level_that_is_named(values, large):
    column = pd.Series(pd.array(values * (FEW if large else 1), dtype=TEXT))
    found = category(column, LEVELS, other="other")
    wanted = [None if value is None else value if value in LEVELS else "other" for value in values]
    assert found.cat.categories.tolist() == [*LEVELS, "other"]
    assert found.astype(object).where(found.notna(), None).tolist()[: len(values)] == wanted


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(pd.array([1, 2, None, 30], dtype="Int64")),
        pd.Series([1.0, 2.5, np.nan, 30.0]),
        pd.Series(pd.array([True, False, None, True], dtype="boolean")),
        pd.Series(["1", "2", None, "30"], dtype="category"),
        pd.Series(["1", 2, None, True], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
def test_other_types_are_compared_as_text(column):
    levels = ["1", "2.5", "True"]
    words = column.astype("string")
    wanted = words.where(words.isna() | words.isin(levels), "other").astype(pd.CategoricalDtype([*levels, "other"]))
    found = category(column, levels, other="other")
    assert found.cat.codes.tolist() == wanted.cat.codes.tolist()


def test_many_levels_or_levels_that_are_no_text():
    column = pd.Series(pd.array([f"v{place}" for place in range(200)] + [None], dtype=TEXT))
    levels = [f"v{place}" for place in range(150)]
    assert category(column, levels, other="other").cat.codes.tolist() == [*range(150), *[150] * 50, -1]
    assert category(column, levels).cat.codes.tolist() == [*range(150), *[-1] * 51]
