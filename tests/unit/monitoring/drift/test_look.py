"""Each kind of trouble is found, called by its name, and quiet windows stay quiet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from wardround.evidence.monitor import CauseKind, Severity, State
from wardround.monitoring.drift import DriftRequest, Window, look
from wardround.project.monitor_drift import MonitorDriftSection


def said(request):
    found = look(request)
    return {(item.rule, item.subject): item for item in found.findings}, {(c.kind, c.subject) for c in found.causes}


def test_nothing_happened_nothing_is_said(reference, made, tables):
    found = look(DriftRequest(reference, made()))
    assert found.findings == ()
    assert found.causes == ()
    assert {signal.window for signal in found.signals} == {tables.span(number).name for number in range(4)}
    assert not any(signal.crossed for signal in found.signals)


def test_other_patients_are_a_warning_and_no_fault(reference, made, tables):
    def older(columns, rng):
        columns["sodium"] = np.round(columns["sodium"] - 3 + rng.normal(0, 1, len(columns["sodium"])), 0)

    findings, causes = said(DriftRequest(reference, made(older)))
    assert findings["drift.feature", "sodium"].severity is Severity.WARNING
    assert findings["drift.feature", "sodium"].since == tables.span(2).name
    assert {rule for rule, _ in findings} <= {"drift.feature", "drift.range"}
    assert causes == {(CauseKind.COVARIATE, "sodium")}


@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("factor", [1 / 88.42, 1 / 10])
def test_another_unit_is_an_alert_whole_or_in_part(reference, made, share, factor, tables):
    def turned(columns, rng):
        wrong = rng.random(len(columns["creatinine"])) < share
        columns["creatinine"] = np.where(wrong, np.round(columns["creatinine"] * factor, 2), columns["creatinine"])

    found = look(DriftRequest(reference, made(turned)))
    units = next(item for item in found.findings if item.rule == "drift.units")
    assert (units.severity, units.subject, units.since) == (Severity.ALERT, "creatinine", tables.span(2).name)
    assert [(cause.kind, cause.subject) for cause in found.causes] == [(CauseKind.UNITS, "creatinine")]
    signal = next(s for s in found.signals if s.rule == "drift.units" and s.window == tables.span(3).name)
    assert signal.estimate.low <= share <= signal.estimate.high + 0.01


def test_sicker_patients_are_not_another_unit(reference, made):
    def sicker(columns, rng):
        some = rng.random(len(columns["creatinine"])) < 0.3
        columns["creatinine"] = np.where(
            some, np.round(columns["creatinine"] * rng.lognormal(0.7, 0.4, len(some))), columns["creatinine"]
        )

    findings, causes = said(DriftRequest(reference, made(sicker)))
    assert ("drift.units", "creatinine") not in findings
    assert ("drift.feature", "creatinine") in findings
    assert causes == {(CauseKind.COVARIATE, "creatinine")}


@pytest.mark.parametrize(("n", "found"), [(2000, "warning"), (150, "note"), (70, ""), (30, None)])
def test_a_level_that_vanished_is_named(reference, made, n, found):
    """One in ten encounters; at 70 it is shown and at 30 (three expected) not even that."""

    def gone(columns, rng):
        others = columns["diagnosis"] == "other"
        columns["diagnosis"] = np.where(others, rng.permutation(columns["diagnosis"]), columns["diagnosis"])
        columns["diagnosis"] = np.where(columns["diagnosis"] == "other", "copd", columns["diagnosis"])

    made_of = made(gone, n)
    made_of = made_of if n == 2000 else made_of[:3]  # in the last window alone
    seen = look(DriftRequest(reference, made_of, settings=MonitorDriftSection(rows=20)))
    signals = [item for item in seen.signals if item.measure == "level_share"]
    said = [item for item in seen.findings if item.rule == "drift.category"]
    assert {item.level for item in signals} == (set() if found is None else {"other"})
    assert [(item.severity.value, item.summary) for item in said] == (
        [(found, "other, a level of diagnosis in training, does not occur.")] if found else []
    )


def test_a_level_that_training_hardly_knew_may_stay_away(made, tables):
    columns = tables.encounters(400, seed=9)
    columns["diagnosis"] = np.where(np.arange(400) < 4, "rare", columns["diagnosis"])
    found = look(DriftRequest(tables.profile(columns), made(n=20_000)))
    assert not [item for item in found.signals if item.measure == "level_share"]


def _merged(columns, rng):
    hidden = (columns["diagnosis"] == "heart_failure") & (rng.random(len(columns["diagnosis"])) < 0.9)
    columns["diagnosis"] = np.where(hidden, "cardiac_other", columns["diagnosis"])


def _higher(columns, rng):
    columns["score"] = columns["score"] + 1


def _reversed(columns, rng):
    columns["smoker"] = ~columns["smoker"]


def _new(columns, rng):
    columns["diagnosis"] = np.where(columns["diagnosis"] == "copd", "J44", columns["diagnosis"])


@pytest.mark.parametrize(
    ("change", "column"), [(_merged, "diagnosis"), (_higher, "score"), (_reversed, "smoker"), (_new, "diagnosis")]
)
def test_codes_that_changed_are_an_alert(reference, made, change, column):
    findings, causes = said(DriftRequest(reference, made(change)))
    alerts = {key for key, item in findings.items() if item.severity is Severity.ALERT}
    assert alerts
    assert {subject for _, subject in alerts} == {column}
    assert causes == {(CauseKind.CODING, column)}


def test_an_outbreak_is_not_a_code_that_changed(reference, made):
    def outbreak(columns, rng):
        more = rng.random(len(columns["diagnosis"])) < 0.35
        columns["diagnosis"] = np.where(more, "copd", columns["diagnosis"])

    findings, causes = said(DriftRequest(reference, made(outbreak)))
    assert findings["drift.feature", "diagnosis"].severity is Severity.WARNING
    assert causes == {(CauseKind.COVARIATE, "diagnosis")}


def _missing(columns, rng):
    columns["creatinine"] = np.full(len(columns["creatinine"]), np.nan)


def _constant(columns, rng):
    columns["creatinine"] = np.where(rng.random(len(columns["creatinine"])) < 0.97, 0.0, columns["creatinine"])


@pytest.mark.parametrize("change", [_missing, _constant])
def test_an_outage_is_an_alert(reference, made, change):
    findings, causes = said(DriftRequest(reference, made(change)))
    alerts = [subject for (_, subject), item in findings.items() if item.severity is Severity.ALERT]
    assert set(alerts) == {"creatinine"}
    assert (CauseKind.OUTAGE, "creatinine") in causes


def test_more_missing_is_a_warning_and_an_outage_that_ended_a_note(reference, made, tables):
    def some(columns, rng):
        columns["sodium"] = np.where(rng.random(len(columns["sodium"])) < 0.3, np.nan, columns["sodium"])

    findings, _ = said(DriftRequest(reference, made(some)))
    assert findings["drift.missing", "sodium"].severity is Severity.WARNING
    out = made(_missing)
    findings, causes = said(DriftRequest(reference, (*out, tables.window(4, tables.encounters(2000, seed=9)))))
    assert findings["drift.missing", "creatinine"].severity is Severity.NOTE
    assert tables.span(3).name in findings["drift.missing", "creatinine"].summary
    assert not causes


def test_a_unit_that_was_corrected_is_a_note(reference, made, tables):
    def turned(columns, rng):
        columns["creatinine"] = np.round(columns["creatinine"] / 88.42, 2)

    findings, causes = said(DriftRequest(reference, (*made(turned), tables.window(4, tables.encounters(2000, seed=9)))))
    assert {key: item.severity for key, item in findings.items()} == {("drift.units", "creatinine"): Severity.NOTE}
    assert not causes


def test_one_moved_window_is_a_note_until_it_persists(reference, tables):
    windows = [tables.window(0, tables.encounters(2000, 1)), tables.window(1, tables.encounters(2000, 2, shift=0.22))]
    findings, _ = said(DriftRequest(reference, tuple(windows)))
    assert findings["drift.feature", "creatinine"].severity is Severity.NOTE
    windows.append(tables.window(2, tables.encounters(2000, 3, shift=0.22)))
    findings, _ = said(DriftRequest(reference, tuple(windows)))
    assert findings["drift.feature", "creatinine"].severity is Severity.WARNING
    assert findings["drift.feature", "creatinine"].windows == (tables.span(1).name, tables.span(2).name)


def test_an_effect_below_the_limit_never_alarms_however_many_rows(reference, tables):
    small = [tables.window(number, tables.encounters(100_000, number, shift=0.05)) for number in range(3)]
    found = look(DriftRequest(reference, tuple(small)))
    assert found.findings == ()
    psi = [s for s in found.signals if s.measure == "psi" and s.column == "creatinine"]
    assert all(s.estimate.low > 0.0 and s.estimate.high < 0.1 for s in psi)


def test_few_rows_are_said_to_be_few(reference, tables):
    found = look(
        DriftRequest(reference, (tables.window(0, tables.encounters(90)), tables.window(1, tables.encounters(120))))
    )
    few = [signal for signal in found.signals if signal.state is State.TOO_FEW]
    assert [(signal.window, signal.n, signal.minimum) for signal in few] == [(tables.span(0).name, 90, 100)]
    assert [item.rule for item in found.findings] == ["drift.power"]
    assert (
        look(DriftRequest(reference, (tables.window(0, tables.encounters(90)),))).findings[0].severity is Severity.NOTE
    )


def test_rows_of_few_subjects_are_worth_less(reference, tables):
    rows = tables.window(0, tables.encounters(2000, shift=0.2))
    sure, unsure = (
        next(
            s for s in look(DriftRequest(reference, (one,))).signals if s.measure == "psi" and s.column == "creatinine"
        )
        for one in (rows, replace(rows, subjects=200))
    )
    assert sure.estimate.low > unsure.estimate.low
    assert sure.estimate.high < unsure.estimate.high


def _sited(tables, number, columns):
    site = columns["hospital"]
    parts = {
        name: tables.profile({key: value[site == name] for key, value in columns.items()}) for name in np.unique(site)
    }
    return replace(tables.window(number, columns), sites=parts)


def test_a_new_site_and_one_that_fell_silent(reference, tables):
    windows = []
    for number in range(5):
        columns = tables.encounters(3000, seed=number + 20)
        if number == 4:
            columns["hospital"] = np.where(columns["hospital"] == "b", "d", columns["hospital"])
            columns["sodium"] = np.where(columns["hospital"] == "d", columns["sodium"] - 12, columns["sodium"])
        windows.append(_sited(tables, number, columns))
    findings, causes = said(DriftRequest(reference, tuple(windows), site="hospital"))
    assert findings["drift.site", "d"].severity is Severity.WARNING
    assert "No encounter" in findings["drift.site", "b"].summary
    assert (CauseKind.NEW_SITE, "d") in causes
    assert CauseKind.COVARIATE not in {kind for kind, _ in causes}, "sodium moved because of the new site alone"


def test_the_site_that_moved_is_named(reference, tables):
    windows = []
    for number in range(6):
        columns = tables.encounters(3000, seed=number + 40)
        if number >= 4:
            at = columns["hospital"] == "c"
            columns["creatinine"] = np.where(at, np.round(columns["creatinine"] / 88.42, 2), columns["creatinine"])
            columns["sodium"] = np.where(columns["hospital"] == "a", columns["sodium"] - 6, columns["sodium"])
        windows.append(_sited(tables, number, columns))
    findings, causes = said(DriftRequest(reference, tuple(windows), site="hospital"))
    assert findings["drift.units", "creatinine at c"].severity is Severity.ALERT
    assert findings["drift.site", "sodium at a"].severity is Severity.WARNING
    assert not [subject for _, subject in findings if subject.endswith(" at b")]
    assert (CauseKind.UNITS, "creatinine at c") in causes


@pytest.mark.slow
def test_inputs_that_moved_only_together(tables):
    def table(n, seed, sign):
        rng = np.random.default_rng(seed)
        first = rng.normal(size=n)
        second = sign * 0.9 * first + np.sqrt(1 - 0.81) * rng.normal(size=n)
        return {"creatinine": first, "sodium": second, "subject": np.array([f"{seed}-{k // 2}" for k in range(n)])}

    def numbers(columns):
        return tables.profile({key: value for key, value in columns.items() if key != "subject"})

    before, same, other = table(1500, 1, 1), table(1500, 2, 1), table(1500, 3, -1)
    settings = MonitorDriftSection(sample=1500)
    for columns, wanted in ((same, False), (other, True)):
        windows = tuple(Window(tables.span(k), numbers(columns), sample=pa.table(columns)) for k in range(2))
        found = look(
            DriftRequest(
                numbers(before),
                windows,
                settings,
                columns=("creatinine", "sodium"),
                reference_sample=pa.table(before),
                subject="subject",
            )
        )
        assert {item.rule for item in found.findings} == ({"drift.multivariate"} if wanted else set())


def test_a_reference_without_rows_is_an_error(made, tables):
    with pytest.raises(ValueError, match="no rows"):
        look(DriftRequest(tables.profile(tables.encounters(0)), made()))


def test_limits_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="k is at most n"):
        MonitorDriftSection(persistence=(4, 3))
    with pytest.raises(ValueError, match="at least psi"):
        MonitorDriftSection(psi=0.3)
