"""Diabetes 130: much moves, the ranking holds, and fewer events happen than predicted. That is a note, and no retraining."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from wardround.evidence.monitor import Severity, State
from wardround.monitoring.outcomes import look

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]
LEFT = {11, 13, 14, 19, 20, 21}
#: A fold of time here is a week of 4,960 encounters: the file has an order and no dates.
WEEKS, DAYS = 8, 7


@pytest.fixture(scope="module")
def scored(shared_data):
    """The last two fifths of the encounters in order, with risks of a model that was fitted on the first three."""
    path = shared_data / "uci_diabetes130" / "diabetic_data.csv.gz"
    frame = pd.read_csv(path, na_values="?", low_memory=False).sort_values("encounter_id")
    frame = frame[~frame["discharge_disposition_id"].isin(LEFT)].reset_index(drop=True)
    columns = frame.drop(columns=["encounter_id", "patient_nbr", "readmitted"])
    texts = columns.columns[columns.dtypes.map(lambda kind: not pd.api.types.is_numeric_dtype(kind))]
    for name in texts:
        common = columns[name].value_counts().index[:40]
        columns[name] = pd.Categorical(columns[name].where(columns[name].isin(common)))
    cut = int(0.6 * len(frame))
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    happened = (frame["readmitted"] == "<30").to_numpy()
    model.fit(columns.iloc[:cut], happened[:cut])
    found = frame.iloc[cut:][["encounter_id", "patient_nbr", "gender", "race"]].copy()
    found["probability"] = model.predict_proba(columns.iloc[cut:])[:, 1]
    found["event"] = happened[cut:]
    return found.reset_index(drop=True)


def test_a_calibration_note_and_no_alarm(world, scored):
    start = dt.date(2026, 3, 2)
    for number, rows in enumerate(np.array_split(np.arange(len(scored)), WEEKS * DAYS)):
        day, part = start + dt.timedelta(days=number), scored.iloc[rows]
        moment = (
            np.linspace(0, 86_399e6, len(part)).astype(np.int64) + (day - dt.date(1970, 1, 1)).days * 86_400_000_000
        )
        names = [f"e{name}" for name in part["encounter_id"]]
        inputs = {"x": part["probability"].to_numpy(), "sex": part["gender"].to_list(), "site": ["one"] * len(part)}
        world.write(day, names, moment, part["probability"].to_numpy(), **inputs)
        recorded = dt.datetime.combine(day, dt.time(23), dt.UTC).isoformat()
        world.rows += [(name, int(event), recorded) for name, event in zip(names, part["event"], strict=True)]
    world.outcomes()
    told = []
    for week in (4, 6, 8):
        found = look(world.request(week))
        assert [item for item in found.signals if item.measure == "oe" and item.state is State.ASSESSED]
        told += [(item.rule, item.severity) for item in found.findings]
    assert ("calibration.decay", Severity.NOTE) in told
    assert not [
        rule
        for rule, severity in told
        if severity is Severity.ALERT or ("decay" in rule and severity is not Severity.NOTE)
    ]
