"""Gates are monotone: what gets worse never passes more easily, and silence never passes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.evidence.base import Read
from wardround.evidence.measures import Estimate
from wardround.gate import JudgeRequest, judge
from wardround.gate.facts import Interval
from wardround.gate.family import Test, shown
from wardround.gate.limits import at_least, at_most, between
from wardround.gate.registry import by_id
from wardround.gate.request import EVIDENCE
from wardround.gate.specimen import against, comparison, group, having, healthy, metrics
from wardround.values import Verdict, worst

number = st.floats(-2, 3, allow_nan=False)
width = st.floats(0, 2, allow_nan=False)
worsening = st.floats(0, 2, allow_nan=False)
quick = settings(max_examples=60, deadline=None)


def interval(value: float, below: float, above: float) -> Interval:
    return Interval(value, value - below, value + above)


def moved(limits: Interval, by: float) -> Interval:
    return Interval(limits.value + by, limits.low + by, limits.high + by)


def widened(limits: Interval, by: float) -> Interval:
    return Interval(limits.value, limits.low - by, limits.high + by)


@quick
@given(number, width, width, worsening, st.floats(-1, 1))
def test_lower_never_passes_more_easily(value: float, below: float, above: float, by: float, least: float) -> None:
    before = at_least(interval(value, below, above), least, least - 1)
    after = at_least(moved(interval(value, below, above), -by), least, least - 1)
    assert before is Verdict.PASS or after is not Verdict.PASS
    assert before is not Verdict.REFUSE or after is Verdict.REFUSE


@quick
@given(number, width, width, worsening, st.floats(-1, 1))
def test_higher_never_passes_a_limit_above(value: float, below: float, above: float, by: float, most: float) -> None:
    before = at_most(interval(value, below, above), most)
    after = at_most(moved(interval(value, below, above), by), most)
    assert before is Verdict.PASS or after is not Verdict.PASS
    assert before is not Verdict.REFUSE or after is Verdict.REFUSE


@quick
@given(number, width, width, worsening, st.sampled_from([-1, 1]))
def test_away_from_the_target_never_passes_more_easily(
    value: float, below: float, above: float, by: float, side: int
) -> None:
    start = interval(value, below, above)
    if (value - 1) * side < 0:
        return
    before, after = between(start, 0.8, 1.25), between(moved(start, side * by), 0.8, 1.25)
    assert before is Verdict.PASS or after is not Verdict.PASS


@quick
@given(number, width, width, worsening)
def test_less_certainty_never_turns_into_a_pass(value: float, below: float, above: float, by: float) -> None:
    start = interval(value, below, above)
    for judged in (
        lambda limits: between(limits, 0.8, 1.25),
        lambda limits: at_least(limits, 0.1, -0.3),
        lambda limits: at_most(limits, 0.1),
    ):
        assert judged(start) is Verdict.PASS or judged(widened(start, by)) is not Verdict.PASS


tests_of_groups = st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(0, 0.2)), min_size=1, max_size=8)


def made(pairs: list[tuple[float, float]]) -> list[Test]:
    return [Test(str(index), "x", False, excess, error) for index, (excess, error) in enumerate(pairs)]


@quick
@given(tests_of_groups, st.data(), worsening)
def test_a_worse_group_never_frees_any(pairs: list[tuple[float, float]], data: st.DataObject, by: float) -> None:
    before = shown(made(pairs))
    index = data.draw(st.integers(0, len(pairs) - 1))
    worse = [*pairs]
    worse[index] = (worse[index][0] + by, worse[index][1])
    after = shown(made(worse))
    assert all(later or not earlier for earlier, later in zip(before, after, strict=True))


@quick
@given(tests_of_groups)
def test_holm_agrees_with_statsmodels(pairs: list[tuple[float, float]]) -> None:
    import numpy as np
    from statsmodels.stats.multitest import multipletests

    tests = [test for test in made(pairs) if not 0.4999 < test.p < 0.5001]
    if tests:
        expected = multipletests(np.array([test.p for test in tests]), alpha=0.025, method="holm")[0]
        assert shown(tests) == list(expected)


def verdict(rule: str, request: JudgeRequest) -> Verdict:
    one = by_id(rule)
    assert one is not None
    return worst([finding.verdict for finding in judge(request, rules=(one,)).findings])


DOWN = {"performance.floor": "auroc", "utility.net_benefit": "net_benefit__"}
UP = {"utility.workload": "alerts_per_100__"}


@quick
@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 0.5), st.sampled_from(sorted(DOWN)))
def test_a_worse_model_never_turns_a_block_into_a_pass(value: float, half: float, by: float, rule: str) -> None:
    def judged(centre: float) -> Verdict:
        estimate = Estimate(value=centre, low=centre - half, high=centre + half)
        return verdict(rule, having(healthy(), metrics=metrics(**{DOWN[rule]: estimate})))

    assert not judged(value).blocks or judged(value - by).blocks


@quick
@given(st.floats(0, 30), st.floats(0, 5), st.floats(0, 10))
def test_more_alerts_never_turn_a_block_into_a_pass(value: float, half: float, by: float) -> None:
    def judged(centre: float) -> Verdict:
        estimate = Estimate(value=centre, low=centre - half, high=centre + half)
        return verdict("utility.workload", having(healthy(), metrics=metrics(alerts_per_100__=estimate)))

    assert not judged(value).blocks or judged(value + by).blocks


@quick
@given(st.floats(-0.1, 0.1), st.floats(0, 0.05), st.floats(0, 0.1), st.sampled_from(["base", "anchor"]))
def test_a_greater_loss_is_never_accepted_more_easily(value: float, error: float, by: float, reference: str) -> None:
    def judged(difference: float) -> Verdict:
        items = [
            against(name, auroc=(difference, error) if name == reference else (0.0, 0.001))
            for name in ("base", "anchor")
        ]
        return verdict("performance.non_inferiority", having(healthy(), comparison=comparison(*items)))

    assert not judged(value).blocks or judged(value - by).blocks
    assert judged(value) is not Verdict.REFUSE or judged(value - by) is Verdict.REFUSE


@quick
@given(st.floats(-0.2, 0.1), st.floats(0, 0.05), st.floats(0, 0.2))
def test_a_worse_group_is_never_accepted_more_easily(value: float, error: float, by: float) -> None:
    def judged(loss: float) -> Verdict:
        items = (against(groups={"sex=M": (loss, error)}), against("anchor"))
        return verdict("fairness.worst_group", having(healthy(), comparison=comparison(*items)))

    assert not judged(value).blocks or judged(value - by).blocks


@quick
@given(st.floats(0.4, 0.9), st.floats(0, 0.2), st.floats(0, 0.3))
def test_a_worse_site_is_never_accepted_more_easily(value: float, half: float, by: float) -> None:
    def judged(auroc: float) -> Verdict:
        estimate = Estimate(value=auroc, low=auroc - half, high=auroc + half)
        site = group("site", "south", (3000, 360), auroc=estimate)
        return verdict("sites.worst", having(healthy(), metrics=metrics(site)))

    assert not judged(value).blocks or judged(value - by).blocks


@quick
@given(st.floats(0, 0.5), st.floats(0, 0.2), st.floats(0, 0.5))
def test_a_wider_gap_is_never_accepted_more_easily(value: float, half: float, by: float) -> None:
    """The gap widens when the worse group gets worse. (That it narrows when the better one does is why it is not alone.)"""

    def judged(sensitivity: float) -> Verdict:
        estimate = Estimate(value=sensitivity, low=sensitivity - half, high=sensitivity + half)
        worse = group("sex", "F", (3000, 360), sensitivity__=estimate)
        return verdict("fairness.gap", having(healthy(), metrics=metrics(worse)))

    assert not judged(value).blocks or judged(value - by).blocks


@quick
@given(st.sets(st.sampled_from(EVIDENCE), min_size=1), st.booleans(), number, width)
def test_silence_never_passes(missing: set[str], stale: bool, value: float, half: float) -> None:
    """Whatever else the evidence says, taking some of it away never turns a decision that blocks into one that passes."""
    auroc = Estimate(value=value, low=value - half, high=value + half)
    full = having(healthy(), metrics=metrics(auroc=auroc))
    if stale:
        poorer = replace(full, stale=dict.fromkeys(missing, "its bytes are not those that dvc.lock names"))
    else:
        poorer = replace(full, **{name: Read.failed(f"{name}.json is missing") for name in missing})
    before, after = judge(full), judge(poorer)
    assert not before.verdict.blocks or after.verdict.blocks
    for one in {finding.rule for finding in before.findings}:
        was = [finding.verdict for finding in before.of(one)]
        now = [finding.verdict for finding in after.of(one)]
        assert not any(item.blocks for item in was) or any(item.blocks for item in now)
