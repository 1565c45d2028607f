"""Ingest as a stage: the snapshot, its evidence, and every way to fail without leaving anything behind."""

import errno
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text

from wardround.errors import ContractViolation, EnvironmentFailure, UsageError
from wardround.evidence.base import read
from wardround.evidence.ingest import Ingest
from wardround.files import sha256_file
from wardround.project.layout import Project
from wardround.stages import ingest
from wardround.stages.ingest import partitions, run

HEADER = "visit,person,when,age,site,sick"
PEOPLE = {"encounter": "visit", "subject": "person", "time": "when", "site": "site", "outcome": "sick"}


def rows(count: int = 60) -> list[str]:
    return [
        f"v{i:03d},p{i % 23:02d},2024-{i % 12 + 1:02d}-{i % 28 + 1:02d} 10:{i % 60:02d},{20 + i},{'ab'[i % 2]},{int(i % 4 == 0)}"
        for i in range(count)
    ]


def write(project: Project, lines: list[str], name: str = "t.csv") -> None:
    (project.root / name).write_text("\n".join([HEADER, *lines]) + "\n")


def snapshot(project: Project) -> pd.DataFrame:
    parts = sorted(project.layout.snapshot.glob("*"))
    return pd.concat([pd.read_parquet(part).assign(part=part.name) for part in parts], ignore_index=True)


def nothing_left(project: Project) -> bool:
    """No snapshot, no evidence, no temporary file."""
    data = project.root / "data"
    return not (data.exists() and list(data.iterdir())) and not project.layout.evidence("ingest").exists()


def test_the_snapshot_and_its_evidence(make: Any) -> None:
    project = make()
    write(project, rows())
    evidence = run(project)
    frame = snapshot(project)
    assert sorted(frame["visit"]) == [f"v{i:03d}" for i in range(60)]
    assert frame.groupby("wr_subject")["part"].nunique().max() == 1
    for _, part in frame.groupby("part"):
        assert part.equals(part.sort_values(["wr_subject", "wr_time", "wr_encounter"], kind="stable"))
    assert (frame["wr_encounter"] == frame["visit"]).all()
    assert (frame["wr_time"] == frame["when"]).all()
    assert frame["wr_site"].equals(frame["site"])
    assert (frame["wr_outcome"] == frame["sick"]).all()
    assert frame["wr_uncast"].isna().all()
    schema = parquet.read_schema(project.layout.snapshot / evidence.parts[0].name)
    assert [str(schema.field(name).type) for name in ("age", "when", "wr_outcome", "wr_time", "wr_subject")] == [
        "int64", "timestamp[us]", "int8", "timestamp[us]", "string",
    ]  # fmt: skip
    assert not schema.metadata
    assert (evidence.rows_read, evidence.rows, evidence.subjects, evidence.events) == (60, 60, 23, 15)
    span = frame["when"].min().isoformat(), frame["when"].max().isoformat()
    assert (evidence.first_time, evidence.last_time) == span
    assert [part.digest for part in evidence.parts] == [
        sha256_file(project.layout.snapshot / p.name) for p in evidence.parts
    ]
    assert sum(part.subjects for part in evidence.parts) == 23
    assert read(Ingest, project.layout.evidence("ingest")).value == evidence
    assert evidence.files[0].encoding == "utf-8"


