"""The split as a stage: files, evidence, and what it refuses."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from wardround.errors import UsageError, WardroundError
from wardround.evidence.base import read
from wardround.evidence.split import SplitEvidence
from wardround.project.layout import Project
from wardround.project.params import from_mapping
from wardround.stages.split import run
from wardround.stages.split.assign import TEST, TRAIN, VALIDATION, Shares, by_subject, by_time, overlap
from wardround.stages.split.read import read_rows
from wardround.tables import stable_hash
from wardround.values import Split


def project(root: Path, frame: pd.DataFrame, parts: int = 2, **split: Any) -> Project:
    """A project with a ready snapshot: whole subjects in parts, rows sorted."""
    made = Project(root)
    made.__dict__["params"] = from_mapping(
        {"project": {"name": "tiny"}, "data": {"source": "synthetic", "columns": {"outcome": "y"}}, "split": split}
    )
    made.layout.snapshot.mkdir(parents=True, exist_ok=True)
    keys = [name for name in ("wr_subject", "wr_time", "wr_encounter") if name in frame]
    for part in range(parts):
        rows = frame[frame["wr_subject"].map(lambda name: sum(name.encode()) % parts) == part].sort_values(keys)
        table = pa.Table.from_pandas(rows, preserve_index=False)
        place = table.schema.get_field_index("wr_outcome")
        table = table.set_column(place, "wr_outcome", table.column("wr_outcome").cast(pa.int8()))
        parquet.write_table(table, made.layout.snapshot / f"part-{part:05d}.parquet")
    return made


def encounters(n: int = 300, people: int = 240, *, time: str = "date") -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "wr_encounter": [f"e{i:04d}" for i in range(n)],
            "wr_subject": [f"p{i:03d}" for i in rng.integers(0, people, n)],
            "wr_outcome": pd.array(rng.integers(0, 2, n), "Int8"),
            "other": 1,
        }
    )
    if time == "date":
        frame["wr_time"] = pd.Timestamp(2024, 1, 1) + pd.to_timedelta(rng.integers(0, 365 * 24, n), "h")
        frame["wr_time"] = frame["wr_time"].astype("datetime64[us]")
    elif time == "order":
        frame["wr_time"] = rng.permutation(n)
    return frame


def test_the_file_is_in_snapshot_order_and_evidence_counts_it(tmp_path: Path) -> None:
    frame = encounters()
    frame.loc[3, "wr_outcome"] = pd.NA
    frame.loc[4, "wr_time"] = pd.NaT
    made = project(tmp_path, frame)
    evidence = run(made)
    written = pd.read_parquet(made.layout.split)
    ordered = pd.concat([pd.read_parquet(path) for path in sorted(made.layout.snapshot.glob("*"))], ignore_index=True)
    assert written.columns.tolist() == ["wr_encounter", "wr_subject", "wr_outcome", "split"]
    assert written["wr_encounter"].tolist() == ordered["wr_encounter"].tolist()
    assert set(written["split"]) == {split.value for split in Split}
    for facts in evidence.splits:
        mine = ordered[written["split"] == facts.split]
        assert (facts.n, facts.events, facts.subjects) == (
            len(mine),
            mine["wr_outcome"].sum(),
            mine["wr_subject"].nunique(),
        )
        assert facts.first_time == mine["wr_time"].min().isoformat()
        assert facts.days == (mine["wr_time"].max().normalize() - mine["wr_time"].min().normalize()).days + 1
    assert set(written.loc[written["wr_encounter"].isin(["e0003", "e0004"]), "split"]) == {"dropped"}
    assert (evidence.unlabelled, evidence.without_time, evidence.overlap) == (1, 1, 0)
    assert len(evidence.limitations) >= 2
    train, test = evidence.of("train"), evidence.of("test")
    assert train is not None
    assert test is not None
    assert str(train.last_time) < str(evidence.validation_from) <= str(evidence.test_from) <= str(test.first_time)
    assert abs(sum(f.n for f in evidence.splits if f.split in ("test", "test_seen")) - 0.2 * 298) <= 2
    assert read(SplitEvidence, made.layout.evidence("split")).value == evidence
    assert run(made).digest == evidence.digest


def test_codes_of_subjects_do_not_depend_on_parts(tmp_path: Path) -> None:
    frame = encounters(time="order")
    seen = []
    for parts in (1, 3):
        made = project(tmp_path / str(parts), frame, parts)
        evidence = run(made)
        seen.append(pd.read_parquet(made.layout.split).set_index("wr_encounter")["split"].sort_index())
        assert read_rows(made.layout.snapshot, 0).subject.max() + 1 == frame["wr_subject"].nunique()
        assert evidence.limitations[0].startswith("Time is an order")
        assert evidence.splits[0].days is None
        assert isinstance(evidence.test_from, int)
    assert seen[0].equals(seen[1])


def test_without_time_subjects_are_drawn_by_seed(tmp_path: Path) -> None:
    frame = encounters(time="none")
    made = project(tmp_path, frame, seed=1)
    evidence = run(made)
    assert (evidence.method, evidence.seed, evidence.validation_from) == ("subject", 1, None)
    assert "no time" in evidence.limitations[0]
    first = pd.read_parquet(made.layout.split)
    assert set(first["split"]) == {"train", "validation", "test"}
    assert first.groupby("wr_subject")["split"].nunique().max() == 1
    assert run(project(tmp_path, frame, seed=1)).digest == evidence.digest
    assert run(project(tmp_path, frame, seed=2)).digest != evidence.digest


def test_a_new_subject_does_not_move_many_others() -> None:
    """A hash, not a shuffle: one more subject moves at most the subjects at the two cuts."""
    subject = np.arange(500)
    draw = stable_hash([f"p{code}" for code in subject], 3)
    usable, shares = np.ones(500, np.bool_), Shares(0.6, 0.2)
    before = by_subject(draw[:499], subject[:499], usable[:499], shares).codes
    after = by_subject(draw, subject, usable, shares).codes[:499]
    assert (before != after).sum() <= 2


def test_ties_at_a_boundary_go_to_the_later_block() -> None:
    time = np.array([1, 1, 1, 2, 2, 2, 2, 3, 3, 3])
    assigned = by_time(time, np.arange(10), np.ones(10, np.bool_), Shares(0.5, 0.25))
    assert assigned.codes.tolist() == [TRAIN] * 3 + [VALIDATION] * 4 + [TEST] * 3
    assert (assigned.validation_from, assigned.test_from) == (2, 3)


def test_overlap_finds_a_planted_subject() -> None:
    assert overlap(np.array([TRAIN, TEST, VALIDATION], np.int8), np.array([0, 0, 1])) == 1
    assert overlap(np.zeros(0, np.int8), np.zeros(0, np.int64)) == 0


def refused(made: Project) -> str:
    with pytest.raises(WardroundError) as caught:
        run(made)
    assert not made.layout.split.exists()
    assert not made.layout.evidence("split").exists()
    return str(caught.value)


def test_tables_that_cannot_be_split(tmp_path: Path) -> None:
    frame = encounters()
    assert "one single subject" in refused(project(tmp_path, frame.assign(wr_subject="p"), 1))
    assert "too few subjects" in refused(project(tmp_path, frame.assign(wr_subject=["p", "q"] * 150), 1))
    assert "each lacks its outcome or its time" in refused(
        project(tmp_path, frame.assign(wr_outcome=pd.array([pd.NA] * 300, "Int8")), 1)
    )
    message = refused(project(tmp_path, frame.assign(wr_outcome=pd.array([0] * 300, "Int8")), 1))
    assert "the train split holds one class only" in message
    assert "the test split holds one class only" in message
    message = refused(project(tmp_path, frame.assign(wr_time=pd.Timestamp(2024, 1, 1).as_unit("us")), 1))
    assert "the train split is empty" in message
    assert "the validation split is empty" in message
    few = encounters(4, 4).assign(wr_subject=["p1", "p2", "p3", "p4"])
    assert "fewer than 11 usable encounters" in refused(project(tmp_path, few, 1, train=0.1, validation=0.1))


def test_all_returning_patients_leave_no_new_subject(tmp_path: Path) -> None:
    frame = encounters(90, 90, time="order")
    frame["wr_subject"] = [f"p{i % 30:02d}" for i in range(90)]
    frame["wr_time"] = np.arange(90)
    message = refused(project(tmp_path, frame))
    assert "the test split is empty" in message
    assert "who was not seen earlier" in message


def test_a_missing_or_damaged_snapshot(tmp_path: Path) -> None:
    made = project(tmp_path, encounters())
    part = made.layout.snapshot / "part-00001.parquet"
    content = part.read_bytes()
    part.write_bytes(content[:200])
    assert "a part of the snapshot is damaged" in refused(made)
    for path in made.layout.snapshot.glob("*"):
        path.unlink()
    with pytest.raises(UsageError, match="wardround stage ingest"):
        run(made)


START = dt.date(2024, 11, 1)


def parts_of(made):
    written = pd.read_parquet(made.layout.split)
    ordered = pd.concat([pd.read_parquet(path) for path in sorted(made.layout.snapshot.glob("*"))], ignore_index=True)
    assert written["wr_encounter"].tolist() == ordered["wr_encounter"].tolist()
    return ordered.assign(split=written["split"])


def test_the_window_is_halved_by_subject_and_training_ends_before_it(tmp_path):
    made = project(tmp_path, encounters(3000, 2400), recent={"start": START})
    evidence = run(made)
    rows = parts_of(made)
    late = rows["wr_time"] >= pd.Timestamp(START)
    assert set(rows.loc[~late, "split"]) == {"train"}
    subjects = rows.groupby("split")["wr_subject"].agg(set)
    assert not subjects["validation"] & subjects["test"]
    assert not subjects["train"] & (subjects["validation"] | subjects["test"])
    assert subjects["test_seen"] <= subjects["train"]
    sizes = rows.loc[late, "split"].value_counts()
    assert abs(sizes["validation"] / (sizes["validation"] + sizes["test"]) - 0.5) < 0.12
    assert evidence.overlap == 0
    assert evidence.validation_from == evidence.test_from == "2024-11-01T00:00:00"
    assert "two halves" in evidence.limitations[0]


def test_with_the_moment_at_which_training_ended_the_same_rows_train(tmp_path):
    frame = encounters(1500, 1200)
    before = frame[frame["wr_time"] < pd.Timestamp(START)]
    first = project(tmp_path / "before", before)
    ended = run(first).validation_from
    was = parts_of(first)
    made = project(tmp_path / "after", frame, recent={"start": START, "train_end": dt.datetime.fromisoformat(ended)})
    run(made)
    now = parts_of(made)
    of = [set(rows.loc[rows["split"] == "train", "wr_encounter"]) for rows in (was, now)]
    assert of[0] == of[1]
    gap = now[(now["wr_time"] >= pd.Timestamp(ended)) & (now["wr_time"] < pd.Timestamp(START))]
    assert set(gap["split"]) == {"dropped"}


def test_only_the_latest_of_their_encounters_recalibrate(tmp_path):
    frame = encounters(3000, 2400)
    whole, late = (
        project(tmp_path / name, frame, recent={"start": START, **more})
        for name, more in (("whole", {}), ("late", {"recalibrate_from": "2024-11-20"}))
    )
    run(whole)
    evidence = run(late)
    before, after = (parts_of(made).set_index("wr_encounter") for made in (whole, late))
    old = (before["split"] == "validation") & (before["wr_time"] < pd.Timestamp("2024-11-20"))
    assert old.sum() > 20
    assert set(after.loc[old, "split"]) == {"dropped"}
    assert after.loc[~old, "split"].equals(before.loc[~old, "split"])
    assert (evidence.validation_from, evidence.test_from) == ("2024-11-20T00:00:00", "2024-11-01T00:00:00")
    assert "latest days recalibrate" in evidence.limitations[0]
    assert not any("subjects are in training" in line for line in evidence.limitations)


def test_the_halves_do_not_depend_on_what_else_is_there(tmp_path):
    frame = encounters(1500, 1200)
    late = frame[frame["wr_time"] >= pd.Timestamp("2024-06-01")]
    both = []
    for name, rows in (("all", frame), ("late", late)):
        made = project(tmp_path / name, rows, recent={"start": START, "train_end": dt.date(2024, 7, 1)})
        run(made)
        found = parts_of(made).set_index("wr_encounter")["split"]
        both.append(found[found.isin(["validation", "test"])])
    shared = both[0].index.intersection(both[1].index)
    assert len(shared) > 50
    assert both[0][shared].equals(both[1][shared])


def test_an_order_takes_integers_and_nothing_without_time(tmp_path):
    run(project(tmp_path / "order", encounters(time="order"), recent={"start": 200}))
    with pytest.raises(UsageError, match="does not fit the time column"):
        run(project(tmp_path / "wrong", encounters(time="order"), recent={"start": START}))
    with pytest.raises(UsageError, match="needs a time column"):
        run(project(tmp_path / "none", encounters(time="none"), recent={"start": 3}))


@pytest.mark.parametrize("kind", ["bool", "Int8", "float"])
def test_the_treated_are_in_no_split(tmp_path: Path, kind: str) -> None:
    frame = encounters()
    treated = np.random.default_rng(2).random(len(frame)) < 0.2
    frame["treated"] = pd.array(treated, "boolean").astype(
        {"bool": "boolean", "Int8": "Int8", "float": "Float64"}[kind]
    )
    frame.loc[~treated & (frame.index % 7 == 0), "treated"] = None  # nobody said: not treated
    evidence = run(project(tmp_path, frame, untreated="treated"))
    written = parquet.read_table(Project(tmp_path).layout.split).to_pandas().set_index("wr_encounter")["split"]
    assert set(written[frame["wr_encounter"][treated]]) == {"dropped"}
    assert (written[frame["wr_encounter"][~treated]] != "dropped").mean() > 0.5
    assert any("treated" in line for line in evidence.limitations)
    assert evidence.without_time == 0


@pytest.mark.parametrize(("column", "found"), [("nowhere", "no such column"), ("word", "string")])
def test_who_was_treated_must_be_told_by_a_column_of_the_snapshot(tmp_path: Path, column: str, found: str) -> None:
    with pytest.raises(UsageError, match=found) as caught:
        run(project(tmp_path, encounters().assign(word="a"), untreated=column))
    assert column in str(caught.value)
