import numpy as np
import pytest
from simulated_scores import THRESHOLDS, simulate

from wardround.compare import (
    Grouping,
    MeasureSettings,
    Scored,
    compare_population,
    family,
    non_inferiority,
    score_edges,
)
from wardround.stats.noninferiority import Conclusion, Trial


@pytest.fixture(scope="module")
def population():
    data = simulate(6000)
    codes = np.random.default_rng(0).integers(0, 4, 6000).astype(np.int32)
    small = np.where(np.arange(6000) < 10, 0, 1).astype(np.int32)
    groups = (Grouping("ward", ("a", "b", "c", "d"), codes), Grouping("site", ("x", "y"), small))
    settings = MeasureSettings(THRESHOLDS, score_edges(THRESHOLDS), interval="influence")
    return compare_population("p", Scored(data.outcome, data.subject, data.head, groups), data.reference, settings)


def test_a_family_is_all_assessed_groups_without_everybody(population):
    assert [each.group for each in family(population, "auroc", "ward")] == [f"ward={x}" for x in "abcd"]
    assert [each.group for each in family(population, "auroc")] == [*(f"ward={x}" for x in "abcd"), "site=y"]
    assert family(population, "nothing") == ()


def test_limits_are_wider_than_those_of_one_group_alone(population):
    for each in family(population, "auroc", "ward"):
        alone = population.group(each.group).of("auroc").difference
        assert each.low < alone.low < alone.high < each.high


def test_where_down_is_better_the_difference_is_turned(population):
    group = population.group("all")
    brier = group.of("brier")
    result = non_inferiority(brier, group.events, Trial(0.01))
    assert brier.difference.value < 0
    assert result.conclusion is Conclusion.SUPERIOR
    assert result.low == pytest.approx(-brier.difference.high, abs=1e-12)
    assert non_inferiority(group.of("slope"), group.events, Trial(0.01)) is None
    assert non_inferiority(group.of("alerts_per_day@0.2"), group.events, Trial(0.01)) is None
