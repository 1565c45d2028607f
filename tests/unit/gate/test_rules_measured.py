"""Every rule on measured numbers: pass, refuse and cannot tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wardround.evidence.base import Read
from wardround.evidence.lock import LockCheck
from wardround.evidence.measures import Estimate
from wardround.gate import JudgeRequest, judge
from wardround.gate.registry import RULES, by_id
from wardround.gate.specimen import (
    against,
    comparison,
    estimate,
    group,
    having,
    healthy,
    judged_by,
    metrics,
    params,
)
from wardround.values import Verdict, worst

PASS, REFUSE, CANNOT = Verdict.PASS, Verdict.REFUSE, Verdict.CANNOT_TELL
NOTHING = Estimate(value=None, note="one class only")


def verdict(rule: str, request: JudgeRequest) -> Verdict:
    one = by_id(rule)
    assert one is not None
    findings = judge(request, rules=(one,)).findings
    assert findings, f"{rule} found nothing"
    verdicts = [finding.verdict for finding in findings]
    if all(found is Verdict.NOT_APPLICABLE for found in verdicts):
        return Verdict.NOT_APPLICABLE
    return worst(verdicts)


def measured(**everybody: Estimate | None) -> JudgeRequest:
    return having(healthy(), metrics=metrics(**everybody))


def compared(*items: object) -> JudgeRequest:
    return having(healthy(), comparison=comparison(*items))


def with_groups(*changed: object) -> JudgeRequest:
    return having(healthy(), metrics=metrics(*changed))


CASES = {
    "floor reached": ("performance.floor", measured(), PASS),
    "below the floor": ("performance.floor", measured(auroc=estimate(0.59, 0.05)), REFUSE),
    "exactly the floor": ("performance.floor", measured(auroc=estimate(0.6, 0.05)), PASS),
    "no estimate": ("performance.floor", measured(auroc=NOTHING), CANNOT),
    "no AUROC at all": ("performance.floor", measured(auroc=None), CANNOT),
    "estimate without interval": ("performance.floor", measured(auroc=Estimate(value=0.8)), CANNOT),
    "interval includes chance": ("performance.floor", measured(auroc=estimate(0.65, 0.2)), CANNOT),
    "slope inside": ("calibration.slope", measured(slope=estimate(0.95, 0.1)), PASS),
    "slope inside, interval reaches out": ("calibration.slope", measured(slope=estimate(0.85, 0.1)), PASS),
    "slope far too low": ("calibration.slope", measured(slope=estimate(0.5, 0.1)), REFUSE),
    "slope far too high": ("calibration.slope", measured(slope=estimate(1.6, 0.1)), REFUSE),
    "slope outside within chance": ("calibration.slope", measured(slope=estimate(0.75, 0.1)), CANNOT),
    "slope too uncertain": ("calibration.slope", measured(slope=estimate(1.0, 0.4)), CANNOT),
    "slope undefined": ("calibration.slope", measured(slope=NOTHING), CANNOT),
    "events as predicted": ("calibration.in_the_large", measured(oe=estimate(1.0, 0.1)), PASS),
    "far fewer events": ("calibration.in_the_large", measured(oe=estimate(0.6, 0.1)), REFUSE),
    "fewer events within chance": ("calibration.in_the_large", measured(oe=estimate(0.75, 0.1)), CANNOT),
    "O/E undefined": ("calibration.in_the_large", measured(oe=NOTHING), CANNOT),
    "useful": ("utility.net_benefit", measured(), PASS),
    "harmful": ("utility.net_benefit", measured(net_benefit__=estimate(-0.02, 0.005)), REFUSE),
    "harmful within chance": ("utility.net_benefit", measured(net_benefit__=estimate(-0.004, 0.005)), CANNOT),
    "net benefit not measured": ("utility.net_benefit", measured(net_benefit__=None), CANNOT),
    "net benefit lost": ("utility.net_benefit", compared(against(net_benefit=(-0.01, 0.001))), REFUSE),
    "net benefit lost within chance": ("utility.net_benefit", compared(against(net_benefit=(-0.003, 0.002))), CANNOT),
    "net benefit too uncertain": ("utility.net_benefit", compared(against(net_benefit=(0.0, 0.02))), CANNOT),
    "net benefit lost on its own test set": (
        "utility.net_benefit",
        compared(against(), against(test_set="reference", net_benefit=(-0.01, 0.001))),
        REFUSE,
    ),
    "workload fits": ("utility.workload", measured(), PASS),
    "too many alerts": ("utility.workload", measured(alerts_per_100__=estimate(20.0, 1.0)), REFUSE),
    "too many alerts within chance": ("utility.workload", measured(alerts_per_day__=estimate(20.5, 1.0)), CANNOT),
    "alerts without days": ("utility.workload", measured(alerts_per_day__=NOTHING), CANNOT),
    "no limit of alerts": ("utility.workload", judged_by(healthy(), params(gate={})), Verdict.NOT_APPLICABLE),
    "no gap": ("fairness.gap", measured(), PASS),
    "a gap": ("fairness.gap", with_groups(group("sex", "F", (3000, 360), sensitivity__=estimate(0.2, 0.05))), REFUSE),
    "a gap within chance, mandatory groups": (
        "fairness.gap",
        with_groups(group("sex", "F", (3000, 360), sensitivity__=estimate(0.32, 0.08))),
        CANNOT,
    ),
    "mandatory group too small": ("fairness.gap", with_groups(group("sex", "F", (300, 12))), CANNOT),
    "sensitivity of a group undefined": (
        "fairness.gap",
        with_groups(group("sex", "F", (3000, 360), sensitivity__=NOTHING)),
        CANNOT,
    ),
    "no grouping declared": (
        "fairness.gap",
        judged_by(healthy(), params(evaluate={"thresholds": [0.2]})),
        Verdict.NOT_APPLICABLE,
    ),
    "no group lost": ("fairness.worst_group", compared(), PASS),
    "a group lost": ("fairness.worst_group", compared(against(groups={"sex=M": (-0.08, 0.01)})), REFUSE),
    "a group lost on the base's own test set": (
        "fairness.worst_group",
        compared(against(), against(test_set="reference", groups={"sex=M": (-0.08, 0.01)})),
        REFUSE,
    ),
    "a mandatory group lost within chance": (
        "fairness.worst_group",
        compared(against(groups={"sex=M": (-0.04, 0.01)})),
        CANNOT,
    ),
    "groups of another column do not count": (
        "fairness.worst_group",
        compared(against(groups={"site=north": (-0.08, 0.01)})),
        PASS,
    ),
    "sites work": ("sites.worst", measured(), PASS),
    "a site fails": (
        "sites.worst",
        with_groups(group("site", "south", (3000, 360), auroc=estimate(0.48, 0.03))),
        REFUSE,
    ),
    "a site fails within chance": (
        "sites.worst",
        with_groups(group("site", "south", (3000, 360), auroc=estimate(0.53, 0.06))),
        PASS,
    ),
    "a site without AUROC": ("sites.worst", with_groups(group("site", "south", (3000, 360), auroc=NOTHING)), CANNOT),
    "no site column": (
        "sites.worst",
        judged_by(healthy(), params(data={"source": "synthetic", "columns": {"outcome": "y"}})),
        Verdict.NOT_APPLICABLE,
    ),
    "lock fresh": ("lock.fresh", healthy(), PASS),
    "lock not committed": ("lock.fresh", having(healthy(), lock=LockCheck(committed=False)), REFUSE),
    "a draft": ("lock.fresh", having(healthy(), lock=LockCheck(committed=False, draft=True)), Verdict.NOT_APPLICABLE),
    "a draft of the first version": (
        "lock.fresh",
        having(healthy(), lock=LockCheck(committed=False, draft=True, first=True)),
        Verdict.NOT_APPLICABLE,
    ),
    "first without being a draft": (
        "lock.fresh",
        having(healthy(), lock=LockCheck(committed=False, first=True)),
        REFUSE,
    ),
    "lock stale": ("lock.fresh", having(healthy(), lock=LockCheck(stale=("train",))), REFUSE),
    "objects missing": (
        "lock.fresh",
        having(healthy(), lock=LockCheck(remote="storage", asked=True, missing=("models/model",))),
        REFUSE,
    ),
    "no remote": ("lock.fresh", having(healthy(), lock=LockCheck(reason="no remote is set")), CANNOT),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    rule, request, wanted = CASES[name]
    assert verdict(rule, request) is wanted


def test_a_mandatory_site_that_fails_within_chance_blocks() -> None:
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "hospital", "mandatory": ["south"]}]})
    failing = with_groups(group("site", "south", (3000, 360), auroc=estimate(0.53, 0.06)))
    assert verdict("sites.worst", judged_by(failing, own)) is CANNOT


def test_a_mandatory_site_that_is_not_in_the_evidence_blocks() -> None:
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "hospital", "mandatory": ["east"]}]})
    assert verdict("sites.worst", judged_by(healthy(), own)) is CANNOT


def test_a_group_cannot_hide_behind_the_head_s_own_minimum() -> None:
    """The head's params raised the minimum, so that its evidence calls a large group *not assessed*."""
    hidden = group("sex", "F", (3000, 360)).model_copy(update={"assessed": False, "measures": {}})
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "sex"}]})
    assert verdict("fairness.gap", judged_by(with_groups(hidden), own)) is CANNOT


