"""Real data: an outage that is found in time, and much drift that is no alert."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wardround.evidence.monitor import CauseKind, Severity, Span
from wardround.evidence.profile import Profile
from wardround.monitoring.drift import DriftLook, DriftRequest, Window, look
from wardround.profile import ColumnSpec, profile_batches

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
COVID = [
    "cough",
    "fever",
    "sore_throat",
    "shortness_of_breath",
    "head_ache",
    "age_60_and_above",
    "gender",
    "test_indication",
]
CODES = ("admission_type_id", "discharge_disposition_id", "admission_source_id")


def _profile(specs: list[ColumnSpec], frame: pd.DataFrame) -> Profile:
    return profile_batches(specs, pa.Table.from_pandas(frame, preserve_index=False).to_batches())


def _span(number: int, start: dt.date) -> Span:
    first = start + dt.timedelta(days=7 * number)
    return Span(name=first.isoformat(), start=first, end=first + dt.timedelta(days=7))


@pytest.fixture(scope="module")
def covid(shared_data: Path) -> pd.DataFrame:
    frame = pd.read_parquet(shared_data / "israel_covid_tests" / "corona_tested_individuals_ver_0083.parquet")
    day = pd.to_datetime(frame["test_date"].astype(str))
    return pd.DataFrame({name: frame[name].astype(str).replace("", None) for name in COVID}).assign(day=day)


@pytest.fixture(scope="module")
def weekly(covid: pd.DataFrame):
    specs = [ColumnSpec(name, "category") for name in COVID]
    reference = _profile(specs, covid[covid["day"].between("2020-03-22", "2020-03-31")][COVID])
    spans = [_span(number, dt.date(2020, 4, 1)) for number in range(28)]
    windows = []
    for span in spans:
        part = covid[(covid["day"] >= str(span.start)) & (covid["day"] < str(span.end))]
        windows.append(Window(span, _profile(specs, part[COVID])))

    def until(day: str) -> DriftLook:
        past = [window for window in windows if window.span.end.isoformat() <= day]
        return look(DriftRequest(reference, tuple(past[-8:])))

    return until


def _alerts(found: DriftLook) -> set[tuple[str, str]]:
    return {(item.rule, item.subject) for item in found.findings if item.severity is Severity.ALERT}


def test_the_outage_of_age_and_sex_is_an_alert_and_not_other_patients(weekly) -> None:
    assert not _alerts(weekly("2020-04-15"))
    assert _alerts(weekly("2020-04-29")) == {("drift.missing", "age_60_and_above")}
    may = weekly("2020-05-20")
    assert _alerts(may) == {("drift.missing", "age_60_and_above"), ("drift.missing", "gender")}
    outages = {cause.subject for cause in may.causes if cause.kind is CauseKind.OUTAGE}
    assert outages == {"age_60_and_above", "gender"}
    assert not {"age_60_and_above", "gender"} & {c.subject for c in may.causes if c.kind is CauseKind.COVARIATE}


def test_the_outage_ends_and_september_shows_nothing_to_alarm(weekly) -> None:
    july = weekly("2020-07-22")
    assert not _alerts(july)
    assert any(item.subject == "age_60_and_above" and "ended" in item.summary for item in july.findings)
    assert not _alerts(weekly("2020-09-16"))


def test_diabetes_drifts_much_and_raises_no_alert(shared_data: Path) -> None:
    frame = pd.read_csv(shared_data / "uci_diabetes130" / "diabetic_data.csv.gz", na_values="?", low_memory=False)
    frame = frame.sort_values("encounter_id").reset_index(drop=True)
    specs = []
    for name in frame.columns.drop(["encounter_id", "patient_nbr", "readmitted"]):
        if frame[name].dtype.kind in "if" and name not in CODES:
            specs.append(ColumnSpec(name, "integer"))
        else:
            frame[name] = frame[name].astype(str).where(frame[name].notna(), None)
            specs.append(ColumnSpec(name, "category"))
    cut = int(0.6 * len(frame))
    windows = []
    for number, rows in enumerate(np.array_split(np.arange(cut, len(frame)), 16)):
        part = frame.iloc[rows]
        subjects = int(part["patient_nbr"].nunique())
        windows.append(Window(_span(number, dt.date(2005, 1, 3)), _profile(specs, part), subjects))
    for end in (4, 8, 16):
        found = look(DriftRequest(_profile(specs, frame.iloc[:cut]), tuple(windows[max(0, end - 8) : end])))
        moved = {item.subject for item in found.findings if item.severity is Severity.WARNING}
        assert {"payer_code", "medical_specialty"} <= moved
        assert not _alerts(found)
        assert {cause.kind for cause in found.causes} == {CauseKind.COVARIATE}