def test_same_rows_same_bytes_whatever_the_packing(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    write(project, rows())
    first = run(project)
    monkeypatch.setattr(partitions, "_BUFFER_BYTES", 1)
    original = partitions.Partitioner.__init__

    def tiny(self: Any, *args: Any, **settings: Any) -> None:
        original(self, *args, buffer_bytes=1)

    monkeypatch.setattr(partitions.Partitioner, "__init__", tiny)
    assert run(project).snapshot == first.snapshot
    write(project, rows()[:25], "s-1.csv")
    write(project, rows()[25:], "s-2.csv")
    assert run(make(path="s-*.csv")).snapshot == first.snapshot
    frame = pd.read_csv(tmp_path / "t.csv", parse_dates=["when"])
    frame.to_parquet(tmp_path / "t.parquet")
    assert run(make(path="t.parquet")).snapshot == first.snapshot
    shuffled = rows()
    random.Random(1).shuffle(shuffled)
    write(project, shuffled)
    assert run(make()).snapshot == first.snapshot
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["snapshot"]


def test_window_and_exclusions_are_counted_once(make: Any) -> None:
    project = make(window={"start": "2024-03-01", "end": "2024-10-01"}, exclude={"age": [30, 31], "site": ["b"]})
    write(project, rows())
    evidence = run(project)
    frame = pd.read_csv(project.root / "t.csv", parse_dates=["when"])
    inside = frame[(frame["when"] >= "2024-03-01") & (frame["when"] < "2024-10-01")]
    assert evidence.out_of_window == 60 - len(inside)
    assert evidence.excluded == {
        "age": int(inside["age"].isin([30, 31]).sum()),
        "site": int((~inside["age"].isin([30, 31]) & (inside["site"] == "b")).sum()),
    }
    assert evidence.rows == evidence.rows_read - evidence.out_of_window - sum(evidence.excluded.values())
    assert set(snapshot(project)["site"]) == {"a"}


def test_the_window_takes_its_start_and_not_its_end(make: Any) -> None:
    project = make(window={"start": "2024-01-02", "end": "2024-01-03"})
    lines = [f"v{i},p{i},2024-01-0{day},{i},a,{i % 2}" for i, day in enumerate([1, 2, 2, 3])]
    write(project, lines)
    assert sorted(snapshot_after(project)["visit"]) == ["v1", "v2"]


def snapshot_after(project: Project) -> pd.DataFrame:
    run(project)
    return snapshot(project)


def test_unreadable_cells_are_null_and_named(make: Any) -> None:
    project = make()
    lines = rows()
    lines[0] = "v000,p00,2024-01-01,old,a,0"
    lines[1] = "v001,p01,someday,99999999999999999999,b,yes"
    lines[2] = "v002,p02,2024-01-03,-1,c,"
    write(project, lines)
    evidence = run(project)
    frame = snapshot(project).set_index("visit")
    assert list(frame.loc["v000", "wr_uncast"]) == ["age"]
    assert list(frame.loc["v001", "wr_uncast"]) == ["when", "age", "sick"]
    assert frame.loc["v002", "wr_uncast"] is None
    assert pd.isna(frame.loc["v002", "age"])
    assert pd.isna(frame.loc["v002", "wr_outcome"])
    assert pd.isna(frame.loc["v001", "wr_outcome"])
    assert frame.loc["v002", "site"] == "c"
    facts = {column.name: column for column in evidence.columns}
    assert (facts["age"].uncastable, facts["age"].missing, facts["when"].uncastable, facts["sick"].uncastable) == (
        2,
        3,
        1,
        1,
    )
    assert (evidence.unlabelled, evidence.without_time) == (2, 1)
    assert "old" not in project.layout.evidence("ingest").read_text()


def test_rows_without_a_time_stay_for_the_contract_check(make: Any) -> None:
    project = make(window={"start": "2024-01-01"})
    write(project, [*rows(), "v900,p00,,1,a,0"])
    assert "v900" in set(snapshot_after(project)["visit"])


def test_missing_subjects_are_subjects_of_their_own(make: Any) -> None:
    project = make()
    write(project, [*rows(), "v900,,2024-01-01,1,a,0", "v901,,2024-01-01,1,a,0", ",p00,2024-01-01,1,a,0"])
    evidence = run(project)
    frame = snapshot(project)
    assert evidence.without_subject == 2
    assert evidence.without_encounter == 1
    assert sorted(frame.loc[frame["visit"].isin(["v900", "v901"]), "wr_subject"]) == ["row-000000061", "row-000000062"]
    assert frame.loc[frame["visit"].isna(), "wr_encounter"].tolist() == ["row-000000063"]
    assert any("name no subject" in item for item in evidence.limitations)


def test_without_ids_or_time_rows_are_named_by_place(make: Any) -> None:
    project = make(columns={"outcome": "sick"})
    write(project, [*rows(), rows()[0]])
    evidence = run(project)
    frame = snapshot(project)
    assert evidence.subjects == 61
    assert frame["wr_encounter"].is_unique
    assert (frame["wr_subject"] == frame["wr_encounter"]).all()
    assert not {"wr_time", "wr_site"} & set(frame.columns)
    assert len(evidence.limitations) == 3


def test_an_integer_order_is_time_too(make: Any) -> None:
    contract = (
        "import pandas as pd\nimport pandera.pandas as pa\nfrom pandera.typing import Series\n"
        "class Encounters(pa.DataFrameModel):\n    visit: Series[pd.Int64Dtype]\n    sick: Series[str]\n"
    )
    project = make(
        contract,
        columns={"encounter": "visit", "time": "visit", "outcome": "sick"},
        positive="<30",
        window={"start": 2, "end": 40},
    )
    (project.root / "t.csv").write_text(
        "visit,sick,more\n" + "".join(f"{i},{['NO', '<30', '>30'][i % 3]},x\n" for i in range(50))
    )
    evidence = run(project)
    frame = snapshot(project)
    assert frame["wr_time"].dtype == "int64"
    assert (frame["wr_time"].min(), frame["wr_time"].max()) == (2, 39)
    assert (frame["wr_outcome"] == (frame["sick"] == "<30")).all()
    assert {column.name: column.declared for column in evidence.columns} == {"visit": True, "sick": True, "more": False}


@pytest.mark.parametrize(("positive", "events"), [(1, 15), ("1", 15), (">0", 15), ("<=0", 45), ("!=1", 45), (True, 15)])
def test_positive_is_a_value_or_a_comparison(make: Any, positive: object, events: int) -> None:
    project = make(positive=positive)
    write(project, rows())
    assert run(project).events == events


def test_dates_with_slashes_take_the_order_of_the_whole_column(make: Any) -> None:
    project = make()
    lines = [f"v{i},p{i},{i % 12 + 1}/{i % 28 + 1}/2024,{i},a,{i % 2}" for i in range(40)]
    write(project, lines)
    frame = snapshot_after(project).set_index("visit")
    assert frame.loc["v1", "wr_time"] == pd.Timestamp(2024, 2, 2)
    assert frame.loc["v25", "wr_time"] == pd.Timestamp(2024, 2, 26)
    write(project, [f"v{i},p{i},{i % 12 + 1}/{i % 12 + 1}/2024,{i},a,{i % 2}" for i in range(40)])
    with pytest.raises(UsageError, match="do not tell day and month apart"):
        run(project)
    write(project, [*lines, "v99,p99,28/2/2024,1,a,1"])
    with pytest.raises(UsageError, match="some dates put the day first"):
        run(project)


def test_a_filtering_contract_drops_other_columns(make: Any) -> None:
    project = make()
    contract = project.layout.contract.read_text() + '\n    class Config:\n        strict = "filter"\n'
    project = make(contract, exclude={"kept": ["no"]})
    (project.root / "t.csv").write_text(f"{HEADER},kept,gone\n" + "".join(f"{line},yes,1\n" for line in rows()))
    evidence = run(project)
    assert evidence.dropped_columns == ("gone",)
    assert "kept" in snapshot(project)
    assert "gone" not in snapshot(project)


# ---- sources ------------------------------------------------------------------------------------------------------


def test_sql_gives_the_same_snapshot_as_the_file(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    write(project, rows())
    wanted = run(project).snapshot
    url = f"sqlite:///{project.root / 'hospital.db'}"
    engine = create_engine(url)
    frame = pd.read_csv(project.root / "t.csv")
    with engine.begin() as connection:
        connection.execute(text("create table visits (visit, person, 'when', age, site, sick)"))
        for record in frame.to_dict("records"):
            connection.execute(text("insert into visits values (:visit, :person, :when, :age, :site, :sick)"), record)
    engine.dispose()
    monkeypatch.setenv("HOSPITAL_URL", url)
    settings = {"source": "sql", "url_variable": "HOSPITAL_URL"}
    assert run(make(path="select * from visits", **settings)).snapshot == wanted
    with pytest.raises(UsageError) as caught:
        run(make(path="select * from visit", **settings))
    assert caught.value.problems[0].found == "no such table: visit"
    with pytest.raises(UsageError, match="gives no row"):
        run(make(path="select * from visits where 1 = 0", **settings))
    with pytest.raises(UsageError, match="does not read"):
        run(make(path="delete from visits", **settings))
    with pytest.raises(UsageError, match="same name: visit"):
        run(make(path="select visit, visit from visits", **settings))
    with pytest.raises(UsageError, match="column of bytes"):
        run(make(path="select visit, person, [when], age, x'00' as site, sick from visits", **settings))


def test_sql_keeps_the_url_secret(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"source": "sql", "url_variable": "HOSPITAL_URL", "path": "select 1"}
    monkeypatch.delenv("HOSPITAL_URL", raising=False)
    with pytest.raises(EnvironmentFailure, match="HOSPITAL_URL is not set"):
        run(make(**settings))
    for url in ("nonsense+driver://me:hunter2@host/db", "not a url hunter2", "sqlite:////nowhere/hunter2/x.db"):
        monkeypatch.setenv("HOSPITAL_URL", url)
        with pytest.raises(EnvironmentFailure) as caught:
            run(make(**settings))
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None


def test_the_synthetic_network(repository: Path, make: Any) -> None:
    project = make(
        (repository / "pipelines" / "contract.py").read_text(),
        source="synthetic",
        columns={
            "encounter": "encounter_id",
            "subject": "subject_id",
            "time": "admitted_at",
            "outcome": "readmitted_30d",
        },
        exclude={"discharge_to": ["died", "hospice"]},
    )
    evidence = run(project)
    assert evidence.rows_read == 24_000
    assert 0.11 < evidence.events / evidence.rows < 0.15
    assert not any(column.uncastable for column in evidence.columns)
    assert all(column.declared for column in evidence.columns)


# ---- faults -------------------------------------------------------------------------------------------------------


def refused(project: Project, kind: type[Exception] = UsageError) -> str:
    with pytest.raises(kind) as caught:
        run(project)
    assert nothing_left(project)
    return str(caught.value)


def test_missing_columns_are_all_named_with_their_neighbours(make: Any) -> None:
    project = make(columns={**PEOPLE, "site": "hospital", "subject": "persons"})
    (project.root / "t.csv").write_text("visit,person,whenn,site,sick\n1,2,3,4,5\n")
    message = refused(project)
    for part in (
        "no column 'hospital'",
        "no column 'persons'",
        "did you mean person?",
        "'age' of the contract is missing",
    ):
        assert part in message
    assert "did you mean whenn?" in message
    project = make(columns={"outcome": "sick"})
    message = refused(project, ContractViolation)
    assert message.count("of the contract is missing") == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"exclude": {"sit": ["a"]}}, "did you mean site or visit?"),
        ({"exclude": {"age": ["old"]}}, "cannot be a value of its column"),
        ({"positive": "yes"}, "data.positive cannot be a value"),
        ({"window": {"start": 3}}, "does not fit the time column"),
        ({"window": {"start": "2024-05-01", "end": "2024-05-01"}}, "the window is empty"),
        ({"columns": {**PEOPLE, "time": "site"}}, "the time column 'site' is category"),
        ({"columns": {"outcome": "sick"}, "window": {"end": "2024-05-01"}}, "a window needs a time column"),
        ({"window": {"start": "2030-01-01"}}, "no encounter is left"),
        ({"positive": 7}, "only one class"),
        ({"path": "other.csv"}, "the file is not there"),
        ({"path": "t.{csv"}, "the file is not there"),
        ({"path": "no-*.csv"}, "no file matches"),
        ({"separator": ";"}, "set data.separator"),
    ],
)
def test_params_that_do_not_fit_the_table(make: Any, data: dict[str, Any], message: str) -> None:
    project = make(**data)
    write(project, rows())
    assert message in refused(project)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "a header but no row"),
        ([*rows(), "v1,p1,2024-01-01,SECRET"], "line 62"),
        ([f"v{i},p{i},SECRET,1,a,{i % 2}" for i in range(30)], "most cells of the time column cannot be read"),
        ([f"v{i},p{i},2024-01-01,1,a,SECRET" for i in range(30)], "most cells of the outcome column cannot be read"),
        ([f"v{i},p{i},2024-01-01,1,a," for i in range(30)], "no encounter has an outcome"),
        ([f"v{i},p{i},2024-01-01,1,a,1" for i in range(30)], "every encounter has the outcome"),
    ],
)
def test_tables_that_cannot_be_used(make: Any, lines: list[str], message: str) -> None:
    project = make()
    write(project, lines)
    found = refused(project)
    assert message in found
    assert "SECRET" not in found


