"""Regions divide windows alike; concept drift is what is left after the rate was allowed for; gaps between groups."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from wardround.compare import Grouping, Scored
from wardround.evidence.measures import GroupMeasures
from wardround.evidence.monitor import Span
from wardround.monitoring.alarms import judge
from wardround.monitoring.performance import concept, fairness
from wardround.monitoring.performance.parts import Reference, parts, settings
from wardround.monitoring.performance.regions import Region, Regions
from wardround.project.monitor_outcomes import MonitorOutcomesSection
from wardround.project.params import from_mapping

PARAMS = from_mapping(
    {
        "project": {"name": "made-up"},
        "data": {"source": "files", "path": "x", "columns": {"outcome": "event"}},
        "evaluate": {"thresholds": [0.3]},
    }
)


def regions(columns, frame, p=None):
    made = Regions(tuple(columns), (0.3, 0.1))
    return made, {item.column: item for item in made.of(frame, np.full(len(frame), 0.2) if p is None else p)}


def test_quarters_are_those_of_the_first_window():
    first = pd.DataFrame({"x": np.arange(200.0)})
    made, found = regions(["x"], first)
    assert np.bincount(found["x"].codes).tolist() == [50, 50, 50, 50]
    later = {item.column: item for item in made.of(pd.DataFrame({"x": np.arange(200.0) + 100}), np.full(200, 0.2))}
    assert np.bincount(later["x"].codes, minlength=4).tolist() == [0, 0, 50, 150]


def test_missing_values_are_a_region_and_few_values_are_levels():
    frame = pd.DataFrame({"flag": [0.0, 1.0, np.nan, 1.0] * 50, "word": ["a", None, "b", "a"] * 50})
    _, found = regions(["flag", "word", "absent"], frame)
    assert np.bincount(found["flag"].codes).tolist() == [50, 100, 50]
    assert found["word"].levels == ("a", "b", "(missing)")
    assert "absent" not in found


def test_the_score_is_cut_at_thresholds():
    _, found = regions([], pd.DataFrame(index=range(4)), np.array([0.05, 0.1, 0.29, 0.3]))
    assert found["(score)"].levels == ("<0.1", "0.1-0.3", ">=0.3")
    assert found["(score)"].codes.tolist() == [0, 1, 1, 2]


@pytest.mark.parametrize(
    "values", [pd.Series([f"free text {k}" for k in range(200)]), pd.Series(pd.date_range("2026", periods=200))]
)
def test_text_and_dates_are_no_regions(values):
    assert "x" not in regions(["x"], pd.DataFrame({"x": values}))[1]


def made(seed, shift=0.0, region=0.0, n=6000, subjects=None):
    random = np.random.default_rng(seed)
    x = random.integers(0, 4, n)
    logits = random.normal(-1.5, 1.0, n)
    risk = expit(logits + shift + region * (x == 2))
    subject = np.arange(n) if subjects is None else random.integers(0, subjects, n)
    scored = Scored((random.random(n) < risk).astype(np.int8), subject, expit(logits))
    return scored, Region("x", ("0", "1", "2", "3"), x.astype(np.int16))


def looked(scored, region):
    everybody = parts(scored, settings(PARAMS))[0]
    keep = np.ones(scored.n, bool)
    return {
        item.measure: item
        for item in concept.candidates(scored, [everybody], [region], keep, concept.Against(MonitorOutcomesSection()))
    }


def test_a_changed_rate_leaves_every_region_alone():
    found = looked(*made(1, shift=1.2))
    low, high = found["odds_region"].at(3.0)
    assert low < 1 < high
    assert found["auroc_unannounced"].at(3.0)[0] < 0 < found["auroc_unannounced"].at(3.0)[1]


def test_the_region_whose_meaning_changed_is_found_beside_a_changed_rate():
    told = looked(*made(2, shift=-0.5, region=1.8))["odds_region"]
    assert told.level == "2"
    assert told.at(3.0)[0] > 1.5
    assert told.tests == 4


def test_regions_keep_their_level_when_nothing_changed():
    """The worst of four levels is beyond 1 at the Bonferroni level in about five of a hundred looks."""
    beyond = 0
    for seed in range(100):
        told = looked(*made(seed, n=3000, subjects=1500))["odds_region"]
        low, high = told.at(2.498)  # 5 % two-sided over four
        beyond += low > 1 or high < 1
    assert beyond / 100 < 0.12


def test_one_class_says_nothing():
    scored = Scored(np.zeros(100, np.int8), np.arange(100), np.full(100, 0.1))
    everybody = parts(scored, settings(PARAMS))[0]
    assert not list(
        concept.candidates(scored, [everybody], [], np.ones(100, bool), concept.Against(MonitorOutcomesSection()))
    )


def gaps(seed, gap, reference=None):
    random = np.random.default_rng(seed)
    n = 8000
    p = random.beta(1, 3, n)
    group = random.integers(0, 2, n)
    seen = np.where(group == 1, np.clip(p - gap, 0.001, 1), p)
    scored = Scored(
        (random.random(n) < p).astype(np.int8),
        np.arange(n),
        seen,
        (Grouping("sex", ("f", "m"), group.astype(np.int32)),),
    )
    measured = parts(scored, settings(PARAMS))
    (told,) = fairness.candidates(measured[1:], reference or Reference({}), PARAMS)
    return told, measured


def test_a_gap_is_held_against_the_declared_one():
    told, _ = gaps(1, 0.25)
    assert told.limits == (None, 0.15)
    assert told.estimate.value > 0.3
    assert told.note == "f over m"
    same, _ = gaps(2, 0.0)
    assert same.at(3.0)[0] < 0.15


def test_a_gap_that_was_validated_is_no_decay():
    _, measured = gaps(3, 0.25)
    groups = {
        part.name: GroupMeasures(
            column=part.column,
            level=part.level,
            n=100,
            events=50,
            subjects=100,
            measures={"sensitivity@0.3": part.estimate("sensitivity@0.3")},
        )
        for part in measured[1:]
    }
    told, _ = gaps(4, 0.25, Reference(groups))
    assert told.limits[1] > 0.3
    window = Span(name="w", start=dt.date(2026, 1, 1), end=dt.date(2026, 1, 8))
    assert not judge([told], window, 1.0, (1, 1))[0].signal.crossed
