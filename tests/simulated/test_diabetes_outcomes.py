"""Diabetes 130: the patients change much and the model ranks as it did. No alarm that asks for a fix, and a note that O/E has left 1.

The data have no dates: encounters stand in the order of their numbers, and a window is a quarter of the last 40 %: ten thousand, so that
a few per cent show in O/E.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyarrow import parquet
from sklearn.ensemble import HistGradientBoostingClassifier

from wardround.compare import Scored, measure_population
from wardround.evidence.measures import Metrics
from wardround.evidence.monitor import MonitorEvidence, Severity, Span, State
from wardround.monitoring.outcomes import OutcomeLook, OutcomeRequest, look
from wardround.monitoring.performance.parts import settings
from wardround.monitoring.predictions import keyed
from wardround.monitoring.retraining import answer_to
from wardround.project.params import from_mapping
from wardround.stats.recalibration import fit_intercept

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
KEY = b"0123456789abcdef0123456789abcdef"
START, WINDOWS, DAYS, SHARE, THRESHOLD = dt.date(2005, 1, 3), 4, 28, 0.6, 0.2
INPUTS = ("age", "payer_code", "medical_specialty", "number_inpatient", "discharge_disposition_id")
PARAMS = from_mapping(
    {
        "project": {"name": "diabetes"},
        "data": {
            "source": "files",
            "path": "x.csv",
            "columns": {"encounter": "encounter_id", "subject": "patient_nbr", "outcome": "back"},
            "positive": 1,
        },
        "evaluate": {"thresholds": [THRESHOLD]},
        "monitor": {"outcome": {"maturity_days": 0, "recorded": "recorded"}},
    }
)


def _spans() -> tuple[Span, ...]:
    starts = [START + dt.timedelta(days=DAYS * number) for number in range(WINDOWS)]
    return tuple(Span(name=day.isoformat(), start=day, end=day + dt.timedelta(days=DAYS)) for day in starts)


def _scored(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Probabilities of all, by a model that was fitted on four of five of the first 60 % and recalibrated on the fifth."""
    fitted, cut = int(SHARE * 0.8 * len(frame)), int(SHARE * len(frame))
    design = frame.drop(columns=["encounter_id", "patient_nbr", "readmitted", "back"])
    for name in design.columns:
        if design[name].dtype.kind not in "if" or name.endswith("_id"):
            usual = design[name].iloc[:cut].value_counts().index[:60]
            design[name] = usual.get_indexer(design[name])
    model = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.06, min_samples_leaf=100, random_state=0)
    model.fit(design.iloc[:fitted], frame["back"].iloc[:fitted])
    raw = model.predict_proba(design)[:, 1]
    return fit_intercept(raw[fitted:cut], frame["back"].iloc[fitted:cut].to_numpy(float)).apply(raw)


def _written(frame: pd.DataFrame, place: Path) -> None:
    """Log and outcomes of the windows, which are known on the same day."""
    (place / "outcomes").mkdir(parents=True)
    for span, rows in zip(_spans(), np.array_split(np.arange(len(frame)), WINDOWS), strict=True):
        for day, of_day in enumerate(np.array_split(rows, DAYS)):
            part, n = frame.iloc[of_day], len(of_day)
            date = span.start + dt.timedelta(days=day)
            first = int(dt.datetime.combine(date, dt.time(), dt.UTC).timestamp()) * 1_000_000
            moment = pa.array(first + np.linspace(0, 86_000_000_000, n).astype(np.int64)).cast(
                pa.timestamp("us", "UTC")
            )
            names = part["encounter_id"].astype(str).tolist()
            table = {
                "id": [f"{int(name):032x}" for name in names],
                "answered_at": moment,
                "asked": ["predict"] * n,
                "probe": [False] * n,
                "subject": [keyed(KEY, "subject", str(one)) for one in part["patient_nbr"]],
                "encounter": [keyed(KEY, "encounter", name) for name in names],
                "probability": part["probability"].to_numpy(),
                "alert": part["probability"].to_numpy() >= THRESHOLD,
                "earlier": [0] * n,
                "warnings": pa.array([[]] * n, pa.list_(pa.string())),
                "model_version": ["v1.0.0"] * n,
                "contract_version": ["c"] * n,
                "thresholds": pa.array([[THRESHOLD]] * n, pa.list_(pa.float64())),
                "stage": ["prod"] * n,
                **{
                    f"inputs.{name}": [None if pd.isna(value) else str(value) for value in part[name]]
                    for name in INPUTS
                },
            }
            into = place / "log" / f"date={date.isoformat()}"
            into.mkdir(parents=True)
            parquet.write_table(pa.table(table), into / "part.parquet")
            told = {"encounter_id": names, "back": part["back"].to_numpy(), "recorded": moment}
            parquet.write_table(pa.table(told), place / "outcomes" / f"{date.isoformat()}.parquet")


