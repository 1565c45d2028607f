"""Rules about data, features and split: pass, refuse and cannot tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wardround.evidence.base import Read
from wardround.evidence.features import Leak
from wardround.evidence.profile import Profile
from wardround.evidence.split import SplitFacts
from wardround.gate import JudgeRequest, judge
from wardround.gate.specimen import features, having, healthy, judged_by, params, profile, split, training, validation
from wardround.values import Verdict, worst

PASS, REFUSE, CANNOT = Verdict.PASS, Verdict.REFUSE, Verdict.CANNOT_TELL
FUTURE = Leak(feature="next_stay", how="future_truncated", changed=190, compared=600)
OTHERS = Leak(feature="ward_rate", how="others", changed=190, compared=600)
TOLERANT = params(contract={"tolerance": {"range.creatinine": 0.4}})


def verdict(rule: str, request: JudgeRequest) -> Verdict:
    return worst([finding.verdict for finding in judge(request).of(rule)])


def with_validation(*failing: tuple[str, str, float]) -> JudgeRequest:
    return having(healthy(), validation=validation(*failing))


UNTOLD = validation().model_copy(
    update={
        "checks": (validation().checks[0].model_copy(update={"failures": None, "share": None, "reason": "no time"}),)
    }
)

#: As many encounters again, whose outcome is not known yet: they are in no split, and no reason to think that outcomes became rare.
LATE = split().model_copy(
    update={
        "splits": (*split().splits, SplitFacts(split="dropped", n=sum(part.n for part in split().splits), events=0, subjects=9)),
        "unlabelled": sum(part.n for part in split().splits),
    }
)  # fmt: skip

CASES = {
    "contract kept": ("data.contract", healthy(), PASS),
    "contract violated": ("data.contract", with_validation(("range", "creatinine", 0.3)), REFUSE),
    "tolerated by the base": (
        "data.contract",
        judged_by(with_validation(("range", "creatinine", 0.3)), TOLERANT),
        PASS,
    ),
    "tolerated by the head only": (
        "data.contract",
        replace(with_validation(("range", "creatinine", 0.3)), head_params=TOLERANT),
        REFUSE,
    ),
    "a check could not be told": ("data.contract", having(healthy(), validation=UNTOLD), CANNOT),
    "nothing was checked": (
        "data.contract",
        having(healthy(), validation=validation().model_copy(update={"checks": ()})),
        CANNOT,
    ),
    "no rows": ("data.contract", having(healthy(), validation=validation().model_copy(update={"rows": 0})), CANNOT),
    "outcome rate within the base's limits": (
        "data.contract",
        replace(healthy(), head_params=params(contract={"outcome_rate": [0.0, 1.0]})),
        PASS,
    ),
    "outcome rate outside the base's limits": (
        "data.contract",
        replace(healthy(), base_params=params(contract={"outcome_rate": [0.3, 0.9]})),
        REFUSE,
    ),
    "outcome rate under the base's limits not known": (
        "data.contract",
        replace(healthy(), base_params=params(contract={"outcome_rate": [0.3, 0.9]}), split=Read.failed("missing")),
        CANNOT,
    ),
    "the outcome rate is of the known outcomes": (
        "data.contract",
        replace(having(healthy(), split=LATE), base_params=params(contract={"outcome_rate": [0.1, 0.9]})),
        PASS,
    ),
    "no outcome is known": (
        "data.contract",
        replace(
            having(healthy(), split=LATE.model_copy(update={"unlabelled": 10**9})),
            base_params=params(contract={"outcome_rate": [0.1, 0.9]}),
        ),
        CANNOT,
    ),
    "no leak": ("data.leakage", healthy(), PASS),
    "a feature of the future": ("data.leakage", having(healthy(), features=features(FUTURE)), REFUSE),
    "a feature of other subjects": ("data.leakage", having(healthy(), features=features(OTHERS)), REFUSE),
    "the outcome in disguise": ("data.leakage", having(healthy(), training=training(0.97)), REFUSE),
    "exactly the limit": ("data.leakage", having(healthy(), training=training(0.95)), PASS),
    "nobody was probed": ("data.leakage", having(healthy(), features=features(probed=0)), CANNOT),
    "the base switched the probe off": (
        "data.leakage",
        judged_by(having(healthy(), features=features(probed=0)), params(features={"probe_subjects": 0})),
        PASS,
    ),
    "the head switched the probe off": (
        "data.leakage",
        replace(having(healthy(), features=features(probed=0)), head_params=params(features={"probe_subjects": 0})),
        CANNOT,
    ),
    "a feature was not measured alone": (
        "data.leakage",
        having(healthy(), training=training().model_copy(update={"single_features": training().single_features[:1]})),
        CANNOT,
    ),
    "no shift": ("data.shift", healthy(), PASS),
    "other values": ("data.shift", having(healthy(), profile=profile(women=0.85)), REFUSE),
    "other values within the limit": ("data.shift", having(healthy(), profile=profile(women=0.6)), PASS),
    "more missing values": ("data.shift", having(healthy(), profile=profile(missing=0.2)), REFUSE),
    "fewer missing values": ("data.shift", having(healthy(), base_profile=profile(missing=0.2)), REFUSE),
    "too few rows to tell": ("data.shift", having(healthy(), profile=profile(6), base_profile=profile(6)), CANNOT),
    "no rows to compare": ("data.shift", having(healthy(), profile=profile(0)), CANNOT),
    "nothing profiled": (
        "data.shift",
        having(healthy(), profile=Profile(rows=9, columns=()), base_profile=Profile(rows=9, columns=())),
        CANNOT,
    ),
    "no profile of the base": ("data.shift", replace(healthy(), base_profile=Read.failed("missing")), CANNOT),
    "the limits of the head do not count": (
        "data.shift",
        replace(having(healthy(), profile=profile(women=0.85)), head_params=params(gate={"shift": {"psi": 10}})),
        REFUSE,
    ),
    "no overlap": ("split.subject_overlap", healthy(), PASS),
    "one subject in two parts": ("split.subject_overlap", having(healthy(), split=split(overlap=1)), REFUSE),
    "no test encounters": ("split.subject_overlap", having(healthy(), split=split(test=0)), CANNOT),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(name: str) -> None:
    rule, request, wanted = CASES[name]
    assert verdict(rule, request) is wanted


def test_a_column_that_is_gone_is_printed_and_left_to_the_contract() -> None:
    fewer = profile().model_copy(update={"columns": profile().columns[:1]})
    finding = judge(having(healthy(), profile=fewer)).of("data.shift")[0]
    assert finding.verdict is PASS
    assert "creatinine: the column is gone" in finding.summary


def test_failing_checks_are_named_and_counted_as_shares_that_disclosure_may_suppress() -> None:
    finding = judge(with_validation(("range", "creatinine", 0.3), ("nullable", "sex", 0.01))).of("data.contract")[0]
    assert "range.creatinine" in finding.summary
    assert "nullable.sex" in finding.summary
    shares = {fact.name: (fact.numerator, fact.denominator) for fact in finding.facts if fact.type == "proportion"}
    assert shares["range.creatinine"] == (9000, 30_000)


def test_a_feature_that_knows_the_future_is_named() -> None:
    finding = judge(having(healthy(), features=features(FUTURE, OTHERS))).of("data.leakage")[0]
    assert "next_stay" in finding.summary


def test_what_blocks_says_what_to_do_without_numbers_of_patients() -> None:
    for _, request, _ in CASES.values():
        for finding in judge(request).findings:
            assert finding.summary.endswith(".")
            assert not finding.verdict.blocks or finding.advice.endswith((".", "?"))
            if finding.rule.startswith(("data.", "split.")):
                assert not any(letter.isdigit() for letter in finding.summary)