def test_small_counts_are_not_printed(make: Any) -> None:
    project = make()
    write(project, [f"v{i},p{i},{'2024-01-01' if i < 7 else 'x'},1,a,1" for i in range(30)])
    assert "fewer than 11 of 30 cells readable" in refused(project)


def test_wrong_encodings_and_damage_leave_nothing(make: Any) -> None:
    project = make()
    path = project.root / "t.csv"
    path.write_bytes(f"{HEADER}\nv1,Zoë,2024-01-01,1,a,1\n".encode("latin-1"))
    assert "byte 37" in refused(project)
    path.write_bytes(b"")
    assert "the file is empty" in refused(project)
    path.write_text("wr_time,visit\n1,2\n")
    assert "reserved: wr_time" in refused(project)
    parquet.write_table(pa.table({"x": list(range(5000))}), project.root / "t.parquet")
    content = (project.root / "t.parquet").read_bytes()
    (project.root / "t.parquet").write_bytes(content[:-100])
    assert "damaged or cut off" in refused(make(path="t.parquet"))


def test_latin_1_is_read_when_params_say_so(make: Any) -> None:
    project = make(encoding="latin-1")
    lines = [*rows(), "v1,Zoë,2024-01-01,1,a,1"]
    (project.root / "t.csv").write_bytes(("\n".join([HEADER, *lines]) + "\n").encode("latin-1"))
    assert "Zoë" in set(snapshot_after(project)["wr_subject"])