@pytest.fixture(scope="module")
def looks(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, OutcomeLook]:
    """The looks at the ends of the second window to the last."""
    frame = pd.read_csv(shared_data / "uci_diabetes130" / "diabetic_data.csv.gz", na_values="?", low_memory=False)
    frame = frame.sort_values("encounter_id").reset_index(drop=True)
    frame["back"] = (frame["readmitted"] == "<30").astype(int)
    frame["probability"] = _scored(frame)
    fitted, cut = int(SHARE * 0.8 * len(frame)), int(SHARE * len(frame))
    held = frame.iloc[fitted:cut]
    scored = Scored(
        held["back"].to_numpy(np.int8),
        np.unique(held["patient_nbr"], return_inverse=True)[1].astype(np.int64),
        held["probability"].to_numpy(),
        days=28.0,
    )
    metrics = Metrics(
        thresholds=(THRESHOLD,), populations=(measure_population("all_comers", scored, settings(PARAMS)),)
    )
    place = tmp_path_factory.mktemp("diabetes")
    _written(frame.iloc[cut:], place)
    spans = _spans()
    return {
        end: look(
            OutcomeRequest(
                params=PARAMS,
                log=str(place / "log"),
                outcomes=str(place / "outcomes"),
                windows=spans[:end],
                until=spans[end - 1].end,
                today=spans[-1].end,
                key=KEY,
                reference=metrics,
                inputs=INPUTS,
            )
        )
        for end in range(2, WINDOWS + 1)
    }


def test_every_outcome_is_joined(looks: dict[int, OutcomeLook]) -> None:
    last = looks[WINDOWS]
    assert last.answers == last.outcomes == last.matured > 40_000
    assert len(last.mature) == WINDOWS
    assert any(item.measure == "auroc" and item.state is State.ASSESSED for item in last.signals)


@pytest.mark.parametrize("end", range(2, WINDOWS + 1))
def test_no_alarm_asks_for_a_fix(looks: dict[int, OutcomeLook], end: int) -> None:
    found = looks[end]
    assert not [item for item in found.findings if item.severity is Severity.ALERT]
    evidence = MonitorEvidence(
        project="diabetes",
        stage="prod",
        versions=("v1.0.0",),
        until=_spans()[end - 1].end,
        windows=_spans()[:end],
        answers=found.answers,
        outcomes=found.outcomes,
        matured=found.matured,
        findings=found.findings,
        causes=found.causes,
    )
    assert not answer_to(evidence).climbs


def test_the_ranking_is_unharmed(looks: dict[int, OutcomeLook]) -> None:
    assert not [item for found in looks.values() for item in found.findings if item.rule.startswith("performance.")]


@pytest.mark.parametrize("end", range(2, WINDOWS + 1))
def test_calibration_is_a_note(looks: dict[int, OutcomeLook], end: int) -> None:
    said = [item for item in looks[end].findings if item.rule == "calibration.decay"]
    assert [item.severity for item in said] == [Severity.NOTE]
    assert "within what is tolerated" in said[0].summary
