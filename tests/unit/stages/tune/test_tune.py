"""The search sees training rows only, fits on the past, scores later encounters of other subjects, and never chooses worse."""

import json

import modelling_sample as sample
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wardround.errors import UsageError
from wardround.stages import features, tune
from wardround.stages.tune.folds import folds, some_subjects

SPACE = {"learning_rate": [0.02, 0.1], "max_leaf_nodes": [4, 8], "min_samples_leaf": [5, 20]}


def project(tmp_path, **section):
    made = sample.make(tmp_path, params={"model": {"settings": {"max_iter": 5}}, "tune": {"space": SPACE, **section}})
    features.run(made)
    return made


def test_off_writes_an_empty_choice(tmp_path):
    made = sample.make(tmp_path)
    evidence = tune.run(made)
    assert (evidence.method, evidence.chosen, evidence.trials) == ("off", {}, ())
    assert json.loads(made.layout.tuned.read_text()) == {}


@pytest.mark.parametrize("count", [2, 5])
def test_folds_are_later_encounters_of_other_subjects(count):
    rng = np.random.default_rng(0)
    time, subject = rng.integers(0, 300, 1000), rng.integers(0, 200, 1000)
    made = folds(time, subject, count, 1)
    assert len(made) == count
    for fold in made:
        assert len(fold.scored)
        assert time[fold.fitted].max() < time[fold.scored].min()
        assert not set(subject[fold.fitted]) & set(subject[fold.scored])
    assert len(made[0].fitted) < len(made[-1].fitted)


def test_without_time_every_subject_is_scored_once():
    subject = np.repeat(np.arange(50), 4)
    made = folds(None, subject, 5, 1)
    assert np.sort(np.concatenate([fold.scored for fold in made])).tolist() == list(range(200))
    assert all(not set(subject[fold.fitted]) & set(subject[fold.scored]) for fold in made)


def test_shares_of_subjects_nest():
    subject, rows = np.repeat(np.arange(90), 3), np.arange(270)
    third, ninth = (set(some_subjects(rows, subject, share, 5).tolist()) for share in (1 / 3, 1 / 9))
    assert ninth < third
    assert len(third) == 90


@pytest.mark.parametrize("method", ["random", "halving"])
def test_the_same_trials_twice_and_the_best_is_chosen(tmp_path, method):
    made = project(tmp_path, method=method, trials=5)
    evidence = tune.run(made)
    last = [trial for trial in evidence.trials if trial.round == evidence.trials[0].round]
    assert evidence.trials[0].auroc == max(trial.auroc for trial in last)
    assert evidence.chosen == evidence.trials[0].settings
    first_round = [trial for trial in evidence.trials if trial.round == 0]
    assert {} in [trial.settings for trial in first_round]
    assert len({json.dumps(trial.settings, sort_keys=True) for trial in first_round}) == 6
    if method == "halving":
        assert len(last) == 2
        assert last[0].rows > 2 * first_round[0].rows
    content = made.layout.evidence("tuning").read_bytes(), made.layout.tuned.read_bytes()
    tune.run(made)
    assert (made.layout.evidence("tuning").read_bytes(), made.layout.tuned.read_bytes()) == content


def test_other_splits_do_not_matter(tmp_path):
    made = project(tmp_path, method="random", trials=2)
    before = tune.run(made)
    table = pq.read_table(made.layout.split)
    train = np.array(table.column("split").to_pylist()) == "train"
    outcome = np.where(train, table.column("wr_outcome").to_numpy(), 1)
    pq.write_table(table.set_column(2, "wr_outcome", pa.array(outcome, pa.int8())), made.layout.split)
    assert tune.run(made) == before


def test_trials_are_never_more_than_the_space(tmp_path):
    assert len(tune.run(project(tmp_path, method="random", trials=500, space={"max_leaf_nodes": [3, 4]})).trials) == 3


def test_settings_that_the_model_does_not_know(tmp_path):
    with pytest.raises(UsageError, match="model cannot be made"):
        tune.run(project(tmp_path, method="random", trials=1, space={"depth_of_thought": [1]}))


def test_one_class_only(tmp_path):
    made = project(tmp_path, method="random", trials=1)
    table = pq.read_table(made.layout.split)
    pq.write_table(table.set_column(2, "wr_outcome", pa.array([0] * len(table), pa.int8())), made.layout.split)
    with pytest.raises(UsageError, match="events and non-events"):
        tune.run(made)


def test_without_time(tmp_path):
    made = sample.make(
        tmp_path,
        frame=sample.encounters().drop(columns="wr_time"),
        features="def build(e, s):\n    return e[['lab']]\n",
        params={"data": {"columns": {"time": None}}, "tune": {"method": "random", "trials": 1, "space": SPACE}},
    )
    features.run(made)
    assert "no time" in tune.run(made).warnings[0]
