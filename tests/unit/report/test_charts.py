"""Charts of characters, and the figures' own arithmetic."""

import numpy as np
import pytest
import report_sample as sample
from sklearn.metrics import precision_score, recall_score

from wardround.report import charts, groups, pick
from wardround.report.figures import forest, roc, style
from wardround.report.figures.all import drawings


def test_bar_has_its_length():
    assert charts.bar(1, 1, 8) == "\u2588" * 8
    assert charts.bar(0.5, 1, 8) == "\u2588" * 4 + " " * 4
    assert charts.bar(0.5 + 1 / 16, 1, 8) == "\u2588" * 4 + "\u258c" + " " * 3
    assert charts.bar(-1, 1, 8) == charts.bar(1, 0, 8) == " " * 8


def test_interval_stands_where_it_should(published):
    value = pick.change(published, "new_subjects").of("auroc").difference
    drawn = charts.on_axis(value, -0.05, 0.05, [(0.0, "\u2502"), (-0.01, "\u250a")])
    assert len(drawn) == charts.WIDTH
    for number, char in (
        (value.low, "\u251c"),
        (value.high, "\u2524"),
        (value.value, "\u25cf"),
        (0.0, "\u2502"),
        (-0.01, "\u250a"),
    ):
        assert drawn.index(char) == pytest.approx((number + 0.05) / 0.1 * (charts.WIDTH - 1), abs=0.51)


def test_interval_that_runs_off_has_arrows(published):
    value = pick.change(published, "new_subjects").of("auroc").difference
    drawn = charts.on_axis(value, value.low + 0.001, value.high - 0.001, [])
    assert drawn[0] == "\u25c2"
    assert drawn[-1] == "\u25b8"


def test_forest_names_every_group_once(published):
    lines = groups.lines(published)
    assert groups.compares(published)
    chart = charts.forest(lines, 0.01, differs=True)
    assert len({len(row.partition("  ")[0]) for row in chart[1:-1]}) >= 1
    assert [line.label for line in lines[:4]] == ["Everybody", "female", "male", "other"]
    words = {line.label: line.word for line in lines}
    assert words["other"] == "not assessed"
    assert sum("\u25cf" in row for row in chart) == sum(line.value is not None for line in lines)
    assert charts.forest([], None, differs=True) == ()


def test_first_version_shows_areas_and_not_differences():
    lines = groups.lines(sample.first())
    assert not groups.compares(sample.first())
    assert 0.6 < lines[0].value.value < 0.8
    assert charts.forest(lines, None, differs=False)


def test_precision_and_recall_of_the_table_are_those_of_its_encounters(published):
    group = pick.everybody(published, "new_subjects")["head"]
    outcome = np.concatenate([np.repeat([1, 0], [item.events, item.non_events]) for item in group.bins])
    place = np.concatenate([np.full(item.n, item.low) for item in group.bins])
    points = roc.precision_recall(group)
    assert len(points) == len(group.bins)
    for point in points:
        alert = place >= point.threshold
        assert point.precision == pytest.approx(precision_score(outcome, alert))
        assert point.recall == pytest.approx(recall_score(outcome, alert))


def test_calibration_chart_marks_the_prediction(published):
    points = pick.everybody(published, "new_subjects")["head"].calibration
    rows = charts.calibration(points)
    assert len(rows) == len(points) + 1
    assert all(row.count("\u25c6") == 1 for row in rows)
    assert charts.calibration(()) == ()


def test_decision_chart_holds_each_model_at_each_threshold(published):
    models = pick.everybody(published, "new_subjects")
    curves = [(role, group.decision_curve) for role, group in models.items()]
    rows = charts.decision(curves, (0.1, 0.2))
    assert len(rows) == 2 * 3
    assert charts.decision([], (0.1,)) == ()


def test_alternative_texts_state_the_content(published):
    drawn = drawings(published)
    assert "+0.028 (+0.018 to +0.037)" in drawn["subgroups"].alt
    assert "AUROC 0.707" in drawn["roc"].alt
    assert "predicted" in drawn["calibration"].alt
    assert "Alerting everybody" in drawn["decision-curve"].alt


def test_a_file_is_light_and_a_part_of_a_page_follows_it(published):
    drawing = drawings(published)["roc"]
    file, part = drawing.file().decode(), drawing.inline()
    assert "var(" not in file
    assert "<title>" in file
    assert "#0072b2" in file
    assert "var(--head, #0072b2)" in part
    for text in (file, part):
        assert not any(stand_in in text for stand_in in style.LIGHT)
        assert "matplotlib" not in text.lower()
        assert not any(word in text for word in ("<metadata", "dc:date", "<!--"))


def test_names_are_never_formulas():
    with style.settings("t"):
        made = style.figure(3, 2)
        style.label(made.subplots(), 0, r"$\frac{1}{", weight="bold")
        text = style.draw(made, "t", "x").raw
    assert r"$\frac{1}{" in text


def test_long_names_are_cut():
    assert len(forest._cut("x" * 99)) == forest.LONGEST
    assert forest._cut("\x00") == "(empty)"
