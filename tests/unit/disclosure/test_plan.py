"""Every cell that a plan shows, and every difference between them, is large."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "attack"))

import drawn_truths as drawn

from wardround.disclosure.cells import Wanted, choose, contrasts, fine_cells, merged
from wardround.disclosure.cohort_cells import cohort_cells
from wardround.disclosure.plan import Planner


def planned(truth, least=11):
    edges = drawn.EDGES
    cohorts = tuple(
        cohort_cells(
            population,
            {role: drawn.measured(truth, population, role) for role in ("head", "base")},
            edges,
        )
        for population in drawn.POPULATIONS
    )
    first = tuple(edges.index(threshold) for threshold in drawn.THRESHOLDS)
    wanted = Wanted(first, tuple(i for i in range(1, len(edges) - 1) if i not in first))
    return Planner(edges, wanted, least).plan(cohorts), cohorts


@pytest.mark.parametrize("seed", range(20))
def test_shown_cells_and_their_differences_are_large(seed):
    plan, cohorts = planned(drawn.draw(seed))
    by_name = {cohort.name: cohort for cohort in cohorts}
    for column, shown in plan.columns.items():
        for name, levels in shown.items():
            cohort = by_name[name]
            for role in cohort.roles:
                for level, binning in levels.items():
                    assert merged(cohort.models[role][level], binning).min() >= 11
                    assert set(binning) <= set(plan.everybody[name])
                rest = cohort.models[role]["all"] - sum(cohort.models[role][level] for level in levels)
                declared = [g for g in cohort.groups.values() if g.column == column]
                if rest.any() or len(levels) < len(declared):
                    assert rest.sum(axis=1).min() >= 11
        if len(shown) == 2:
            new, comers = (by_name[name] for name in drawn.POPULATIONS)
            for level, binning in shown["all_comers"].items():
                returning = comers.models["head"][level] - new.models["head"][level]
                assert merged(returning, binning).min() >= 11
                assert set(binning) <= set(shown["new_subjects"][level])


def test_finer_bins_leave_at_least_two_levels_together():
    """A level that keeps coarse bins alone would be everybody minus the others."""
    finer = 0
    for seed in range(40):
        plan, cohorts = planned(drawn.draw(seed, n=3000))
        for shown in plan.columns.values():
            for name, levels in shown.items():
                cohort = next(cohort for cohort in cohorts if cohort.name == name)
                bins = {level: len(binning) for level, binning in levels.items()}
                coarse = [level for level in levels if bins[level] == min(bins.values())]
                fine = [level for level in levels if level not in coarse]
                if fine:
                    finer += 1
                    rest = cohort.models["head"]["all"] - sum(cohort.models["head"][level] for level in levels)
                    assert len(coarse) + bool(rest.any()) >= 2
                    together = cohort.models["head"]["all"] - sum(cohort.models["head"][level] for level in fine)
                    assert merged(together, levels[fine[0]]).min() >= 11
    assert finer


def test_thresholds_come_first():
    cells = np.full((1, 2, 4), 6)
    assert choose(cells, (0, 4), Wanted((3, 2), (1,)), 11) == (0, 2, 4)
    assert choose(cells, (0, 4), Wanted((1,), (2, 3)), 6) == (0, 1, 2, 3, 4)


def test_contrasts_of_four_cohorts():
    arrays = [np.full((2, 1), number) for number in (1, 10, 100, 1000)]
    values = {abs(int(array[0, 0])) for array in contrasts(arrays)}
    assert {9, 99, 999, 90, 990, 900} <= values
    # returning and left out: (everybody - new) - (compared - compared and new)
    assert {1 + 10 - 100 - 1000, 1 + 100 - 10 - 1000, 1 + 1000 - 10 - 100} <= {
        int(s * array[0, 0]) for array in contrasts(arrays) for s in (1, -1)
    }


def test_a_table_that_contradicts_its_totals_is_not_read():
    group = drawn.measured(drawn.draw(1), "all_comers", "head").groups[0]
    assert fine_cells(group, drawn.EDGES) is not None
    assert fine_cells(group.model_copy(update={"events": group.events + 1}), drawn.EDGES) is None
    assert fine_cells(group, drawn.EDGES[:-1]) is None
