"""The train stage: the same bytes twice and with any number of threads; golden encounters; what the evidence says."""

import json

import modelling_sample as sample
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from threadpoolctl import threadpool_limits

from wardround import contract
from wardround.errors import UsageError
from wardround.evidence.base import read
from wardround.evidence.training import TrainingEvidence
from wardround.files import sha256_tree, write_json
from wardround.stages import features, train
from wardround.stages.features.building import Builder
from wardround.stages.serving import load
from wardround.stages.serving.records import frame_from_records, with_keys
from wardround.stages.train import fitting


def made(tmp_path, **given):
    project = sample.make(tmp_path, **given)
    features.run(project)
    return project


LOGISTIC = {"model": {"kind": "logistic_regression", "settings": {"C": 0.3}}}


@pytest.mark.parametrize("params", [{}, LOGISTIC, {"train": {"imbalance": "weight", "recalibration": "isotonic"}}])
def test_the_same_inputs_give_the_same_bytes_with_any_number_of_threads(tmp_path, monkeypatch, params):
    if params is LOGISTIC:
        pytest.importorskip("onnxruntime")
    if not params:
        monkeypatch.setattr(fitting, "SMALL_CELLS", 0)  # so that trees do use the threads
    found = set()
    for number, threads in enumerate((1, 2)):
        project = made(tmp_path / str(number), params=params)
        with threadpool_limits(threads):
            train.run(project)
        found.add((sha256_tree(project.layout.model), project.layout.evidence("training").read_bytes()))
    assert len(found) == 1


def test_the_evidence(tmp_path):
    project = made(tmp_path)
    evidence = train.run(project)
    split = pq.read_table(project.layout.split).to_pandas()
    own = split[split["split"] == "train"]
    assert (evidence.training.n, evidence.training.events) == (len(own), own["wr_outcome"].sum())
    assert evidence.training.subjects == own["wr_subject"].nunique()
    assert evidence.recalibration["kind"] == "intercept"
    assert evidence.recalibrated_on.n == (split["split"] == "validation").sum()
    assert evidence.parity.form == "treelite"
    assert evidence.parity.difference < 1e-12
    assert evidence.artifact_digest == sha256_tree(project.layout.model)
    assert evidence.data_digest == features.run(project).data_digest
    assert evidence.warnings == ()
    assert "onnxruntime" not in evidence.environment.libraries
    assert read(TrainingEvidence, project.layout.evidence("training")).value == evidence
    text = project.layout.evidence("training").read_text()
    assert str(tmp_path) not in text
    assert {item.name for item in project.layout.model.iterdir()} == {
        "model.skops",
        "serving.tl",
        "manifest.json",
        "golden.json",
    }


def test_golden_encounters_are_synthetic_pass_the_contract_and_answer_again(tmp_path):
    project = made(tmp_path)
    train.run(project)
    items = json.loads((project.layout.model / "golden.json").read_text())["encounters"]
    agreed = contract.load(project.layout.contract)
    scorer, builder = load(project.layout.model), Builder.load(project.layout.features_code, {})
    patients = set(sample.encounters()["patient"]) | set(sample.encounters()["visit"])
    assert len(items) == 5
    assert any(item["history"] for item in items)
    for item in items:
        records = [*item["history"], item["encounter"]]
        assert all("again" not in record and "died_later" not in record for record in records)
        assert not patients & {record["patient"] for record in records} | patients & {
            record["visit"] for record in records
        }
        frame = with_keys(frame_from_records(records, agreed), project.params.data.columns)
        at = int(np.flatnonzero(frame.index == len(records) - 1)[0])
        built = builder.build(frame.reset_index(drop=True))
        assert scorer.of_features(built)[at] == item["probability"]
        assert built["before"].iloc[at] == len(item["history"])
        whole = frame_from_records([{**record, "again": 0, "died_later": 0} for record in records], agreed)
        agreed.schema.validate(whole)
    assert len({item["probability"] for item in items}) > 1