GAP = group("sex", "F", (3000, 360), sensitivity__=estimate(0.2, 0.05))


@pytest.mark.parametrize(
    ("base", "anchor", "wanted"),
    [
        ((0.0, 0.0), (0.0, 0.0), PASS),  # unchanged: the base has the gap, too
        ((0.1, 0.02), (0.1, 0.02), PASS),  # narrowed
        ((-0.02, 0.02), (0.0, 0.02), PASS),  # widened by less than is tolerated
        ((-0.05, 0.02), (0.0, 0.02), CANNOT),  # widened by more, within chance, in a mandatory group
        ((-0.2, 0.02), (0.0, 0.02), REFUSE),
        ((0.0, 0.02), (-0.2, 0.02), REFUSE),  # by many small steps since the anchor
    ],
)
def test_a_gap_that_the_base_has_too_is_refused_only_if_it_widens(
    base: tuple[float, float], anchor: tuple[float, float], wanted: Verdict
) -> None:
    items = (against("base", found={"sex=F": base}), against("anchor", found={"sex=F": anchor}))
    request = having(with_groups(GAP), comparison=comparison(*items))
    assert verdict("fairness.gap", request) is wanted


def test_a_gap_of_the_first_version_or_without_a_comparison_is_judged_by_the_limit_alone() -> None:
    items = (against("base", found={"sex=F": (0.0, 0.0)}), against("anchor", found={"sex=F": (0.0, 0.0)}))
    request = having(with_groups(GAP), comparison=comparison(*items))
    assert verdict("fairness.gap", request) is PASS
    assert verdict("fairness.gap", replace(request, baseline=True)) is REFUSE
    assert verdict("fairness.gap", replace(request, comparison=Read.failed("missing"))) is REFUSE
    assert verdict("fairness.gap", having(request, comparison=comparison(items[0]))) is REFUSE


