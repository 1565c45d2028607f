"""A snapshot is scored by a project's own code and model, in its order; other features, damaged files and gone columns are explained."""

import modelling_sample as sample
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from wardround.errors import EnvironmentFailure, UsageError
from wardround.stages import features, partitions, train
from wardround.stages.features.reading import read_matrix
from wardround.stages.serving import load, score_snapshot
from wardround.stages.serving.records import frame_from_records, to_records, with_keys


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    project = sample.make(tmp_path_factory.mktemp("trained"))
    features.run(project)
    train.run(project)
    return project


def test_scores_are_those_of_the_matrix_in_snapshot_order(trained, tmp_path):
    score_snapshot(trained.root, trained.layout.snapshot, tmp_path / "s.parquet")
    table = pq.read_table(tmp_path / "s.parquet")
    scorer = load(trained.layout.model)
    wanted = scorer.probabilities(read_matrix(trained.layout, scorer.spec))
    np.testing.assert_array_equal(table.column("probability").to_numpy(), wanted)
    split = pq.read_table(trained.layout.split)
    assert table.column("wr_encounter").equals(split.column("wr_encounter"))
    assert table.column_names == ["wr_encounter", "wr_subject", "probability"]
    assert ((wanted > 0) & (wanted < 1)).all()


def test_another_revisions_snapshot_with_more_columns_and_unseen_categories(trained, tmp_path):
    frame = sample.encounters(120, seed=7).assign(new=1.5)
    frame.loc[:5, "code"] = "zz"
    frame["age"] = frame["age"].fillna(50)
    sample.write_snapshot(tmp_path / "snapshot", frame, parts=2)
    score_snapshot(trained.root, tmp_path / "snapshot", tmp_path / "s.parquet")
    assert np.isfinite(pq.read_table(tmp_path / "s.parquet").column("probability").to_numpy()).all()


@pytest.mark.parametrize("backend", [pytest.param("loky", marks=pytest.mark.slow), "threading"])
def test_the_same_bytes_in_workers(trained, tmp_path, monkeypatch, backend):
    score_snapshot(trained.root, trained.layout.snapshot, tmp_path / "here.parquet")
    monkeypatch.setattr(partitions, "SMALL_BYTES", 0)
    text = (trained.root / "params.yaml").read_text()
    (trained.root / "params.yaml").write_text(text.replace("backend: sequential", f"backend: {backend}"))
    try:
        score_snapshot(trained.root, trained.layout.snapshot, tmp_path / "there.parquet")
    finally:
        (trained.root / "params.yaml").write_text(text)
    assert (tmp_path / "here.parquet").read_bytes() == (tmp_path / "there.parquet").read_bytes()


def test_a_snapshot_that_lacks_a_column(trained, tmp_path):
    sample.write_snapshot(tmp_path / "snapshot", sample.encounters(60).drop(columns="lab"), parts=1)
    with pytest.raises(UsageError, match=r"do not run on this snapshot: KeyError .*lab"):
        score_snapshot(trained.root, tmp_path / "snapshot", tmp_path / "s.parquet")
    assert not (tmp_path / "s.parquet").exists()


def test_features_that_the_model_was_not_trained_on(trained):
    scorer = load(trained.layout.model)
    good = pd.DataFrame({name: [1.0] for name in scorer.spec.numeric})
    with pytest.raises(UsageError, match="sex, code"):
        scorer.of_features(good)
    with pytest.raises(UsageError, match="code"):
        scorer.of_features(good.assign(sex=pd.Categorical(["f"], categories=["f", "m"]), code=1.0))


@pytest.mark.parametrize("name", ["model.skops", "serving.tl"])
def test_a_file_that_was_changed_or_is_gone_is_not_used(trained, name):
    path = trained.layout.model / name
    content = path.read_bytes()
    try:
        path.write_bytes(content[:-1] + b"x")
        with pytest.raises(EnvironmentFailure, match="damaged or was changed"):
            load(trained.layout.model)
        path.unlink()
        with pytest.raises(EnvironmentFailure, match="cannot be read"):
            load(trained.layout.model)
    finally:
        path.write_bytes(content)


def test_no_model(trained, tmp_path):
    with pytest.raises(UsageError, match="no model that can be used"):
        load(tmp_path)


def test_one_encounter_with_its_history_as_a_service_sees_it(trained):
    """Records of one patient, scored alone, give what the snapshot's row got."""
    from wardround import contract
    from wardround.stages.features.building import Builder

    agreed = contract.load(trained.layout.contract)
    builder, scorer = Builder.load(trained.layout.features_code, {}), load(trained.layout.model)
    snapshot = pd.concat(
        [pq.read_table(path).to_pandas() for path in sorted(trained.layout.snapshot.glob("*.parquet"))]
    )
    everything = scorer.probabilities(read_matrix(trained.layout, scorer.spec))
    place = pd.Series(everything, index=snapshot["visit"].to_numpy())
    shown = [name for name in agreed.names if name not in ("again", "died_later")]
    for patient in snapshot["patient"].value_counts().index[:5]:
        own = snapshot[snapshot["patient"] == patient]
        records = to_records(own[shown].astype(object).where(own[shown].notna(), None))
        frame = with_keys(frame_from_records(records, agreed), trained.params.data.columns).reset_index(drop=True)
        found = scorer.of_features(builder.build(frame))
        np.testing.assert_array_equal(found, place[own["visit"]].to_numpy())
        assert scorer.of_features(builder.build(frame.head(2)))[1] == found[1]


def test_records_that_cannot_be_read_name_columns_only():
    import contextlib

    from wardround import contract

    agreed = contract.load_text(sample.CONTRACT)
    with pytest.raises(UsageError) as error:
        frame_from_records([{"age": "Anna Muster", "lab": "high", "at": "never", "sex": 3}], agreed)
    assert {problem.where for problem in error.value.problems} == {"age", "lab", "at", "sex"}
    assert "Anna" not in str(error.value)
    with contextlib.suppress(KeyError):
        assert frame_from_records([{"age": None}], agreed)["age"].isna().all()
