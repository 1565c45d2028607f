import json
import math
from dataclasses import replace

import numpy as np
import pytest
from simulated_scores import DAYS, THRESHOLDS, Data, simulate

from wardround.compare import (
    Grouping,
    MeasureSettings,
    Scored,
    compare_population,
    measure_population,
    score_correlation,
    score_edges,
)
from wardround.errors import UsageError
from wardround.stats.names import measure_names

NAMES = measure_names(THRESHOLDS)
BOOTSTRAP = MeasureSettings(THRESHOLDS, score_edges(THRESHOLDS), resamples=300)
INFLUENCE = replace(BOOTSTRAP, interval="influence")
BOTH = pytest.mark.parametrize("settings", [BOOTSTRAP, INFLUENCE], ids=["bootstrap", "influence"])


def scored(data: Data, *, groups: bool = True) -> Scored:
    rng = np.random.default_rng(0)
    sex = Grouping("sex", ("F", "M"), rng.integers(-1, 2, data.outcome.size).astype(np.int32))
    site = Grouping("site", ("a", "b", "c"), (np.arange(data.outcome.size) < 40).astype(np.int32))
    return Scored(data.outcome, data.subject, data.head, (sex, site) if groups else (), DAYS)


@BOTH
def test_everybody_first_then_groups_in_order_with_their_counts(settings):
    data = simulate(3000)
    result = measure_population("new_subjects", scored(data), settings)
    assert [group.name for group in result.groups] == ["all", "sex=F", "sex=M", "site=a", "site=b", "site=c"]
    assert result.days == DAYS
    everybody = result.groups[0]
    assert (everybody.n, everybody.events) == (3000, int(data.outcome.sum()))
    assert everybody.subjects == np.unique(data.subject).size
    rows = scored(data).groupings[0].codes == 0
    assert result.groups[1].n == rows.sum()
    assert result.groups[1].subjects == np.unique(data.subject[rows]).size
    assert tuple(everybody.measures) == NAMES


@BOTH
def test_small_groups_are_not_assessed_and_the_reason_has_no_small_count(settings):
    result = measure_population("new_subjects", scored(simulate(3000)), settings)
    small, empty = result.group("site=b"), result.group("site=c")
    assert not small.assessed
    assert small.reason == "fewer than 30 events"
    assert small.measures == {}
    assert small.table is not None
    assert (empty.n, empty.reason, empty.table) == (0, "no encounters", None)
    paired = compare_population("new_subjects", scored(simulate(3000)), simulate(3000).reference, settings)
    assert paired.group("site=b").reason == small.reason
    assert paired.group("site=b").differences == ()


@BOTH
def test_every_interval_holds_its_estimate_and_says_how_it_was_made(settings):
    result = measure_population("new_subjects", scored(simulate(3000)), settings)
    for group in result.groups:
        for name, estimate in group.measures.items():
            assert estimate.low <= estimate.value <= estimate.high, name
            assert estimate.low < estimate.high, name
            assert estimate.method in {"delong", "bootstrap", "influence", "wilson"}
    assert result.groups[0].measures["auroc"].method == "delong"
    assert result.groups[0].measures["brier"].method == ("bootstrap" if settings is BOOTSTRAP else "influence")


def test_both_methods_give_nearly_the_same_intervals():
    data = simulate(6000, seed=3)
    settings = replace(BOOTSTRAP, resamples=1000)
    first = compare_population("p", scored(data, groups=False), data.reference, settings).groups[0]
    second = compare_population("p", scored(data, groups=False), data.reference, INFLUENCE).groups[0]
    for one, other in zip(first.differences, second.differences, strict=True):
        width = other.difference.high - other.difference.low
        assert one.difference.value == other.difference.value
        tolerance = 0.25 if one.measure in {"ici", "ece"} else 0.12
        assert abs(one.difference.low - other.difference.low) < tolerance * width, one.measure
        assert abs(one.difference.high - other.difference.high) < tolerance * width, one.measure
        assert abs(one.head.high - other.head.high) < 0.15 * (other.head.high - other.head.low), one.measure


@BOTH
def test_differences_are_head_minus_reference_and_know_their_direction(settings):
    data = simulate(3000)
    result = compare_population("p", scored(data), data.reference, settings)
    alone = measure_population("p", scored(data), settings)
    other = measure_population("p", replace(scored(data), probability=data.reference), settings)
    for group in result.groups[:3]:
        for item in group.differences:
            single = alone.group(group.name).measures[item.measure]
            assert item.head.value == single.value
            assert (item.head.low, item.head.high) == pytest.approx((single.low, single.high), rel=1e-8)
            assert item.reference.value == other.group(group.name).measures[item.measure].value
            assert item.difference.value == item.head.value - item.reference.value
            assert item.standard_error > 0
    assert result.groups[0].of("brier").better == "down"
    assert result.groups[0].of("auroc").better == "up"


