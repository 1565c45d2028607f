"""Scored tables: the probabilities of training and of the service, what is not scored and why, and what the log has."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scored
from service_sample import Asker
from wardround_scored import golden_rows

from wardround.errors import ContractViolation, UsageError
from wardround.monitoring.predictions import Answer, keyed
from wardround.monitoring.predictions.line import Header
from wardround.service import application
from wardround.service.engine import Engine
from wardround.stages.features.reading import read_matrix
from wardround.stages.serving.scorer import load


@pytest.fixture
def bench(trained, tmp_path):
    return scored.Bench(trained, tmp_path)


def evaluated(trained):
    """The probability of each visit, by the features that the stage wrote and the served form itself."""
    scorer = load(trained.layout.model)
    frame = pd.concat([pd.read_parquet(path) for path in sorted(trained.layout.snapshot.glob("*.parquet"))])
    return dict(zip(frame["visit"], scorer.probabilities(read_matrix(trained.layout, scorer.spec)), strict=True))


def test_probabilities_are_those_of_training_bit_by_bit(bench, trained, encounters):
    done = bench.score(bench.write(encounters))
    found = bench.output()
    assert done.rows == done.answered == 600
    assert done.parts == 6
    assert found["encounter"].tolist() == encounters["visit"].tolist()
    wanted = evaluated(trained)
    np.testing.assert_array_equal(found["probability"], [wanted[visit] for visit in encounters["visit"]])


def test_answers_are_those_of_the_service(bench, trained):
    rows, answers = golden_rows(trained)
    bench.score(bench.write(rows))
    found = bench.output().set_index("encounter")
    service = application(bench.without_log())
    service.start()
    for name, item in answers.items():
        said = Asker(service).post("/predict", item).json
        told = said["predictions"][0]
        row = found.loc[name]
        assert row["probability"] == told["probability"]
        assert list(row["warnings"] if row["warnings"] is not None else []) == told["warnings"]
        assert {text: bool(row[f"alert_{text}"]) for text in told["alert"]} == told["alert"]
        assert (row["model_version"], row["contract_version"]) == (said["model_version"], said["contract_version"])
    service.stop()


def test_csv_says_the_same(bench, encounters):
    bench.score(bench.write(encounters))
    bench.score(bench.write(encounters, "in.csv"), "other")
    pd.testing.assert_series_equal(bench.output()["probability"], bench.output("other")["probability"])


def test_a_directory_and_row_groups(bench, encounters):
    for place in range(3):
        bench.write(encounters[place::3], f"many/deep/{place}.parquet", row_group_size=17)
    bench.score(bench.write(encounters))
    done = bench.score("many", "other")
    assert done.answered == 600
    one, many = (bench.output(name).set_index("encounter")["probability"] for name in ("out", "other"))
    pd.testing.assert_series_equal(one, many.loc[one.index])


def test_history_is_seen_and_not_scored(bench, encounters):
    bench.score(bench.write(encounters))
    late = encounters.sort_values("at").tail(150).reset_index(drop=True)
    done = bench.score(bench.write(late, "late.parquet"), "other", history=bench.write(encounters, "past.parquet"))
    assert (done.rows, done.answered, done.history_rows) == (150, 150, 450)  # what is asked about stands once
    whole, some = (bench.output(name).set_index("encounter")["probability"] for name in ("out", "other"))
    pd.testing.assert_series_equal(some, whole.loc[some.index])
    bench.score(bench.write(late, "late.parquet"), "alone")
    assert (bench.output("alone")["probability"].to_numpy() != some.to_numpy()).any()


def bad_row(encounters):
    """A subject with three visits whose second one is broken, and the places of the three."""
    counts = encounters["patient"].value_counts()
    own = encounters[encounters["patient"] == counts.index[counts == 3][0]].sort_values("at")
    return own.index.tolist()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("age", 130, "range"),
        ("sex", "x", "categories"),
        ("sex", None, "nullable"),
        ("lab", 401.0, "range"),
        ("left", pd.Timestamp("1999-01-01"), "leaves_after_coming"),
    ],
)
def test_a_row_outside_of_the_contract_and_those_after_it(bench, encounters, column, value, rule):
    first, second, third = bad_row(encounters)
    frame = encounters.copy()
    frame.loc[second, column] = value
    done = bench.score(bench.write(frame))
    found = bench.output()
    name = "encounter" if rule == "leaves_after_coming" else column
    assert list(found["refused"][second]) == [f"{name}: {rule}"]
    assert list(found["refused"][third]) == [f"history.{name}: {rule}"]
    assert found["refused"][first] is None
    assert found.loc[[second, third], ["probability", "id"]].isna().all(axis=None)
    assert done.answered == 598
    assert done.out_of_contract == 2
    assert done.refused == {f"{name}: {rule}": 1, f"history.{name}: {rule}": 1}
    assert bench.logged().num_rows == 598
    others = found.drop([second, third])
    bench.score(bench.write(encounters, "good.parquet"), "good")
    pd.testing.assert_series_equal(others["probability"], bench.output("good").drop([second, third])["probability"])


def test_no_cell_is_repeated(bench, encounters):
    frame = encounters.copy()
    frame["sex"] = frame["sex"].astype(object)
    frame.loc[3, "sex"] = "QUIMBY"
    frame["age"] = frame["age"].astype(object).astype(str)
    frame.loc[4, "age"] = "QUIMBY"
    bench.score(bench.write(frame.replace("<NA>", ""), "in.csv"))
    assert list(bench.output()["refused"][4]) == ["age: dtype"]
    for path in [*(bench.root / "out").iterdir(), *(bench.root / "predictions").rglob("*.parquet")]:
        assert b"QUIMBY" not in path.read_bytes()


def test_an_unknown_time_may_be_before_everything(bench, encounters):
    places = bad_row(encounters)
    frame = encounters.copy()
    frame.loc[places[-1], "at"] = pd.NaT
    bench.score(bench.write(frame))
    found = bench.output()
    assert [list(found["refused"][place]) for place in places] == [["history.at: nullable"]] * 2 + [["at: nullable"]]


def test_an_encounter_that_stands_twice(bench, encounters):
    frame = pd.concat([encounters, encounters.head(1)], ignore_index=True)
    bench.score(bench.write(frame))
    found = bench.output()
    assert found["refused"][0][0] == found["refused"][600][0] == "visit: unique"


def test_excluded_rows_are_neither_scored_nor_history(trained, tmp_path, encounters):
    import service_sample

    project = service_sample.make(tmp_path / "project", params={"data": {"exclude": {"code": ["d"]}}})
    bench = scored.Bench(project, tmp_path)
    done = bench.score(bench.write(encounters))
    out = encounters["code"] == "d"
    found = bench.output()
    assert done.refused == {"code: excluded": int(out.sum())}
    assert done.out_of_contract == 0
    bench.score(bench.write(encounters[~out], "kept.parquet"), "kept")
    np.testing.assert_array_equal(found["probability"][~out], bench.output("kept")["probability"])


def test_features_that_cannot_be_made_refuse_their_subject_alone(tmp_path, encounters):
    import service_sample

    code = service_sample.sample.FEATURES.replace(
        "    features = encounters",
        '    if (encounters["lab"] == 399.5).any():\n        raise ValueError\n    features = encounters',
    )
    bench = scored.Bench(service_sample.make(tmp_path / "project", features=code), tmp_path)
    frame = encounters.copy()
    frame.loc[7, "lab"] = 399.5
    done = bench.score(bench.write(frame))
    own = frame["patient"] == frame["patient"][7]
    found = bench.output()
    assert found["probability"].isna().tolist() == own.tolist()
    assert found["refused"][7][0].startswith("encounter: features (pipelines/features.py")
    assert done.out_of_contract == own.sum()


def test_the_log_is_the_service_s(bench, encounters):
    bench.score(bench.write(encounters))
    engine = Engine.load(bench.settings)
    log, found = bench.logged(), bench.output()
    kept = tuple((c.name, c.kind) for c in engine.parser.columns if c.name not in ("visit", "patient"))
    header = Header(engine.version, engine.contract_version, "prod", engine.params.evaluate.thresholds, kept)
    line = Answer(
        "0" * 32,
        0,
        "score",
        probe=False,
        subject=None,
        encounter=None,
        earlier=0,
        probability=0.5,
        alert=True,
        warnings=[],
        inputs={},
    )
    segment = header.table(line.line()).schema
    assert log.schema.names == segment.names
    assert [field.type for field in log.schema] == [field.type for field in segment]
    by_id = log.to_pandas().set_index("id").loc[found["id"]]
    assert by_id["probability"].tolist() == found["probability"].tolist()
    key = b"0123456789abcdef" * 2
    assert by_id["encounter"].tolist() == [keyed(key, "encounter", visit) for visit in encounters["visit"]]
    assert by_id["subject"].tolist() == [keyed(key, "subject", patient) for patient in encounters["patient"]]
    assert set(by_id["asked"]) == {"score"}
    assert set(by_id["stage"]) == {"prod"}
    assert not by_id["probe"].any()
    before = encounters.sort_values(["patient", "at"]).groupby("patient").cumcount()
    assert by_id["earlier"].tolist() == before.loc[encounters.index].tolist()
    assert by_id["inputs.lab"].isna().tolist() == encounters["lab"].isna().tolist()
    assert [list(item) for item in by_id["warnings"]] == [
        [] if item is None else list(item) for item in found["warnings"]
    ]


def test_columns_that_nobody_asked_for(bench, encounters):
    done = bench.score(bench.write(encounters.assign(surname="Quimby", again=1)))
    assert done.extra == ("surname",)  # ``again`` is the contract's outcome: known, and not looked at
    assert done.answered == 600


def test_a_missing_column_is_refused_before_anything(bench, encounters):
    with pytest.raises(ContractViolation, match="'age' of the contract is missing") as error:
        bench.score(bench.write(encounters.rename(columns={"age": "agee"})))
    assert "agee" in str(error.value)
    assert not (bench.root / "out").exists()


def test_a_truncated_file(bench, encounters):
    path = bench.root / "in.parquet"
    bench.write(encounters)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageError, match="damaged or cut off"):
        bench.score(str(path))


def test_damage_inside_a_file(bench, encounters):
    path = bench.root / "in.parquet"
    bench.write(encounters, row_group_size=200)
    content = bytearray(path.read_bytes())
    content[200:900] = bytes(700)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged or cut off"):
        bench.score(str(path))
    assert not list((bench.root / "out").glob("part-*"))


def test_no_rows_and_no_bytes(bench, encounters):
    done = bench.score(bench.write(encounters.head(0)))
    assert (done.rows, done.parts, done.answered) == (0, 1, 0)
    assert bench.output().empty
    done = bench.score(bench.write(encounters.head(0), "in.csv"), "csv")
    assert done.rows == 0
    (bench.root / "empty.parquet").write_bytes(b"")
    with pytest.raises(UsageError, match="the file is empty"):
        bench.score("empty.parquet", "other")
    with pytest.raises(UsageError, match="neither Parquet nor CSV"):
        (bench.root / "nothing").mkdir()
        bench.score("nothing", "other")


def test_an_output_in_a_bucket(bench, encounters):
    request = bench.request(bench.write(encounters))
    from dataclasses import replace

    import fsspec

    from wardround.scoring import score

    bench.score(bench.write(encounters))
    done = score(replace(request, output="memory://bucket/scores"))
    files = fsspec.filesystem("memory")
    assert done.answered == 600
    assert {path.rpartition("/")[2] for path in files.ls("/bucket/scores", detail=False)} == set(
        scored.content(bench.root / "out")
    )
    assert score(replace(request, output="memory://bucket/scores")).nothing
    assert files.cat_file("/bucket/scores/part-00000.parquet") == (bench.root / "out/part-00000.parquet").read_bytes()


def test_the_summary_is_kept(bench, encounters):
    done = bench.score(bench.write(encounters))
    told = json.loads((bench.root / "out" / "_finished.json").read_bytes())
    assert told["answered"] == done.answered
    table = pa.concat_tables([pa.parquet.read_table(path) for path in (bench.root / "out").glob("*.parquet")])
    assert told["alerts"] == sum(table.column("alert_0.2").to_pylist())
