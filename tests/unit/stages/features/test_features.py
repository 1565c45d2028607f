"""The features stage on a small project: aligned with the snapshot, the same bytes any way, and every mistake explained."""

import re

import modelling_sample as sample
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.evidence.base import read
from wardround.evidence.features import FeaturesEvidence
from wardround.files import sha256_tree
from wardround.project.sections import ComputeSection
from wardround.stages import features, partitions
from wardround.stages.features import frames, reading


def run(tmp_path, **given):
    project = sample.make(tmp_path / "p", **given)
    return project, features.run(project)


def test_files_are_aligned_and_the_evidence_says_what_they_hold(tmp_path):
    project, evidence = run(tmp_path)
    snapshot = [pq.read_table(path).to_pandas() for path in sorted(project.layout.snapshot.glob("*.parquet"))]
    made = [pq.read_table(path).to_pandas() for path in sorted(project.layout.features.glob("*.parquet"))]
    for own, built in zip(snapshot, made, strict=True):
        np.testing.assert_equal(built["lab"].to_numpy(), own["lab"].to_numpy())
        assert built["code"].fillna("").tolist() == own["code"].fillna("").tolist()
    assert evidence.encounters == 600
    assert evidence.withheld == ("again", "died_later", "wr_outcome", "wr_uncast")
    assert [column.name for column in evidence.columns][:4] == ["age", "smoker", "lab", "sex"]
    assert evidence.columns[4].categories == ("a", "b", "c", "d", "e")
    assert evidence.columns[2].missing == sum(int(own["lab"].isna().sum()) for own in snapshot)
    assert evidence.probe.leaking == ()
    assert evidence.probe.subjects == 40
    assert read(FeaturesEvidence, project.layout.evidence("features")).value == evidence


@pytest.mark.parametrize("backend", ["loky", "threading", "sequential"])
def test_the_same_bytes_whatever_the_backend_and_the_number_of_jobs(tmp_path, monkeypatch, backend):
    monkeypatch.setattr(partitions, "SMALL_BYTES", 0)
    digests = set()
    for jobs in (1, 2):
        project, _ = run(tmp_path / str(jobs), params={"compute": {"backend": backend, "jobs": jobs}})
        digests.add((sha256_tree(project.layout.features), project.layout.evidence("features").read_bytes()))
    reference, _ = run(tmp_path / "reference")
    digests.add((sha256_tree(reference.layout.features), reference.layout.evidence("features").read_bytes()))
    assert len(digests) == 1


def test_errors_of_workers_come_back_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(partitions, "SMALL_BYTES", 0)
    project = sample.make(
        tmp_path, features="def build(e, s):\n    return e[['nothing']]\n", params={"compute": {"backend": "loky"}}
    )
    with pytest.raises(UsageError, match=r"KeyError \(nothing\)") as error:
        features.run(project)
    assert error.value.problems[0].where == "pipelines/features.py:2"
    assert not project.layout.features.exists()