WHY = "what is measured differs between them, whatever the model"


@pytest.mark.parametrize(
    ("declared", "half", "wanted"),
    [
        ({"column": "sex", "gap": 0.4, "because": WHY}, 0.05, PASS),  # the gap is 0.3
        ({"column": "sex", "gap": 0.2, "because": WHY}, 0.02, REFUSE),  # the specimen's interval is wide on its own
        ({"column": "sex", "gap": 0.28, "because": WHY}, 0.05, CANNOT),
        ({"column": "hospital", "gap": 0.4, "because": WHY}, 0.05, REFUSE),  # another grouping's limit helps nobody
    ],
)
def test_a_grouping_may_have_a_limit_of_its_own(declared: dict[str, object], half: float, wanted: Verdict) -> None:
    own = params(
        evaluate={
            "thresholds": [0.2],
            "subgroups": [{"column": "sex", "mandatory": ["F", "M"]}, {"column": "hospital"}],
        },
        gate={"fairness": {"gaps": [declared]}},
    )
    wide = group("sex", "F", (3000, 360), sensitivity__=estimate(0.2, half))
    request = replace(judged_by(with_groups(wide), own), baseline=True)
    finding = next(item for item in judge(request).of("fairness.gap") if item.subject == "sex")
    assert finding.verdict is wanted
    mine = declared["column"] == "sex"
    assert (WHY in [fact.text for fact in finding.facts]) is mine
    assert [fact.value for fact in finding.facts if fact.name == "tolerated gap"] == [declared["gap"] if mine else 0.15]


