"""Complementary suppression on one line."""

from wardround.disclosure.margins import margin, share, shown_levels


def test_the_next_smallest_goes_with_a_small_level():
    counts = {"a": 3, "b": 20, "c": 400}
    assert shown_levels(counts, 423, 11) == ("c",)


def test_all_levels_of_a_complete_margin_may_be_shown():
    counts = {"a": 30, "b": 20}
    assert shown_levels(counts, 50, 11) == ("a", "b")
    # 5 people are at no level
    assert shown_levels(counts, 55, 11) == ("a",)


def test_a_level_with_nobody_is_small():
    assert shown_levels({"a": 0, "b": 20, "c": 30}, 50, 11) == ("c",)
    assert shown_levels({"a": 0, "b": 20}, 20, 11) == ()


def test_hidden_levels_keep_a_wide_range():
    for small in range(11):
        counts = {"a": small, "b": 11, "c": 12, "d": 500}
        total = sum(counts.values())
        shown = shown_levels(counts, total, 11)
        left = total - sum(counts[level] for level in shown)
        assert left >= 11
        assert "a" not in shown


def test_margin_withholds_where_nearly_all_rows_fail():
    levels = margin({"x": 95, "y": 50}, 145, {"x": 100, "y": 500}, 11)
    assert [level.count.value for level in levels] == [None, None]


def test_share_of_rounded_counts():
    assert share(14, 100, show=True).value == 0.1
    assert share(14, 100, show=False).value is None
