"""From a real log and from the rows of a snapshot to windows and a reference."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from wardround.contract import Contract, ContractColumn, Kind
from wardround.evidence.monitor import Severity
from wardround.monitoring.drift import DriftRequest, look
from wardround.monitoring.drift.served import ServedRequest, TrainedRequest, inputs, served, trained
from wardround.monitoring.predictions import Answer, Header, LogRequest, PredictionLog
from wardround.monitoring.predictions.line import logged
from wardround.project.sections import Columns

CONTRACT = Contract(
    "encounters",
    (
        ContractColumn("encounter_id", Kind.TEXT),
        ContractColumn("subject_id", Kind.TEXT),
        ContractColumn("hospital", Kind.CATEGORY, categories=("a", "b")),
        ContractColumn("admitted_at", Kind.DATETIME),
        ContractColumn("age", Kind.INTEGER, low=18, high=110),
        ContractColumn("creatinine", Kind.FLOAT, nullable=True, low=15, high=2000),
        ContractColumn("died", Kind.INTEGER, known_at="outcome"),
        ContractColumn("readmitted", Kind.INTEGER, known_at="outcome"),
    ),
)
COLUMNS = Columns(
    encounter="encounter_id", subject="subject_id", time="admitted_at", site="hospital", outcome="readmitted"
)


def _values(rng, n, factor=1.0):
    return {
        "hospital": rng.choice(["a", "b"], n),
        "age": np.clip(np.round(rng.normal(65, 15, n)), 18, 110).astype(np.int64),
        "creatinine": np.round(rng.lognormal(4.4, 0.3, n) * factor, 2),
    }


@pytest.fixture
def log(tmp_path, tables):
    """Two weeks of 150 answers, the second with creatinine in mg/dL; and answers of another stage, and probes."""
    rng = np.random.default_rng(1)
    url, wal = str(tmp_path / "log"), tmp_path / "wal"
    number = 0
    for stage in ("prod", "staging"):
        header = Header("m@v1.0.0", "sha256:c", stage, (0.2,), logged(CONTRACT.columns, ("encounter_id", "subject_id")))
        written = PredictionLog(LogRequest(wal, url, header))
        for week in range(2):
            values = _values(rng, 150, 1 / 88.42 if week else 1.0)
            begin = dt.datetime.combine(tables.span(week).start, dt.time(), dt.UTC)
            answers = []
            for k in range(150):
                number += 1
                when = begin + dt.timedelta(hours=k)
                row = {name: column[k].item() for name, column in values.items()}
                made = Answer(
                    f"{number:032x}",
                    int(when.timestamp() * 1e6),
                    "predict",
                    k >= 145,
                    f"s{k // 2}",
                    f"e{number}",
                    0,
                    0.1,
                    False,
                    [],
                    {**row, "admitted_at": int(when.timestamp() * 1e6), "died": None, "readmitted": None},
                )
                answers.append(made)
            written.append(answers)
        written.close()
    return {
        "url": url,
        "wal": wal,
        "stage": "prod",
        "contract": CONTRACT,
        "columns": COLUMNS,
    }  # a busy machine compacts later


def test_the_inputs_are_what_the_service_is_asked_with():
    assert inputs(CONTRACT, COLUMNS) == ("hospital", "age", "creatinine")


def test_windows_of_the_log_against_the_snapshot(log, tables):
    rng = np.random.default_rng(2)
    rows = pa.table({**_values(rng, 4000), "subject_id": [f"p{k}" for k in range(4000)]})
    training = trained(TrainedRequest(CONTRACT, COLUMNS, sample=200), rows.to_batches(max_chunksize=900))
    assert training.profile.rows == 4000
    assert {name: part.rows for name, part in training.sites.items()}.keys() == {"a", "b"}
    assert training.sample.num_rows == 200
    spans = (tables.span(0), tables.span(1))
    windows = served(ServedRequest(spans=spans, until=spans[1].end, sample=50, **log))
    assert [window.profile.rows for window in windows] == [145, 145]
    assert [window.subjects for window in windows] == [73, 73]
    assert sum(part.rows for part in windows[0].sites.values()) == 145
    assert windows[0].sample.num_rows == 50
    found = look(
        DriftRequest(
            training.profile,
            tuple(windows),
            contract=CONTRACT,
            site="hospital",
            subject="subject",
        )
    )
    assert [item.rule for item in found.findings] == ["drift.power"], "73 subjects are fewer than 100"
    alone = tuple(window.__class__(window.span, window.profile) for window in windows)
    found = look(DriftRequest(training.profile, alone, contract=CONTRACT, site="hospital"))
    alerts = {(item.rule, item.subject) for item in found.findings if item.severity is Severity.ALERT}
    assert alerts == {("drift.units", "creatinine"), ("drift.contract", "creatinine")}
    assert [cause.rules for cause in found.causes] == [("drift.units", "drift.contract")]


def test_the_day_of_the_look_is_the_last(log, tables):
    spans = (tables.span(0), tables.span(1))
    until = spans[0].start + dt.timedelta(days=2)
    windows = served(ServedRequest(spans=spans, until=until, **log))
    assert [window.profile.rows for window in windows] == [48, 0]


def test_an_encounter_that_is_asked_again_counts_once(log, tables):
    """Asked again on the day after with another age, a minute later, and in the week after."""
    spans = (tables.span(0), tables.span(1))
    before = served(ServedRequest(spans=spans, until=spans[1].end, **log))
    header = Header("m@v1.0.1", "sha256:c", "prod", (0.2,), logged(CONTRACT.columns, ("encounter_id", "subject_id")))
    written = PredictionLog(LogRequest(log["wal"], log["url"], header))
    begin = dt.datetime.combine(spans[0].start, dt.time(), dt.UTC)
    for number, later in ((1, 24), (1, 0), (100, 24 * 7)):
        when = int((begin + dt.timedelta(hours=later, minutes=1)).timestamp() * 1e6)
        values = {
            "hospital": "a",
            "age": 110,
            "creatinine": 80.0,
            "admitted_at": when,
            "died": None,
            "readmitted": None,
        }
        written.append([Answer(f"f{later:031x}", when, "predict", False, "s", f"e{number}", 0, 0.1, False, [], values)])
    written.close()
    after = served(ServedRequest(spans=spans, until=spans[1].end, **log))
    assert [window.profile for window in after] == [window.profile for window in before]


def test_who_is_not_eligible_is_not_in_the_reference():
    rows = pa.table(_values(np.random.default_rng(2), 1000))
    training = trained(TrainedRequest(CONTRACT, COLUMNS, exclude={"hospital": ("b",)}), rows.to_batches())
    assert training.profile.column("hospital").levels.counts == {"a": rows.column("hospital").to_pylist().count("a")}