def test_a_contract_too_narrow_to_draw_from_is_a_warning(tmp_path):
    narrow = sample.CONTRACT.replace('table["left"] >= table["at"]', 'table["lab"] == 12.5')
    evidence = train.run(made(tmp_path, contract=narrow))
    assert evidence.golden_encounters == 0
    assert "only 0 of 5 golden encounters" in evidence.warnings[0]


def test_a_leak_shows_as_a_single_feature(tmp_path):
    frame = sample.encounters()
    frame["lab"] = frame["again"] * 100.0 + np.random.default_rng(0).random(len(frame))
    found = {item.feature: item for item in train.run(made(tmp_path, frame=frame)).single_features}
    assert found["lab"].auroc == 1.0
    assert found["age"].auroc < 0.6
    frame["lab"] = np.where(frame["again"] == 1, np.nan, 3.0)
    found = {item.feature: item for item in train.run(made(tmp_path / "2", frame=frame)).single_features}
    assert (found["lab"].auroc, found["lab"].by) == (1.0, "missing")


def test_many_rare_levels_do_not_look_like_a_leak():
    from wardround.stages.train.single import single_features

    rng = np.random.default_rng(0)
    codes, outcome = rng.integers(0, 900, 1000).astype(float), rng.integers(0, 2, 1000).astype(float)
    spec = features.FeatureSpec(("c",), {"c": tuple(map(str, range(900)))})
    assert single_features(codes[:, None], outcome, np.arange(1000), spec)[0].auroc < 0.6
    telling = np.where(outcome == 1, 5.0, rng.integers(0, 5, 1000))
    assert single_features(telling[:, None], outcome, np.arange(1000), spec)[0].auroc > 0.99


def test_tuned_settings_are_used(tmp_path):
    project = made(tmp_path)
    write_json(project.layout.tuned, {"settings": {"max_iter": 3}})
    assert train.run(project).settings["max_iter"] == 3
    project.layout.tuned.write_text("{")
    with pytest.raises(UsageError, match="chosen settings cannot be read"):
        train.run(project)


def test_test_labels_do_not_matter(tmp_path):
    project = made(tmp_path)
    before = train.run(project)
    table = pq.read_table(project.layout.split)
    held = np.isin(table.column("split").to_pylist(), ["test", "test_seen", "dropped"])
    outcome = np.where(held, 1 - table.column("wr_outcome").to_numpy(), table.column("wr_outcome").to_numpy())
    pq.write_table(table.set_column(2, "wr_outcome", pa.array(outcome, pa.int8())), project.layout.split)
    assert train.run(project) == before


def test_rows_without_a_label_are_left_out(tmp_path):
    frame = sample.encounters()
    frame["wr_outcome"] = frame["wr_outcome"].astype("Int8")
    frame.loc[::10, "wr_outcome"] = None
    project = made(tmp_path, frame=frame)
    split = pq.read_table(project.layout.split).to_pandas()
    assert train.run(project).training.n == split[split["split"] == "train"]["wr_outcome"].notna().sum()


def test_a_custom_model_serves_itself_and_says_so(tmp_path):
    model = """
        from sklearn.naive_bayes import GaussianNB
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline

        def build(spec, settings, seed):
            return make_pipeline(SimpleImputer(), GaussianNB())
    """
    project = made(tmp_path, model=model, params={"model": {"kind": "custom", "settings": {}}})
    evidence = train.run(project)
    assert (evidence.parity.form, evidence.estimator) == ("none", "GaussianNB")
    assert "scikit-learn itself will answer" in evidence.warnings[0]
    assert load(project.layout.model).manifest.serving == "none"


def test_what_is_missing_is_said(tmp_path):
    project = sample.make(tmp_path)
    with pytest.raises(UsageError, match="evidence of the features stage"):
        train.run(project)
    features.run(project)
    project.layout.split.unlink()
    with pytest.raises(UsageError, match="there is no split"):
        train.run(project)
