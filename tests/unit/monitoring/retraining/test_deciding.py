"""What an alarm asks for: harm a fix, faults of supply an issue, drift nothing."""

import datetime as dt

import pytest

from wardround.evidence.monitor import Cause, CauseKind, MonitorEvidence, MonitorFinding, Severity, Span
from wardround.evidence.retraining import Fix
from wardround.monitoring.retraining import answer_to
from wardround.monitoring.retraining.deciding import barred, explained_by, lost_columns


def evidence(*findings, causes=()):
    return MonitorEvidence(
        project="readmission",
        stage="prod",
        versions=("v1.0.0",),
        until=dt.date(2025, 6, 1),
        windows=(Span(name="w", start=dt.date(2025, 5, 25), end=dt.date(2025, 6, 1)),),
        answers=100,
        outcomes=90,
        matured=80,
        findings=findings,
        causes=causes,
    )


def alarm(rule, severity=Severity.ALERT):
    return MonitorFinding(rule=rule, severity=severity, summary="something moved")


def fault(kind, *rules):
    return Cause(kind=kind, subject="creatinine", summary="creatinine is at fault.", rules=rules)


def test_drift_alone_asks_for_nothing():
    answer = answer_to(evidence(alarm("drift.feature"), causes=[fault(CauseKind.COVARIATE, "drift.feature")]))
    assert not answer.climbs
    assert answer.issue == ()


@pytest.mark.parametrize("rule", ["performance.decay", "calibration.decay", "workload.capacity", "fairness.decay"])
def test_harm_asks_for_a_fix_and_a_warning_does_not(rule):
    assert answer_to(evidence(alarm(rule))).climbs
    assert not answer_to(evidence(alarm(rule, Severity.WARNING))).climbs


@pytest.mark.parametrize("kind", [CauseKind.UNITS, CauseKind.CODING])
def test_a_fault_of_supply_leads_to_an_issue_and_to_no_fix(kind):
    answer = answer_to(
        evidence(alarm("calibration.decay"), alarm("drift.feature"), causes=[fault(kind, "drift.feature")])
    )
    assert [cause.kind for cause in answer.issue] == [kind]
    assert not answer.climbs
    assert "creatinine is at fault" in answer.waits


def test_a_suspicion_without_an_alarm_is_no_issue():
    answer = answer_to(evidence(alarm("calibration.decay"), causes=[fault(CauseKind.UNITS, "drift.feature")]))
    assert answer.issue == ()
    assert answer.climbs


def test_an_outage_bars_what_would_learn_it():
    answer = answer_to(
        evidence(alarm("calibration.decay"), alarm("drift.missing"), causes=[fault(CauseKind.OUTAGE, "drift.missing")])
    )
    assert answer.climbs
    assert lost_columns(answer) == ("creatinine",)
    assert set(barred(lost_columns(answer))) == {Fix.REFIT, Fix.SEARCH}
    assert barred(()) == {}


def test_the_share_of_a_miscalibration_that_an_outage_makes():
    assert explained_by(1.0, 0.5, 0.5) == pytest.approx(1)
    assert explained_by(1.0, 0.9, 0.2) < 0.1
    assert explained_by(1.0, 1.3, 0.5) == 0
    assert explained_by(1.0, 1.0, 1.0) == 0
