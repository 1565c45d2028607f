import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from wardround.scaffold import leakage


@pytest.mark.parametrize(
    ("name", "outcome", "known"),
    [
        ("deathtime", "hospital_expire_flag", "outcome"),
        ("date_of_death", "sepsis", "outcome"),
        ("Outcome_Date", "outcome", "outcome"),
        ("readmitted_days", "readmitted", "outcome"),
        ("glucose_post", "sepsis", "outcome"),
        ("time_to_event", "relapse", "outcome"),
        ("discharge_disposition_id", "readmitted", "discharge"),
        ("dischtime", "died", "discharge"),
        ("length_of_stay", "died", "discharge"),
        ("time_in_hospital", "readmitted", "discharge"),
        ("prior_readmissions", "readmitted", "admission"),
        ("previous_outcome", "outcome", "admission"),
        ("family_history_death", "died", "admission"),
        ("post_code", "sepsis", "admission"),
        ("age", "num", "admission"),
        ("number_inpatient", "readmitted", "admission"),
        ("diabetes", "died", "admission"),
    ],
)
def test_what_a_name_says(name, outcome, known):
    suspicion = leakage.by_name(name, outcome)
    assert suspicion.known_at == known
    assert bool(suspicion.reason) == (known != "admission")


def test_when_the_model_is_asked():
    assert leakage.moment_of("readmitted_30d")[0] == "discharge"
    assert leakage.moment_of("hospital_expire_flag")[0] == "encounter"
    assert leakage.later("outcome", "discharge")
    assert leakage.later("discharge", "encounter")
    assert not leakage.later("discharge", "discharge")


def test_ranks_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    event = rng.integers(0, 2, 3000).astype(np.int8)
    score = np.round(rng.normal(size=3000) + event, 1)
    found = leakage.alone(pd.Series(score), event, numeric=True, fewest=11)
    assert found == pytest.approx(roc_auc_score(event, score), abs=0.02)
    assert found >= roc_auc_score(event, score) - 1e-12
    assert leakage.alone(pd.Series(-score), event, numeric=True, fewest=11) == pytest.approx(found, abs=1e-9)


def test_being_missing_can_tell_the_outcome():
    event = np.array([0, 1] * 500, np.int8)
    dates = pd.Series(pd.Categorical(np.where(event == 1, "2024-01-01", None)))
    assert leakage.alone(dates, event, numeric=False, fewest=11) == 1.0


def test_an_interval_in_the_middle_can_tell_it():
    rng = np.random.default_rng(1)
    score = rng.normal(size=4000)
    event = (np.abs(score) < 0.5).astype(np.int8)
    assert leakage.alone(pd.Series(score), event, numeric=True, fewest=11) > 0.95


def test_many_levels_without_knowledge_look_like_none():
    rng = np.random.default_rng(2)
    levels = pd.Series(pd.Categorical([f"level {value}" for value in rng.integers(0, 1000, 5000)]))
    event = rng.integers(0, 2, 5000).astype(np.int8)
    assert leakage.alone(levels, event, numeric=False, fewest=11) < 0.55


def test_too_few_events_say_nothing():
    event = np.array([1] * 5 + [0] * 100, np.int8)
    assert leakage.alone(pd.Series(event.astype(float)), event, numeric=True, fewest=11) == 0.5
