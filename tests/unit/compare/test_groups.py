import numpy as np
import pandas as pd
import pytest

from wardround.compare import groupings, largest_sites
from wardround.errors import UsageError
from wardround.project.judging import Subgroup


def test_numbers_are_cut_with_lower_bounds_included():
    frame = pd.DataFrame({"age": pd.array([17, 18, 64, 65, None], dtype="Int64")})
    (age,) = groupings(frame, [Subgroup(column="age", bands=(65, 18))], site=False)
    assert age.levels == ("<18", "18-65", ">=65")
    assert age.codes.tolist() == [0, 1, 1, 2, -1]


def test_levels_are_sorted_and_mandatory_ones_listed_even_if_nobody_has_them():
    frame = pd.DataFrame({"sex": ["M", None, "F", "M"]})
    (sex,) = groupings(frame, [Subgroup(column="sex", mandatory=("X", "F"))], site=False)
    assert sex.levels == ("F", "M", "X")
    assert sex.codes.tolist() == [1, -1, 0, 1]
    assert sex.mandatory == ("X", "F")
    assert sex.codes.dtype == np.int32


def test_categories_and_booleans_are_levels_too():
    frame = pd.DataFrame({"ward": pd.Categorical(["b", "a", None]), "icu": pd.array([True, None, False], "boolean")})
    ward, icu = groupings(frame, [Subgroup(column="ward"), Subgroup(column="icu")], site=False)
    assert (ward.levels, ward.codes.tolist()) == (("a", "b"), [1, 0, -1])
    assert (icu.levels, icu.codes.tolist()) == (("False", "True"), [1, -1, 0])


@pytest.mark.parametrize("declared", [[], [Subgroup(column="site", mandatory=("n",))], [Subgroup(column="wr_site")]])
def test_sites_come_by_themselves_and_only_once(declared):
    frame = pd.DataFrame({"wr_site": ["s", "n", "s"]})
    (site,) = groupings(frame, declared, site=True)
    assert (site.column, site.levels, site.codes.tolist()) == ("site", ("n", "s"), [1, 0, 1])
    assert groupings(frame.drop(columns="wr_site"), [], site=True) == ()


def test_all_problems_come_at_once_and_no_value_is_quoted():
    frame = pd.DataFrame({"sex": ["secret"] * 60, "name": [f"person {k}" for k in range(60)]})
    with pytest.raises(UsageError) as caught:
        groupings(
            frame,
            [Subgroup(column="absent"), Subgroup(column="sex", bands=(1.0,)), Subgroup(column="name")],
            site=False,
        )
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "secret" not in text
    assert "person" not in text
    assert "absent" in text


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "Int64", "object"])
def test_a_missing_value_does_not_rename_the_levels_of_whole_numbers(dtype):
    (whole,) = groupings(
        pd.DataFrame({"class": pd.array([2, 1, 1], dtype=dtype)}), [Subgroup(column="class")], site=False
    )
    assert (whole.levels, whole.codes.tolist()) == (("1", "2"), [1, 0, 0])
    holed = pd.DataFrame({"class": pd.array([2, None, 1], dtype="float64" if dtype == "int64" else dtype)})
    (some,) = groupings(holed, [Subgroup(column="class", mandatory=("1",))], site=False)
    assert (some.levels, some.codes.tolist()) == (("1", "2"), [1, -1, 0])


def test_too_many_sites_are_the_site_column_s_fault():
    frame = pd.DataFrame({"wr_site": [f"practice {i}" for i in range(301)], "sex": ["F"] * 301})
    assert largest_sites(frame["wr_site"]) is None
    with pytest.raises(UsageError, match="too many levels") as caught:
        groupings(frame, [Subgroup(column="sex")], site=True)
    assert caught.value.problems[0].where == "params.yaml: data.columns.site"


def test_small_sites_of_a_network_are_one_group_and_the_same_one_in_every_population():
    sites = pd.Series([f"h{i:03d}" for i in range(130) for _ in range(1 + i % 60)] + [None])
    own = largest_sites(sites)
    assert len(own) == 49
    assert {"h059", "h119", "h058"} <= own
    frame = pd.DataFrame({"wr_site": sites})
    (whole,) = groupings(frame, [], site=True, sites=own)
    (part,) = groupings(frame[::3], [], site=True, sites=own)
    assert whole.levels[-1] == part.levels[-1] == "other sites"
    assert len(whole.levels) == 50
    assert whole.codes[-1] == -1
    named = np.array([*whole.levels, None], dtype=object)[whole.codes]
    assert all(name == site for name, site in zip(named[:-1], sites, strict=False) if site in own)
    pairs = zip(named[::3], np.array([*part.levels, None], dtype=object)[part.codes], strict=True)
    assert all(one == other for one, other in pairs)


def test_a_mandatory_site_is_a_group_however_small():
    sites = pd.Series([f"h{i:03d}" for i in range(60) for _ in range(60 - i)])
    (site,) = groupings(
        pd.DataFrame({"wr_site": sites}),
        [Subgroup(column="site", mandatory=("h059",))],
        site=True,
        sites=largest_sites(sites),
    )
    assert "h059" in site.levels
    assert len(site.levels) == 51


def test_few_sites_are_all_groups():
    assert largest_sites(pd.Series([f"h{i}" for i in range(50)])) is None
