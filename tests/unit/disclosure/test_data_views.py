"""Contract failures and profiles."""

import math

import pytest

from wardround.disclosure import profiles, validations
from wardround.evidence.profile import ColumnProfile, LevelCounts, NumberSummary, Profile
from wardround.evidence.validation import CheckResult, Validation
from wardround.profile import buckets
from wardround.values import Verdict


def check(failures, **more):
    return CheckResult(
        rule="range", column="age", failures=failures, rows=1000, share=None, verdict=Verdict.PASS, **more
    )


def validation(*checks):
    return Validation(
        contract="c",
        rows=1000,
        columns=2,
        rows_by_site={"a": 500, "b": 300, "c": 200},
        rows_by_month={"2024-01": 600, "2024-02": 400},
        checks=checks,
        verdict=Verdict.PASS,
    )


@pytest.mark.parametrize("failures", [0, 1, 10, 995, None])
def test_few_failures_are_withheld(failures):
    view = validations.view(validation(check(failures, by_site={"a": failures or 0})), 11).failures[0]
    assert view.count.value is None
    assert view.share.value is None
    assert view.by_site == ()


def test_failures_of_nearly_the_same_table_are_verdicts_alone():
    """Of two tables that differ by few rows, each count differs by fewer."""
    view = validations.view(validation(check(100, by_site={"a": 100})), 11, near=True)
    assert view.rows.value is None
    assert (view.failures[0].count.value, view.failures[0].share.value, view.failures[0].by_site) == (None, None, ())
    assert view.failures[0].verdict == "pass"


def test_a_small_site_takes_the_next_one_with_it():
    view = validations.view(validation(check(100, by_site={"a": 70, "b": 27, "c": 3})), 11).failures[0]
    assert view.count.value == 100
    assert [level.count.value for level in view.by_site] == [70, None, None]


def test_all_failures_at_one_site_show_no_site():
    """The others' zeros would follow."""
    view = validations.view(validation(check(70, by_site={"a": 70})), 11).failures[0]
    assert [level.count.value for level in view.by_site] == [None, None, None]


def test_months_add_up():
    view = validations.view(validation(check(100, by_month={"2024-01": 60, "2024-02": 40})), 11).failures[0]
    assert [level.count.value for level in view.by_month] == [60, 40]
    assert view.by_month[0].share.value == 0.1


def levels(counts, rows=1000, missing=100, name="sex"):
    return ColumnProfile(name=name, kind="category", rows=rows, missing=missing, levels=LevelCounts(counts=counts))


def table(*columns, rows=1000):
    return Profile(rows=rows, columns=columns)


def test_small_categories_are_pooled_until_the_pool_is_large():
    view = profiles.view(table(levels({"a": 600, "b": 250, "c": 45, "d": 5})), None, 11).columns[0]
    assert [cell.label for cell in view.cells] == ["a", "b", "(other)"]
    assert view.missing.head.value == 0.1


def test_few_missing_values_are_withheld():
    view = profiles.view(table(levels({"a": 600, "b": 397}, missing=3)), None, 11).columns[0]
    assert view.missing.head.value is None


def test_the_base_is_shown_only_where_new_rows_are_many():
    head = table(levels({"a": 650, "b": 255}, rows=1010, missing=105), rows=1010)
    base = table(levels({"a": 645, "b": 255}, rows=1000, missing=100))
    view = profiles.view(head, base, 11)
    assert (view.rows_base.value, view.rows_head.value) == (None, None), "the base's own review showed its rows"
    assert view.columns[0].cells == ()
    assert view.columns[0].missing.head.value is None
    assert profiles.near(head, base, 11)
    assert not profiles.near(head, None, 11)
    assert not profiles.near(head, head, 11)
    other = table(levels({"a": 450, "b": 155}, rows=700, missing=95), rows=700)
    column = profiles.view(head, other, 11).columns[0]
    assert [cell.label for cell in column.cells] == ["a", "b"]
    assert column.cells[0].base.value == 0.74
    assert column.missing.base.value is None
    assert column.psi.value is not None


def test_of_the_same_rows_a_column_that_few_moved_in_is_withheld_and_others_are_not():
    before, after = levels({"a": 645, "b": 255}), levels({"a": 642, "b": 258})
    kept = levels({"x": 300, "y": 600}, name="site")
    view = profiles.view(table(after, kept), table(before, kept), 11)
    assert view.rows_head.value == 1000
    assert view.columns[0].cells == ()
    assert [cell.head.value for cell in view.columns[1].cells] == [0.33, 0.67]
    assert view.columns[1].psi.value == 0
    moved = profiles.view(table(levels({"a": 545, "b": 355})), table(before), 11).columns[0]
    assert [cell.label for cell in moved.cells] == ["a", "b"]


def test_the_same_table_is_the_same():
    head = table(levels({"a": 650, "b": 250}))
    view = profiles.view(head, head, 11)
    assert view.columns[0].psi.value == 0
    assert view.columns[0].cells[0].base == view.columns[0].cells[0].head


@pytest.mark.parametrize("number", [0.0, 1.0, 37.5, -2.0, 1e-3, -1234.5])
def test_bucket_edges_are_the_profile_s(number):
    key = buckets.key_of(number)
    assert profiles.lower_edge(key) == buckets.edges(key)[0]


def test_numbers_show_no_minimum_or_maximum():
    histogram = {buckets.key_of(float(value)): 10 for value in range(18, 98)}
    column = ColumnProfile(
        name="age", kind="integer", rows=800, missing=0, numbers=NumberSummary(count=800, histogram=histogram)
    )
    cells = profiles.view(table(column, rows=800), None, 11).columns[0].cells
    assert len(cells) <= 10
    assert cells[0].label.startswith("below")
    assert "18" not in {cell.label.split()[1] for cell in cells}
    assert math.isclose(sum(cell.head.value for cell in cells), 1, abs_tol=0.06)