def test_a_change_cannot_declare_its_own_gap() -> None:
    own = params(gate={"fairness": {"gaps": [{"column": "sex", "gap": 1, "because": WHY}]}})
    request = replace(with_groups(GAP), head_params=own)
    assert verdict("fairness.gap", request) is REFUSE


def test_small_optional_groups_are_printed() -> None:
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "sex"}]})
    finding = judge(judged_by(with_groups(group("sex", "F", (300, 12))), own)).of("fairness.gap")[0]
    assert finding.verdict is Verdict.NOT_APPLICABLE
    assert "sex=F" in finding.summary


def test_a_gap_between_optional_groups_within_chance_passes_and_is_printed() -> None:
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "sex"}]})
    request = with_groups(group("sex", "F", (3000, 360), sensitivity__=estimate(0.32, 0.08)))
    finding = judge(judged_by(request, own)).of("fairness.gap")[0]
    assert finding.verdict is PASS
    assert "chance" in finding.summary


def test_a_declared_grouping_that_was_not_measured_blocks() -> None:
    own = params(evaluate={"thresholds": [0.2], "subgroups": [{"column": "ethnicity"}]})
    request = judged_by(healthy(), own)
    assert verdict("fairness.gap", request) is CANNOT
    assert verdict("fairness.worst_group", request) is CANNOT


def test_net_benefit_is_held_against_alerting_everybody_where_the_outcome_is_common() -> None:
    """At prevalence 0.5 and threshold 0.2 alerting everybody has net benefit 0.375: a model with 0.3 does harm."""
    common = group("", "", (6000, 3000), net_benefit__=estimate(0.3, 0.01))
    assert verdict("utility.net_benefit", with_groups(common)) is REFUSE


def test_the_base_s_operating_threshold_counts() -> None:
    """A head that moves the threshold and no longer measures the base's cannot be judged at its own."""
    own = params(evaluate={"thresholds": [0.35], "subgroups": [{"column": "sex"}]})
    request = replace(healthy(), base_params=own)
    for rule in ("utility.net_benefit", "utility.workload", "fairness.gap"):
        assert verdict(rule, replace(request, base_params=own.model_copy(update={"gate": params().gate}))) is CANNOT


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.needs], ids=lambda rule: rule.id)
@pytest.mark.parametrize("trouble", ["missing", "malformed", "stale"])
def test_evidence_that_cannot_be_used_is_cannot_tell(rule: object, trouble: str) -> None:
    for name in rule.needs:
        request = healthy()
        if trouble == "stale":
            request = replace(request, stale={name: "its bytes are not those that dvc.lock names"})
        else:
            reason = f"{name}.json is {trouble}"
            request = replace(request, **{name: Read.failed(reason)})
        decision = judge(request)
        findings = decision.of(rule.id)
        assert [finding.verdict for finding in findings] == [CANNOT]
        assert trouble in findings[0].summary
        assert findings[0].advice
        assert decision.verdict is not PASS


def test_no_summary_holds_a_number_of_patients() -> None:
    """Numbers from patients are typed facts, never prose: disclosure control sees facts only."""
    for _, request, _ in CASES.values():
        for finding in judge(request).findings:
            words = (
                (finding.summary + finding.advice)
                .replace("gate.utility.alerts_per_100", "")
                .replace("alerts_per_100", "")
                .replace("alerts per 100", "")
                .replace("Above 1 ", "")
                .replace("Below 1 ", "")
            )
            assert not any(letter.isdigit() for letter in words), (finding.rule, words)