LEAKS = {
    "next_gap": ("e.groupby('wr_subject')['wr_time'].shift(-1).sub(e['wr_time']).dt.days.astype(float)", "future"),
    "visits": ("e.groupby('wr_subject')['wr_time'].transform('count')", "future"),
    "last_lab": ("e.groupby('wr_subject')['lab'].transform('last')", "future"),
    "scaled": ("(e['lab'] - e['lab'].mean())", "others"),
    "rank": ("e['lab'].rank()", "others"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leaking_feature_is_caught_and_no_other(tmp_path, name):
    expression, how = LEAKS[name]
    text = f"def build(e, s):\n    f = e[['lab']].copy()\n    f['{name}'] = {expression}\n    return f\n"
    _, evidence = run(tmp_path, features=text)
    assert evidence.probe.features == (name,)
    assert {leak.how.split("_")[0] for leak in evidence.probe.leaking} >= {how}
    assert all(0 < leak.changed <= leak.compared for leak in evidence.probe.leaking)


def test_categories_taken_from_the_data_are_refused(tmp_path):
    text = "def build(e, s):\n    return e[['lab']].assign(code=e['patient'].astype('category'))\n"
    with pytest.raises(UsageError, match="depend on which encounters lie together: code"):
        run(tmp_path, features=text)


def test_the_probe_can_be_switched_off_and_says_so(tmp_path):
    _, evidence = run(tmp_path, params={"features": {"probe_subjects": 0}})
    assert evidence.probe.subjects == 0
    assert "features.probe_subjects is 0" in evidence.probe.reason


def test_without_time_every_other_encounter_is_unknown(tmp_path):
    frame = sample.encounters().drop(columns=["wr_time"])
    columns = {"data": {"columns": {"time": None}}}
    own = "def build(e, s):\n    return e[['lab']]\n"
    _, evidence = run(tmp_path / "a", frame=frame, params=columns, features=own)
    assert evidence.probe.leaking == ()
    assert "no time" in evidence.probe.reason
    before = "def build(e, s):\n    return e[['lab']].assign(n=e.groupby('wr_subject')['lab'].shift(1))\n"
    _, evidence = run(tmp_path / "b", frame=frame, params=columns, features=before)
    assert evidence.probe.features == ("n",)


WRONG = {
    "return None": "returns no DataFrame",
    "return e[['lab']].iloc[1:]": "fewer rows",
    "return e[['lab']].iloc[::-1]": "other rows",
    "return e[[]]": "no feature",
    "return e[['lab', 'sex']]": "neither a number nor a category",
    "return e[['at']]": "neither a number nor a category",
    "return e[['lab']].assign(again=e['lab'])": "named after a column that says the outcome",
    "return (e[['lab']] / 0).assign(x=1.0)": "infinite",
    "return e[['again']]": r"KeyError \(again\)|not run: KeyError",
    "return e['wr_outcome'].to_frame()": "KeyError",
    "return e[['lab', 'lab']]": "stand twice",
    "return e[['lab']].rename(columns={'lab': 3})": "not text",
    "return e[[": "not valid Python",
    "raise ValueError(e['patient'].iloc[0])": "ValueError",
}


@pytest.mark.parametrize("line", WRONG)
def test_every_mistake_is_explained_without_a_patients_value(tmp_path, line):
    project = sample.make(tmp_path, features=f"def build(e, s):\n    {line}\n")
    with pytest.raises(UsageError, match=WRONG[line]) as error:
        features.run(project)
    values = set(sample.encounters()["patient"])
    assert not any(value in str(error.value) for value in values)
    assert not re.search(r"\d rows", str(error.value)), "how many are lost may be few"
    assert not project.layout.features.exists()
    assert not project.layout.evidence("features").exists()


def test_several_mistakes_are_reported_together(tmp_path):
    text = "def build(e, s):\n    return e[['sex', 'at']].assign(again=1.0, lab=e['lab'] / 0)\n"
    with pytest.raises(UsageError) as error:
        run(tmp_path, features=text)
    assert len(error.value.problems) == 4


def test_empty_constant_and_boolean_features(tmp_path):
    text = (
        "import numpy as np\n"
        "def build(e, s):\n    return e[['smoker']].assign(one=1, none=np.nan, flag=e['lab'] > s['limit'])\n"
    )
    project, evidence = run(tmp_path, features=text, params={"features": {"limit": 80}})
    columns = {column.name: column for column in evidence.columns}
    assert columns["one"].constant
    assert columns["none"].constant
    assert columns["none"].missing == 600
    assert not columns["flag"].constant
    assert evidence.warnings == ("no encounter has a value: none",)
    matrix = reading.read_matrix(project.layout, reading.spec_from(evidence))
    assert set(np.unique(matrix[:, 3])) == {0.0, 1.0}


def test_parts_without_encounters_and_a_single_subject(tmp_path):
    frame = sample.encounters().query("patient == 'p0001'").reset_index(drop=True)
    project, evidence = run(tmp_path, frame=frame)
    assert evidence.encounters == len(frame) > 0
    assert sum(part.rows == 0 for part in evidence.parts) == 2
    assert reading.read_matrix(project.layout, reading.spec_from(evidence)).shape == (len(frame), 9)


def test_no_encounters_at_all(tmp_path):
    project = sample.make(tmp_path)
    for path in project.layout.snapshot.glob("*.parquet"):
        pq.write_table(pq.read_table(path).slice(0, 0), path)
    with pytest.raises(UsageError, match="no encounters"):
        features.run(project)


def test_no_snapshot_and_a_damaged_one(tmp_path):
    project = sample.make(tmp_path)
    path = project.layout.snapshot / "part-00001.parquet"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(EnvironmentFailure, match="damaged or cut off"):
        features.run(project)
    for part in project.layout.snapshot.glob("*.parquet"):
        part.unlink()
    with pytest.raises(UsageError, match="wardround stage ingest"):
        features.run(project)


def test_types_do_not_depend_on_the_values_of_a_part(tmp_path):
    frame = sample.encounters()
    frame["age"] = frame["age"].fillna(40)
    whole = frames.encounters(
        pq.read_table(sample.make(tmp_path / "a", frame=frame).layout.snapshot / "part-00000.parquet")
    )
    gaps = frames.encounters(pq.read_table(sample.make(tmp_path / "b").layout.snapshot / "part-00000.parquet"))
    assert whole.drop(columns="died_later").dtypes.equals(gaps.drop(columns="died_later").dtypes)
    assert str(whole["age"].dtype) == "Int64"


def test_stale_features_are_not_joined_to_another_split(tmp_path):
    project, evidence = run(tmp_path)
    sample.write_split(project.layout.split, sample.encounters(300))
    with pytest.raises(UsageError, match="different encounters"):
        reading.read_training_table(project.layout, reading.spec_from(evidence))


def test_dask_needs_an_address_and_a_scheduler_that_answers(monkeypatch):
    monkeypatch.setattr(partitions, "CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="address of its scheduler"):
        partitions.map_partitions(abs, [1, 2], ComputeSection(backend="dask"))
    with pytest.raises(EnvironmentFailure, match="does not answer"):
        partitions.map_partitions(abs, [1, 2], ComputeSection(backend="dask", address="tcp://127.0.0.1:9"))


def test_results_come_in_order():
    assert partitions.map_partitions(abs, [-3, -2, -1], ComputeSection(backend="threading")) == [3, 2, 1]
    assert pd.Series(partitions.map_partitions(abs, [], ComputeSection())).empty
