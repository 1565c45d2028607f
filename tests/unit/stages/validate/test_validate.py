"""The stage on small snapshots with planted faults: each is found, counted, placed, and never quoted."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wardround.errors import UsageError
from wardround.evidence.base import read
from wardround.evidence.profile import Profile
from wardround.evidence.validation import Validation, failure_table, rejudged
from wardround.project.layout import Project
from wardround.stages.validate import run
from wardround.values import Verdict

CONTRACT = """
import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series


class Encounters(pa.DataFrameModel):
    id: Series[str] = pa.Field()
    age: Series[pd.Int64Dtype] = pa.Field(ge=0, le=120, nullable=True)
    creatinine: Series[float] = pa.Field(gt=0, nullable=True, metadata={"unit": "mg/dL"})
    sex: Series[str] = pa.Field(isin=["female", "male"])
    note: Series[str] = pa.Field(nullable=True)
    seen: Series[pd.Timestamp] = pa.Field()
    died: Series[pd.BooleanDtype] = pa.Field()
    resulted: Series[pd.Timestamp] = pa.Field(nullable=True)

    @pa.check("age")
    def not_thirteen(cls, age):
        return age != 13

    @pa.dataframe_check
    def boys_have_notes(cls, table):
        return (table["sex"] != "male") | table["note"].notna()
"""
PARAMS = """
project: {name: tiny}
data:
  source: files
  path: raw.csv
  columns: {encounter: id, time: seen, site: hospital, outcome: died, outcome_time: resulted}
  window: {end: "2025-01-01"}
contract:
  outcome_rate: [0.05, 0.6]
