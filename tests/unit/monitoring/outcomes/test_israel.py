"""September 2020 in Israel: the inputs hardly move, their meaning does. Only outcomes show it, and the estimate without them is blind."""

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from sklearn.ensemble import HistGradientBoostingClassifier

from wardround.compare import Scored, measure_population
from wardround.evidence.measures import Metrics
from wardround.evidence.monitor import CauseKind, Severity, Span, State
from wardround.monitoring.outcomes import OutcomeRequest, look
from wardround.monitoring.performance.parts import settings
from wardround.monitoring.predictions import keyed
from wardround.project.params import from_mapping

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
KEY = b"0123456789abcdef0123456789abcdef"
INPUTS = (
    "cough",
    "fever",
    "sore_throat",
    "shortness_of_breath",
    "head_ache",
    "age_60_and_above",
    "gender",
    "test_indication",
)
FITTED, VALIDATED, FIRST, WEEKS = dt.date(2020, 8, 5), dt.date(2020, 8, 19), dt.date(2020, 8, 26), 5
PARAMS = from_mapping(
    {
        "project": {"name": "covid-test"},
        "data": {
            "source": "files",
            "path": "tests.parquet",
            "columns": {"encounter": "test", "outcome": "result"},
            "positive": "positive",
        },
        "evaluate": {"thresholds": [0.2]},
        "monitor": {"outcome": {"maturity_days": 0, "recorded": "recorded"}},
    }
)


def design(frame):
    return pd.get_dummies(frame[list(INPUTS)].astype("string"), dtype=float)


def between(tests, first, last):
    return tests[(tests["day"] >= pd.Timestamp(first)) & (tests["day"] < pd.Timestamp(last))]


@pytest.fixture(scope="module")
def found(shared_data, tmp_path_factory):
    place = tmp_path_factory.mktemp("israel")
    tests = pd.read_parquet(shared_data / "israel_covid_tests" / "corona_tested_individuals_ver_0083.parquet")
    tests["day"] = pd.to_datetime(tests["test_date"].astype(str))
    tests = tests[tests["corona_result"].isin(["positive", "negative"])]
    tests = between(tests, FITTED, FIRST + dt.timedelta(days=7 * WEEKS)).reset_index(drop=True)
    columns = design(tests)
    tests["positive"] = tests["corona_result"].astype(str) == "positive"
    fitted = between(tests, FITTED, VALIDATED).index
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(
        columns.loc[fitted], tests.loc[fitted, "positive"]
    )
    tests["probability"] = model.predict_proba(columns)[:, 1]
    validated = between(tests, VALIDATED, FIRST)
    scored = Scored(
        validated["positive"].to_numpy().astype(np.int8),
        np.arange(len(validated)),
        validated["probability"].to_numpy(),
        days=7.0,
    )
    metrics = Metrics(thresholds=(0.2,), populations=(measure_population("all_comers", scored, settings(PARAMS)),))
    write(tests[tests["day"] >= pd.Timestamp(FIRST)], place)
    spans = tuple(
        Span(
            name=(FIRST + dt.timedelta(days=7 * k)).isoformat(),
            start=FIRST + dt.timedelta(days=7 * k),
            end=FIRST + dt.timedelta(days=7 * k + 7),
        )
        for k in range(WEEKS)
    )
    request = OutcomeRequest(
        params=PARAMS,
        log=str(place / "log"),
        outcomes=str(place / "outcomes"),
        windows=spans,
        until=spans[-1].end,
        key=KEY,
        reference=metrics,
        inputs=INPUTS,
    )
    return look(request), request


def write(tests, place):
    """Log and outcomes, a file a day."""
    (place / "outcomes").mkdir(parents=True)
    for day, rows in tests.groupby("day"):
        n = len(rows)
        names = [str(name) for name in rows.index]
        moment = np.linspace(0, 86_399_000_000, n).astype(np.int64) + day.value // 1000
        table = {
            "id": [f"{int(name):032x}" for name in names],
            "answered_at": pa.array(moment, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "asked": ["predict"] * n,
            "probe": [False] * n,
            "subject": pa.nulls(n, pa.string()),
            "encounter": [keyed(KEY, "encounter", name) for name in names],
            "probability": rows["probability"].to_numpy(),
            "alert": rows["probability"].to_numpy() >= 0.2,
            "earlier": [0] * n,
            "warnings": pa.array([[]] * n, pa.list_(pa.string())),
            "model_version": ["v1.0.0"] * n,
            "contract_version": ["c"] * n,
            "thresholds": pa.array([[0.2]] * n, pa.list_(pa.float64())),
            "stage": ["prod"] * n,
            **{f"inputs.{name}": [value or None for value in rows[name].astype(str)] for name in INPUTS},
        }
        into = place / "log" / f"date={day.date().isoformat()}"
        into.mkdir(parents=True)
        parquet.write_table(pa.table(table), into / "part.parquet")
        outcomes = {
            "test": names,
            "result": rows["corona_result"].astype(str).to_numpy(),
            "recorded": table["answered_at"],
        }
        parquet.write_table(pa.table(outcomes), place / "outcomes" / f"{day.date().isoformat()}.parquet")


def series(told, measure):
    return {item.window: item for item in told.signals if item.measure == measure and not item.column}


def test_every_test_is_joined(found):
    told, _ = found
    assert told.answers == told.outcomes == told.matured > 500_000


def test_the_estimate_is_blind_by_a_tenth(found):
    told, _ = found
    over = series(told, "auroc_overestimated")
    worst = max(over.values(), key=lambda item: item.estimate.value)
    assert worst.estimate.value >= 0.10
    assert worst.window.startswith("2020-09")
    assert worst.crossed
    assert "blind to concept drift" in worst.note
    assert not any(item.crossed for item in series(told, "auroc_estimated").values())
    assert max(item.estimate.value for item in series(told, "score_psi").values()) < 0.05


def test_outcomes_show_it_and_it_is_concept_drift(found):
    told, request = found
    september = look(dataclasses.replace(request, windows=request.windows[:4], until=request.windows[3].end))
    alerts = {item.rule for item in september.findings if item.severity is Severity.ALERT}
    assert {"performance.decay", "calibration.decay", "calibration.concept"} <= alerts
    (cause,) = [item for item in september.causes if item.kind is CauseKind.CONCEPT]
    assert CauseKind.PRIOR not in {item.kind for item in september.causes}
    assert cause.subject == "test_indication=Contact with confirmed"
    named = {item.subject for item in september.findings if item.rule == "calibration.concept"}
    assert {"cough=1", "fever=1", "head_ache=1"} <= named
    assert {item.state for item in series(told, "auroc").values()} == {State.ASSESSED}


def test_the_first_week_is_quiet(found):
    _, request = found
    first = look(
        dataclasses.replace(request, windows=request.windows[:2], until=request.windows[0].end - dt.timedelta(days=1))
    )
    assert not [item for item in first.findings if item.severity is Severity.ALERT]