def test_a_full_disk_keeps_the_old_snapshot(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make()
    write(project, rows())
    before = run(project).snapshot
    write(project, rows(40))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "write_part", full)
        with pytest.raises(EnvironmentFailure, match="No space left"):
            run(project)
    assert sorted(path.name for path in (project.root / "data").iterdir()) == ["snapshot"]
    kept = read(Ingest, project.layout.evidence("ingest")).value
    assert kept is not None
    assert kept.snapshot == before
    assert len(snapshot(project)) == 60


def test_what_a_killed_run_left_is_swept_away(make: Any) -> None:
    project = make()
    write(project, rows())
    for name in (".ingest-abc", ".snapshot.0123.tmp", ".snapshot.0123.old"):
        (project.root / "data" / name).mkdir(parents=True)
    run(project)
    assert sorted(path.name for path in (project.root / "data").iterdir()) == ["snapshot"]


# ---- real data ----------------------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_diabetes_130(make: Any, shared_data: Path) -> None:
    contract = (
        "import pandas as pd\nimport pandera.pandas as pa\nfrom pandera.typing import Series\n"
        "class Encounters(pa.DataFrameModel):\n    encounter_id: Series[pd.Int64Dtype]\n    patient_nbr: Series[pd.Int64Dtype]\n"
        "    discharge_disposition_id: Series[pd.Int64Dtype]\n    readmitted: Series[str]\n"
        '    race: Series[str] = pa.Field(nullable=True, metadata={"missing": ["?"]})\n    A1Cresult: Series[str]\n'
    )
    project = make(
        contract,
        path=str(shared_data / "uci_diabetes130" / "diabetic_data.csv.gz"),
        columns={
            "encounter": "encounter_id",
            "subject": "patient_nbr",
            "time": "encounter_id",
            "outcome": "readmitted",
        },
        positive="<30",
        exclude={"discharge_disposition_id": [11, 13, 14, 19, 20, 21]},
    )
    evidence = run(project)
    # Strack et al. 2014: 101,766 encounters; 2,423 ended in death or hospice; 11,357 readmissions within 30 days in all.
    assert (evidence.rows_read, evidence.rows, evidence.excluded["discharge_disposition_id"]) == (
        101_766,
        99_343,
        2_423,
    )
    assert (evidence.events, evidence.subjects) == (11_314, 69_990)
    frame = snapshot(project)
    assert (frame["A1Cresult"] == "None").any()
    assert frame["race"].isna().any()