"""
ROWS = 3000


def clean(seed=0):
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, ROWS), unit="D")
    return pd.DataFrame(
        {
            "id": [f"e{number}" for number in range(ROWS)],
            "age": rng.integers(20, 100, ROWS).astype(float),
            "creatinine": np.round(rng.lognormal(0, 0.4, ROWS), 2) + 0.01,
            "sex": rng.choice(["female", "male"], ROWS),
            "note": rng.choice(["a", "bb", "ccc"], ROWS),
            "seen": days,
            "died": rng.random(ROWS) < 0.2,
            "resulted": days + pd.Timedelta(days=3),
            "hospital": rng.choice(["north", "south"], ROWS),
        }
    )


def project(path, table, contract=CONTRACT, params=PARAMS, uncast=None, parts=3):
    """A project whose snapshot holds ``table``."""
    (path / "pipelines").mkdir()
    (path / "pipelines" / "contract.py").write_text(contract)
    (path / "params.yaml").write_text(params)
    (path / "dvc.yaml").write_text("stages: {}\n")
    died = table["died"].astype("boolean")
    columns = {
        "id": pa.array(table["id"].tolist(), pa.string()),
        "age": pa.array(table["age"].astype("Int64"), pa.int64()),
        "creatinine": pa.array(table["creatinine"], pa.float64(), from_pandas=True),
        "sex": pa.array(table["sex"].tolist(), pa.string()),
        "note": pa.array([note if isinstance(note, str) else None for note in table["note"]], pa.string()),
        "seen": pa.array(table["seen"], pa.timestamp("us")),
        "died": pa.array(died, pa.bool_()),
        "resulted": pa.array(table["resulted"], pa.timestamp("us")),
        "wr_encounter": pa.array(table["id"].tolist(), pa.string()),
        "wr_subject": pa.array(table["id"].tolist(), pa.string()),
        "wr_time": pa.array(table["seen"], pa.timestamp("us")),
        "wr_site": pa.array(table["hospital"].tolist(), pa.string()),
        "wr_outcome": pa.array(died.astype("Int8"), pa.int8()),
        "wr_uncast": pa.array(uncast or [None] * len(table), pa.list_(pa.string())),
    }
    whole = pa.table(columns)
    snapshot = path / "data" / "snapshot"
    snapshot.mkdir(parents=True)
    size = max(1, -(-len(table) // parts))
    for part in range(parts):
        pq.write_table(whole.slice(part * size, size), snapshot / f"part-{part:05}.parquet")
    return Project(path)


def refused(validation):
    return {item.name: item.failures for item in validation.checks if item.verdict is Verdict.REFUSE}


def test_clean_table_passes_and_both_files_are_written(tmp_path):
    tiny = project(tmp_path, clean())
    found = run(tiny)
    assert refused(found) == {}
    assert found.verdict is Verdict.PASS
    assert failure_table(found) == ()
    assert found.rows == ROWS
    assert sum(found.rows_by_site.values()) == sum(found.rows_by_month.values()) == ROWS
    assert read(Validation, tiny.layout.evidence("validation")).value == found
    profile = read(Profile, tiny.layout.evidence("profile")).value
    assert [column.name for column in profile.columns][:3] == ["id", "age", "creatinine"]
    assert profile.column("sex").levels.counts.keys() == {"female", "male"}


def test_same_snapshot_gives_the_same_bytes_however_it_is_cut(tmp_path):
    written = []
    for parts in (1, 5):
        root = tmp_path / str(parts)
        root.mkdir()
        tiny = project(root, clean(), parts=parts)
        run(tiny)
        written.append([tiny.layout.evidence(name).read_bytes() for name in ("validation", "profile")])
    assert written[0] == written[1]


def test_every_planted_fault_is_counted_and_placed(tmp_path):
    table = clean()
    table.loc[:3, "age"] = [130, -1, 13, np.nan]
    table.loc[10:14, "sex"] = "SECRET"
    table.loc[20:21, "note"] = None
    table.loc[20:21, "sex"] = ["male", "female"]
    table.loc[30, "seen"] = pd.Timestamp("2031-05-05")
    table.loc[40:42, "resulted"] = table.loc[40:42, "seen"] - pd.Timedelta(days=1)
    table["died"] = table["died"].astype("boolean")
    table.loc[50:54, "died"] = pd.NA
    uncast = [None] * ROWS
    uncast[60] = ["age", "creatinine"]
    table.loc[60, ["age", "creatinine"]] = np.nan
    found = run(project(tmp_path, table, uncast=uncast))
    assert refused(found) == {
        "range.age": 2,
        "not_thirteen.age": 1,
        "dtype.age": 1,
        "dtype.creatinine": 1,
        "categories.sex": 5,
        "boys_have_notes": 1,
        "nullable.died": 5,
        "future_encounter.seen": 1,
        # row 30 itself: its result now lies years before it
        "outcome_before_encounter.resulted": 4,
    }
    assert found.check("missing_outcome", "died").failures == 5
    assert found.check("missing_outcome", "died").verdict is Verdict.PASS
    assert found.check("future_encounter", "seen").by_month == {"2031-05": 1}
    sex = found.check("categories", "sex")
    assert sex.by_site == dict(sorted(table.loc[10:14, "hospital"].value_counts().items()))
    assert sum(sex.by_month.values()) == 5
    assert "SECRET" not in json.dumps(found.plain())
    assert failure_table(found)[0].verdict is Verdict.REFUSE


def test_duplicates_contradictions_and_equal_rows(tmp_path):
    table = clean()
    again = table.iloc[[5, 5, 6, 7]].copy()
    again.iloc[2, again.columns.get_loc("died")] = not again.iloc[2]["died"]
    again.iloc[3, again.columns.get_loc("note")] = "another"
    found = run(project(tmp_path, pd.concat([table, again], ignore_index=True)))
    assert found.check("duplicate_encounter", "id").failures == 3 + 2 + 2
    assert found.check("duplicate_row").failures == 3
    assert found.check("label_conflict").failures == 2
    assert refused(found) == {"duplicate_encounter.id": 7, "duplicate_row": 3, "label_conflict": 2}


def test_without_identifier_equal_rows_are_told_but_refuse_nothing(tmp_path):
    table = clean()
    table = pd.concat([table, table.iloc[:2]], ignore_index=True)
    found = run(project(tmp_path, table, params=PARAMS.replace("encounter: id, ", "")))
    assert found.check("duplicate_row").failures == 4
    assert found.check("duplicate_row").verdict is Verdict.PASS
    assert found.check("label_conflict").verdict is Verdict.NOT_APPLICABLE
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("share", "rules"), [(1.0, {"one_class.died", "outcome_rate.died"}), (0.9, {"outcome_rate.died"})]
)
def test_class_balance(tmp_path, share, rules):
    table = clean()
    table["died"] = np.arange(ROWS) < share * ROWS
    assert set(refused(run(project(tmp_path, table)))) == rules


def test_empty_column_and_empty_table(tmp_path):
    table = clean()
    table["creatinine"] = np.nan
    root = tmp_path / "a"
    root.mkdir()
    assert set(refused(run(project(root, table)))) == {"all_missing.creatinine"}
    root = tmp_path / "b"
    root.mkdir()
    assert "empty_table" in refused(run(project(root, table.iloc[:0], parts=1)))


@pytest.mark.parametrize("start", ["2024-01-01", "2024-09-01"])
def test_unit_mixup_at_one_site_from_some_month_on(tmp_path, start):
    table = clean()
    table["hospital"] = np.random.default_rng(2).choice(["north", "south", "west"], ROWS)
    wrong = (table["hospital"] == "south") & (table["seen"] >= start)
    table.loc[wrong, "creatinine"] *= 88.4
    result = run(project(tmp_path, table)).check("unit_mixup", "creatinine")
    assert result.verdict is Verdict.REFUSE
    assert result.failures == wrong.sum()
    assert result.by_site == {"south": wrong.sum()}
    assert min(result.by_month) == start[:7]
    assert "creatinine" in result.reason


def test_of_two_sites_that_disagree_both_are_suspected(tmp_path):
    table = clean()
    table.loc[table["hospital"] == "south", "creatinine"] *= 88.4
    assert refused(run(project(tmp_path, table))) == {"unit_mixup.creatinine": ROWS}


def test_another_case_mix_is_no_unit_mixup(tmp_path):
    table = clean()
    south = table["hospital"] == "south"
    table.loc[south, "creatinine"] *= 1.6
    table.loc[south, "age"] = np.random.default_rng(1).integers(1, 18, south.sum())
    assert refused(run(project(tmp_path, table))) == {"not_thirteen.age": (table["age"] == 13).sum()}


def test_tolerance_by_rule_and_column_and_base_tolerance_wins(tmp_path):
    table = clean()
    table.loc[:2, "age"] = 500
    tiny = project(tmp_path, table, params=PARAMS + "  tolerance: {range.age: 0.001}\n")
    found = run(tiny)
    assert found.check("range", "age").share == pytest.approx(0.001)
    assert found.verdict is Verdict.PASS
    assert rejudged(found, {}).verdict is Verdict.REFUSE
    assert rejudged(found, {"range": 0.01}).verdict is Verdict.PASS


def test_misspelt_tolerance_is_refused_with_the_nearest_name(tmp_path):
    tiny = project(tmp_path, clean(), params=PARAMS + "  tolerance: {rnage.age: 0.1, range.aeg: 0.2}\n")
    with pytest.raises(UsageError) as error:
        run(tiny)
    assert len(error.value.problems) == 2
    assert "range.age" in error.value.problems[0].next


def test_missing_column_is_a_verdict(tmp_path):
    contract = CONTRACT.replace("    note: ", "    weight: Series[float] = pa.Field()\n    note: ")
    found = run(project(tmp_path, clean(), contract=contract))
    assert refused(found)["required.weight"] == ROWS


def test_no_snapshot_and_damaged_part(tmp_path):
    tiny = project(tmp_path, clean())
    part = tiny.layout.snapshot / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-200])
    with pytest.raises(UsageError, match="cut off or damaged"):
        run(tiny)
    for path in tiny.layout.snapshot.iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="no snapshot"):
        run(tiny)