@BOTH
def test_identical_scores_differ_by_nothing_with_no_error(settings):
    data = simulate(2000)
    result = compare_population("p", scored(data), data.head.copy(), settings)
    for group in result.groups:
        for item in group.differences:
            assert (item.difference.value, item.difference.low, item.difference.high) == (0.0, 0.0, 0.0)
            assert item.standard_error == 0.0


@BOTH
def test_a_second_run_and_another_number_of_threads_give_the_same_bytes(settings):
    data = simulate(2500)
    runs = [
        compare_population("p", scored(data), data.reference, replace(settings, threads=threads)).model_dump_json()
        for threads in (1, 1, 3)
    ]
    assert runs[0] == runs[1] == runs[2]


def test_the_order_of_rows_does_not_matter():
    data = simulate(2000)
    shuffle = np.random.default_rng(1).permutation(2000)
    other = Data(*(values[shuffle] for values in (data.subject, data.outcome, data.head, data.reference)))
    first = compare_population("p", scored(data, groups=False), data.reference, INFLUENCE).groups[0]
    second = compare_population("p", scored(other, groups=False), other.reference, INFLUENCE).groups[0]
    for one, two in zip(first.differences, second.differences, strict=True):
        assert one.difference.value == pytest.approx(two.difference.value, abs=1e-9)
        assert one.standard_error == pytest.approx(two.standard_error, rel=1e-6)


@BOTH
@pytest.mark.parametrize(
    ("outcome", "probability", "subject"),
    [
        ([], [], []),
        ([0], [0.3], [5]),
        ([1], [0.3], [5]),
        ([0, 0, 0], [0.1, 0.2, 0.3], [1, 2, 3]),
        ([1, 1, 1], [0.1, 0.2, 0.3], [1, 2, 3]),
        ([0, 1, 0, 1] * 10, [0.2] * 40, range(40)),
        ([0, 1] * 10, [0.0, 1.0] * 10, range(20)),
        ([0, 1, 1, 0] * 5, [0.1, 0.5, 0.2, 0.9] * 5, [3] * 20),
        ([0, 0, 0, 1], [0.0, 0.0, 0.0, 0.0], [-4, 10**12, 7, 7]),
    ],
)
def test_degenerate_input_gives_notes_and_neither_nan_nor_a_warning(settings, outcome, probability, subject):
    given = Scored(
        np.array(outcome, dtype=np.int8), np.array(subject, dtype=np.int64), np.array(probability, dtype=float)
    )
    settings = replace(settings, resamples=200)
    measured = measure_population("p", given, settings)
    compared = compare_population("p", given, given.probability * 0.5, settings)
    for text in (measured.model_dump_json(), compared.model_dump_json()):
        assert "NaN" not in text
        assert "Infinity" not in text
        json.loads(text)
    for estimate in measured.groups[0].measures.values():
        if estimate.value is None:
            assert estimate.note
            assert (estimate.low, estimate.method) == (None, "none")
        else:
            assert math.isfinite(estimate.value)
            assert estimate.low is not None or estimate.note


def test_bad_scores_and_lengths_are_refused_without_quoting_them():
    data = simulate(100)
    bad = data.head.copy()
    bad[3] = np.nan
    with pytest.raises(UsageError, match="missing or not between"):
        compare_population("p", scored(data), bad, INFLUENCE)
    with pytest.raises(UsageError, match="same encounters"):
        compare_population("p", scored(data), bad[:-1], INFLUENCE)
    with pytest.raises(UsageError, match="differ in length"):
        Scored(data.outcome, data.subject[:-1], data.head)
    with pytest.raises(UsageError, match="neither 0 nor 1"):
        Scored(data.outcome + np.int8(1), data.subject, data.head)


def test_settings_want_edges_that_hold_the_thresholds():
    with pytest.raises(UsageError, match="score bins"):
        MeasureSettings((0.17,), (0.0, 0.2, 1.0))
    assert BOOTSTRAP.bootstraps(200_000)
    assert not BOOTSTRAP.bootstraps(200_001)
    assert not INFLUENCE.bootstraps(10)
    assert replace(BOOTSTRAP, interval="bootstrap").bootstraps(10**7)


def test_correlation_of_scores_is_on_the_logit_scale():
    data = simulate(3000)
    x, y = (np.log(p / (1 - p)) for p in (data.head, data.reference))
    assert score_correlation(data.head, data.reference) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)
    assert score_correlation(np.full(9, 0.2), np.linspace(0, 1, 9)) is None
    assert score_correlation(np.array([0.1]), np.array([0.1])) is None