def test_what_blocks_says_what_to_do() -> None:
    for _, request, _ in CASES.values():
        for finding in judge(request).findings:
            assert finding.summary.endswith(".")
            assert not finding.verdict.blocks or finding.advice.endswith((".", "?")), finding


def test_sites_that_are_judged_together_are_said_to_be() -> None:
    one = by_id("sites.worst")
    assert one is not None
    found = metrics()
    groups = tuple(
        item.model_copy(update={"level": "other sites"}) if item.level == "south" else item
        for item in found.populations[0].groups
    )
    changed = found.model_copy(update={"populations": (found.populations[0].model_copy(update={"groups": groups}),)})
    (said,) = judge(having(healthy(), metrics=changed), rules=(one,)).findings
    assert "judged as one group" in said.summary


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, CANNOT),
        ({"size": (3000, 360)}, REFUSE),
        ({"oe": estimate(1.6, 0.2)}, REFUSE),
        ({"oe": NOTHING}, REFUSE),
        ({"auroc": estimate(0.6, 0.03)}, REFUSE),
        ({"auroc": None}, REFUSE),
    ],
)
def test_a_first_version_s_gap_that_risk_may_explain_is_for_its_owners(
    changed: dict[str, object], wanted: Verdict
) -> None:
    size = changed.pop("size", (3000, 120))
    low = group("sex", "F", size, sensitivity__=estimate(0.2, 0.05), **changed)  # type: ignore[arg-type]  # a test's table
    request = with_groups(low)
    assert verdict("fairness.gap", replace(request, baseline=True)) is wanted
    assert verdict("fairness.gap", replace(request, comparison=Read.failed("missing"))) is REFUSE
    declared = params(
        evaluate={"thresholds": [0.2], "subgroups": [{"column": "sex"}]},
        gate={"fairness": {"gaps": [{"column": "sex", "gap": 0.5, "because": "risk differs between them"}]}},
    )
    assert verdict("fairness.gap", replace(judged_by(request, declared), baseline=True)) is PASS


def calibration(rule: str, *changed: object, train: dict[str, object] | None = None, **everybody: Estimate) -> object:
    one = by_id(rule)
    assert one is not None
    request = having(healthy(), metrics=metrics(*changed, **everybody))
    request = replace(request, head_params=params(train=train or {}))
    (found,) = judge(request, rules=(one,)).findings
    return found


@pytest.mark.parametrize("size", [(400, 28), (400, 380)])
def test_a_slope_of_few_events_is_no_reason_to_change_the_model(size: tuple[int, int]) -> None:
    found = calibration("calibration.slope", group("", "", size, slope=estimate(0.23, 0.33)))
    assert found.verdict is CANNOT
    assert "fewer than 30" in found.summary
    assert "regularise" not in found.advice
    assert all(fact.value != 0.23 for fact in found.facts)


@pytest.mark.parametrize(
    ("value", "side", "mend"),
    [(0.5, "below", "regularise"), (1.6, "above", "learn more"), (0.75, "below", "regularise")],
)
def test_the_direction_of_a_slope_is_said(value: float, side: str, mend: str) -> None:
    found = calibration("calibration.slope", slope=estimate(value, 0.1))
    assert f"lies {side} its limits" in found.summary
    assert mend in found.advice
    other = {"regularise": "learn more", "learn more": "regularise"}[mend]
    assert other not in found.advice


def test_advice_that_the_params_follow_already_is_not_given() -> None:
    found = calibration("calibration.in_the_large", oe=estimate(0.6, 0.1))
    assert "set train.recalibration" not in found.advice
    assert "Fewer events happened" in found.advice
    assert (
        "set train.recalibration to intercept"
        in calibration("calibration.in_the_large", train={"recalibration": "none"}, oe=estimate(1.6, 0.1)).advice
    )
    assert (
        "platt"
        not in calibration("calibration.slope", train={"recalibration": "platt"}, slope=estimate(0.5, 0.1)).advice
    )
