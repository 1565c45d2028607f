"""Non-inferiority: what the interval allows to be said, against every reference on every test set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wardround.evidence.comparison import Against
from wardround.gate import judge
from wardround.gate.noninferiority import Standing, assess
from wardround.gate.specimen import ANCHOR, BASE, against, comparison, having, healthy
from wardround.project.judging import NonInferiority
from wardround.values import Verdict

RULE = "performance.non_inferiority"
PARAMS = NonInferiority()


@pytest.mark.parametrize(
    ("auroc", "standing"),
    [
        ((0.02, 0.003), Standing.SUPERIOR),
        ((0.0, 0.003), Standing.NON_INFERIOR),
        ((-0.003, 0.003), Standing.NON_INFERIOR),
        ((-0.006, 0.003), Standing.INFERIOR),
        ((-0.03, 0.003), Standing.INFERIOR),
        ((0.0, 0.0), Standing.UNCHANGED),
        # Both exact, but one is far worse: a standard error of 0 is no pass by itself.
        ((-0.3, 0.0), Standing.INFERIOR),
        ((-0.005, 0.0), Standing.NON_INFERIOR),
    ],
)
def test_standing(auroc: tuple[float, float], standing: Standing) -> None:
    assert assess(against(auroc=auroc), PARAMS).standing is standing


def test_too_few_events_are_underpowered_and_the_events_needed_are_said() -> None:
    few = against(auroc=(0.0, 0.012), size=(1500, 150))
    assessed = assess(few, PARAMS)
    assert assessed.standing is Standing.UNDERPOWERED
    # 150 events gave an error of 0.012; power 0.8 at margin 0.01 asks for 0.01 / (1.96 + 0.84).
    assert assessed.needed is not None
    assert assessed.needed >= 150 * (0.012 * 2.8016 / 0.01) ** 2 - 1
    decision = judge(having(healthy(), comparison=comparison(few, against("anchor"))))
    finding = decision.of(RULE)[0]
    assert finding.verdict is Verdict.CANNOT_TELL
    assert decision.outcome == "underpowered"
    assert {fact.name: fact.count for fact in finding.facts}["events needed"] == assessed.needed


def test_clearly_worse_is_inferior_however_few_the_events() -> None:
    assert assess(against(auroc=(-0.2, 0.05), size=(300, 40)), PARAMS).standing is Standing.INFERIOR


def test_the_margin_is_open_at_its_end() -> None:
    """The lower limit must lie above -margin; at -margin it does not."""
    exact = against(auroc=(-PARAMS.margin, 0.0))
    assert assess(exact, PARAMS).standing is Standing.INFERIOR


def test_at_exactly_the_margin_few_are_accepted() -> None:
    """One-sided 0.025: of 500 heads that are worse by just the margin, 4 to 24 are accepted (central 99.9 %)."""
    generator = np.random.default_rng(20260101)
    error = 0.0035
    accepted = sum(
        assess(against(auroc=(float(value), error)), PARAMS).standing in (Standing.NON_INFERIOR, Standing.SUPERIOR)
        for value in generator.normal(-PARAMS.margin, error, 500)
    )
    assert 4 <= accepted <= 24


def test_every_comparison_must_pass() -> None:
    worse = (-0.03, 0.003)
    for items in (
        (against(auroc=worse), against("anchor")),
        (against(), against("anchor", auroc=worse)),
        (against(), against(test_set="reference", auroc=worse), against("anchor")),
    ):
        decision = judge(having(healthy(), comparison=comparison(*items)))
        assert decision.verdict is Verdict.REFUSE
        assert decision.outcome == "inferior"


def test_superior_to_the_base_and_not_worse_than_the_anchor_is_superior() -> None:
    items = (against(auroc=(0.02, 0.003)), against("anchor", auroc=(-0.003, 0.003)))
    assert judge(having(healthy(), comparison=comparison(*items))).outcome == "superior"
    items = (against(auroc=(0.0, 0.003)), against("anchor", auroc=(0.02, 0.003)))
    assert judge(having(healthy(), comparison=comparison(*items))).outcome == "non-inferior"


def test_identical_scores_are_unchanged() -> None:
    items = (against(auroc=(0.0, 0.0), net_benefit=(0.0, 0.0)), against("anchor"))
    decision = judge(having(healthy(), comparison=comparison(*items)))
    assert decision.outcome == "unchanged"
    assert decision.verdict is Verdict.PASS


@pytest.mark.parametrize("items", [(against("base"),), (against("anchor"),)], ids=["no anchor", "no base"])
def test_a_comparison_that_is_left_out_blocks(items: tuple[Against, ...]) -> None:
    request = having(healthy(), comparison=comparison(*items))
    assert request.anchor_commit
    assert judge(request).verdict is Verdict.CANNOT_TELL


def test_without_an_approved_version_there_is_no_anchor_to_compare_with() -> None:
    request = replace(having(healthy(), comparison=comparison(against("base"))), anchor_commit="")
    assert judge(request).verdict is Verdict.PASS


def test_where_data_changed_the_base_s_own_test_set_must_be_there() -> None:
    request = replace(healthy(), own_test_set_needed=True)
    assert judge(request).verdict is Verdict.CANNOT_TELL
    both = comparison(against(), against(test_set="reference"), against("anchor"))
    assert judge(having(request, comparison=both)).verdict is Verdict.PASS


def test_what_is_not_comparable_says_why() -> None:
    broken = Against(
        reference="base", commit=BASE, test_set="head", comparable=False, reason="the base's program did not run"
    )
    decision = judge(having(healthy(), comparison=comparison(broken, against("anchor"))))
    assert decision.outcome == "not compared"
    finding = decision.of(RULE)[0]
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "did not run" in finding.summary


def test_a_comparison_with_another_commit_is_stale() -> None:
    request = replace(healthy(), base_commit=ANCHOR)
    decision = judge(request)
    assert decision.outcome == "not compared"
    assert "stale" in decision.of(RULE)[0].summary


@pytest.mark.parametrize(("correlation", "events"), [(0.8, 2700), (0.9, 1400), (0.95, 700)])
def test_the_plan_asks_for_the_published_numbers_of_events(correlation: float, events: int) -> None:
    """At prevalence .11 and margin .01 the issue's reference values, to 5 %; the observed error here is smaller."""
    few = against(auroc=(-0.02, 0.005), size=(1000, 110)).model_copy(update={"score_correlation": correlation})
    needed = assess(few, PARAMS).needed
    assert needed is not None
    assert abs(needed / events - 1) < 0.05