@pytest.mark.parametrize("moment", ["before the parts", "between two parts", "before the rename"])
def test_kill_9_leaves_nothing_visible_and_the_next_run_continues(make: Any, moment: str) -> None:
    """The process ends itself as SIGKILL would: no handler, no cleanup."""
    project = make()
    write(project, rows())
    wanted = run(project).snapshot
    write(project, rows(40))
    (project.root / "params.json").write_text(project.params.model_dump_json())
    script = project.root / "killed.py"
    script.write_text(KILLED.format(root=str(project.root), moment=moment))
    ended = subprocess.run([sys.executable, str(script)], check=False, capture_output=True, timeout=120)
    assert ended.returncode == -9, ended.stderr.decode()
    assert len(snapshot(project)) == 60
    kept = read(Ingest, project.layout.evidence("ingest")).value
    assert kept is not None
    assert kept.snapshot == wanted
    evidence = run(project)
    assert evidence.rows == len(snapshot(project)) == 40
    assert sorted(path.name for path in (project.root / "data").iterdir()) == ["snapshot"]


KILLED = """\
import json, os, pathlib, signal
from wardround import files
from wardround.project.layout import Project
from wardround.project.params import from_mapping
from wardround.stages import ingest

root, moment = pathlib.Path({root!r}), {moment!r}
project = Project(root)
project.__dict__["params"] = from_mapping(json.loads((root / "params.json").read_text()))
write_part, calls = ingest.write_part, []


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def part(*arguments):
    if moment == "before the parts" or calls:
        die()
    calls.append(1)
    return write_part(*arguments)


if moment == "before the rename":
    files._replace_directory = die
else:
    ingest.write_part = part
ingest.run(project)
"""


def test_nested_columns_are_dropped_where_the_contract_drops_and_refused_elsewhere(make: Any) -> None:
    project = make(path="t.parquet")
    write(project, rows())
    frame = pd.read_csv(project.root / "t.csv").assign(scan=[[1, 2]] * 60)
    frame.to_parquet(project.root / "t.parquet")
    with pytest.raises(UsageError, match="lists, structures or bytes: scan"):
        run(project)
    contract = project.layout.contract.read_text() + '\n    class Config:\n        strict = "filter"\n'
    evidence = run(make(contract, path="t.parquet"))
    assert evidence.dropped_columns == ("scan",)
    with pytest.raises(UsageError, match="lists, structures or bytes: scan"):
        run(make(contract, path="t.parquet", exclude={"scan": ["1"]}))
