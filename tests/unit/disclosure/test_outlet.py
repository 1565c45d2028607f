"""The one function in front of every outlet."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "attack"))

import drawn_truths as drawn

from wardround.disclosure import Inside, Why, audit, disclose, disclosed_count, outlet
from wardround.disclosure.auditing import AuditResult, Narrow
from wardround.evidence.decision import Decision, Fact, Finding
from wardround.values import Verdict


@pytest.fixture(scope="module")
def truth():
    return drawn.draw(2, n=1500, rate=0.3)


@pytest.fixture(scope="module")
def published(truth):
    facts = (
        Fact(name="events", type="count", count=40),
        Fact(name="events", type="count", count=4),
        Fact(name="events needed", type="count", count=1234),
        Fact(name="seen", type="proportion", numerator=3, denominator=500),
        Fact(name="seen", type="proportion", numerator=123, denominator=500),
        Fact(name="margin", type="margin", value=0.01),
        Fact(name="column", type="text", text="age"),
        Fact(name="AUROC", type="measure", value=0.123456, group="nobody=here"),
        Fact(name="AUROC", type="measure", value=0.123456),
        Fact(name="sensitivity", type="measure", value=0.123456),
        Fact(name="difference in AUROC", type="measure", value=0.0123456, low=-0.1, high=0.1),
        Fact(name="nothing", type="measure"),
    )
    decision = Decision(
        project="p",
        verdict=Verdict.PASS,
        outcome="superior",
        subject_digest="",
        head_commit="",
        base_commit="",
        judged_by="",
        findings=(Finding(rule="r", verdict=Verdict.PASS, summary="s", facts=facts),),
    )
    comparison = drawn.comparison(truth, ("base", "anchor"))
    return disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), comparison, decision), min_cell=11)


def walk(plain, name=""):
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from walk(value, key)
    elif isinstance(plain, list):
        for value in plain:
            yield from walk(value, name)
    else:
        yield name, plain


def test_counts_are_multiples_of_ten(published):
    def counts(plain):
        if isinstance(plain, dict):
            if set(plain) == {"value", "withheld"}:
                yield plain["value"]
            for value in plain.values():
                yield from counts(value)
        elif isinstance(plain, list):
            for value in plain:
                yield from counts(value)

    found = [count for count in counts(published.plain()) if count is not None]
    assert found
    assert all(count % 10 == 0 and count >= 10 for count in found)


def test_measures_have_no_more_decimals_than_stated(published):
    cohort = published.cohort("new_subjects")
    overall = cohort.models[0].groups[0]
    assert {quantity.decimals for quantity in overall.measures.values()} == {3}
    for group in cohort.models[0].groups[1:]:
        for quantity in group.measures.values():
            for number in (quantity.value, quantity.low, quantity.high):
                assert number is None or round(number, 2) == number


def test_measures_at_thresholds_follow_from_published_counts(published):
    """A reader recomputes sensitivity and the rest from the shown bins."""
    seen = 0
    for group in published.cohort("new_subjects").models[0].groups:
        for at in group.thresholds:
            if at.withheld:
                assert not at.measures
                continue
            seen += 1
            tp = sum(item.events for item in group.bins if item.low >= at.threshold)
            fn = sum(item.events for item in group.bins if item.low < at.threshold)
            assert (at.tp.value, at.fn.value) == (tp, fn)
            assert at.measures["sensitivity"].value == pytest.approx(tp / (tp + fn), abs=0.005)
    assert seen


def test_same_encounters_under_two_references_are_one_cohort(published):
    first, second = (published.versus(reference).cohort("new_subjects") for reference in ("base", "anchor"))
    assert first.model("head") == second.model("head")
    assert [group.n for group in first.model("base").groups] == [group.n for group in second.model("anchor").groups]


def test_own_cohort_is_not_shown_again(published):
    assert all(cohort.withheld is Why.NEARLY_SHOWN for cohort in published.cohorts)


def test_facts(published):
    shown = [str(fact) for fact in published.decision.findings[0].facts]
    everybody = published.cohort("new_subjects").models[0].groups[0]
    assert shown[:7] == [
        "40",
        Why.SMALL,
        "1,230",
        Why.SMALL,
        "0.24 (0.20 to 0.28)",
        "0.0100",
        "age",
    ]
    assert shown[7] == Why.SMALL
    assert shown[8] == str(everybody.measures["auroc"])
    assert shown[9] == str(everybody.thresholds[0].measures["sensitivity"])
    assert shown[10] == "0.012 (-0.100 to 0.100)"
    assert shown[11] == Why.UNDEFINED


def test_the_audit_agrees_with_nothing_else_in_hand(published):
    assert audit(published).safe


def test_exact_evidence_is_not_in_the_publication(truth, published):
    """No number of the publication has more than four decimals, and no exact count of a group is there."""
    for name, value in walk(json.loads(json.dumps(published.plain()))):
        if isinstance(value, float) and name not in {"low", "high", "threshold", "thresholds"}:
            assert round(value, 4) == value


def test_without_evidence_there_is_nothing():
    published = disclose(Inside())
    assert not published.cohorts
    assert not published.against


def test_small_everything_is_withheld(truth):
    published = disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth)), min_cell=2000)
    assert all(not cohort.models for item in published.against for cohort in item.cohorts)
    assert all(cohort.withheld for cohort in published.cohorts)
    numbers = [value for name, value in walk(published.plain()) if name == "value" and value is not None]
    assert numbers in ([], [0.9])  # the score correlation alone


def test_what_the_audit_refuses_is_withheld(truth, monkeypatch):
    inside = Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth))
    answers = iter(
        [
            AuditResult(1, 1, (Narrow("n of sex=s0", "", "sex", 0, 3),)),
            AuditResult(1, 1, (Narrow("n of all", "", "", 0, 3),)),
            AuditResult(1, 1, (), feasible=False),
            AuditResult(1, 1, (), feasible=False),
        ]
    )
    monkeypatch.setattr(outlet, "audit", lambda *_: next(answers, AuditResult(1, 1, (), feasible=False)))
    published = disclose(inside)
    assert all(cohort.withheld is Why.UNPROVEN for item in published.against for cohort in item.cohorts)


def test_a_lone_count():
    assert disclosed_count(1234).value == 1230
    assert disclosed_count(10).value is None


def test_disclosure_is_deterministic(truth, published):
    again = disclose(Inside(drawn.THRESHOLDS, drawn.metrics(truth), drawn.comparison(truth, ("base", "anchor"))))
    assert again.plain()["against"] == published.plain()["against"]
