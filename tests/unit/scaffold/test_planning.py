"""A table of options and columns: what is planned, and what is refused with all reasons at once."""

import numpy as np
import pandas as pd
import pytest

from wardround.errors import ContractViolation, ExitCode, UsageError, WardroundError
from wardround.scaffold.decision import Use
from wardround.scaffold.planning import plan
from wardround.scaffold.request import DataRequest


def table(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "visit": np.arange(rows),
            "patient_id": rng.integers(0, 200, rows),
            "began": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
            "hospital": rng.choice(["north", "south"], rows),
            "age": rng.integers(18, 95, rows),
            "ward": rng.choice(["a", "b", "c"], rows),
            "died": rng.integers(0, 2, rows),
        }
    )


@pytest.fixture
def planned(tmp_path):
    def make(frame, **options):
        path = tmp_path / "t.csv"
        frame.to_csv(path, index=False)
        return plan(DataRequest(str(path), **{"outcome": "died", "positive": "1", **options}))

    return make


def use(found, name):
    return next(column.use for column in found.columns if column.name == name)


def test_roles_are_no_features(planned):
    found = planned(table(), subject="patient_id", encounter="visit", time="began", site="hospital")
    assert [use(found, name) for name in table().columns] == [
        Use.ENCOUNTER, Use.SUBJECT, Use.TIME, Use.SITE, Use.NUMBER, Use.CATEGORY, Use.OUTCOME,
    ]  # fmt: skip
    assert found.positive == 1


def test_what_was_not_said_is_suggested(planned):
    notes = " ".join(planned(table()).notes)
    assert "--subject patient_id" in notes
    assert "--time began" in notes
    assert "--site hospital" in notes


def test_all_misspelt_options_are_reported_together(planned):
    with pytest.raises(UsageError) as caught:
        planned(table(), outcome="dead", subject="patientid", exclude={"wrad": ("a",)})
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    for near in ("'died'", "'patient_id'", "'ward'"):
        assert near in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"positive": "yes"}, "never occurs"),
        ({"positive": ">5"}, "never holds"),
        ({"positive": ">=0"}, "one class only"),
        ({"outcome": "ward", "positive": ">0"}, "needs numbers"),
        ({"exclude": {"ward": ("z",)}}, "no value to exclude"),
        ({"exclude": {"ward": ("a", "b", "c")}}, "no encounter is left"),
        ({"subject": "died"}, "cannot play another part"),
        ({"subject": "hospital", "site": "hospital"}, "no patient"),
    ],
)
def test_wrong_options_exit_with_2(planned, options, words):
    with pytest.raises(UsageError, match=words) as caught:
        planned(table(), **options)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"visit": 1}, {"encounter": "visit"}, "more than once"),
        ({"began": "soon"}, {"time": "began"}, "neither a date nor an order"),
        ({"began": ["2024-12-31", "31.12.2024"] * 300}, {"time": "began"}, "several date formats: %Y-%m-%d, %d.%m.%Y"),
        ({"began": "03/02/2024"}, {"time": "began"}, "cannot be told apart"),
        ({"patient_id": ""}, {"subject": "patient_id"}, "most cells"),
        ({"wr_time": 1}, {}, "reserved"),
        ({"gp": [f"GP{i}" for i in range(600)]}, {"site": "gp"}, "too many sites"),
    ],
)
def test_tables_that_no_contract_describes_exit_with_10(planned, change, options, words):
    with pytest.raises(ContractViolation, match=words) as caught:
        planned(table().assign(**change), **options)
    assert caught.value.exit_code is ExitCode.CONTRACT


@pytest.mark.parametrize("content", [b"died b\n1 2\n", b"exported today\ndied,b\n1,2\n"])
def test_a_table_of_one_column_asks_for_header_and_separator(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="must be the header"):
        plan(DataRequest(str(path), "died", "1"))


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"a,a\n1,2\n", b"1,2,3\n4,5,6\n", b"died,b\n1,2,3\n"])
def test_files_that_are_no_table_are_explained(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(WardroundError) as caught:
        plan(DataRequest(str(path), "died", "1"))
    assert caught.value.exit_code in (ExitCode.USAGE, ExitCode.CONTRACT)


def test_a_misspelt_file_gets_the_nearest_name(tmp_path):
    (tmp_path / "admissions.csv").write_text("a\n")
    with pytest.raises(UsageError, match=r"admissions\.csv"):
        plan(DataRequest(str(tmp_path / "admission.csv"), "died", "1"))


def test_the_moment_decides_what_is_a_feature(planned):
    frame = table().assign(length_of_stay=lambda t: t["age"] % 7)
    assert use(planned(frame), "length_of_stay") is Use.KEPT
    assert use(planned(frame, predict_at="discharge"), "length_of_stay") is Use.NUMBER
    later = frame.rename(columns={"died": "readmitted"})
    assert use(planned(later, outcome="readmitted"), "length_of_stay") is Use.NUMBER


def test_a_date_after_the_encounter_is_suspected(planned):
    frame = table()
    frame["seen"] = frame["began"] + pd.Timedelta(days=5)
    frame["born"] = frame["began"] - pd.to_timedelta(frame["age"] * 365, unit="D")
    found = planned(frame, time="began")
    assert use(found, "seen") is Use.KEPT
    assert use(found, "born") is Use.DATE
    assert use(planned(frame), "born") is Use.KEPT


def test_a_rare_level_is_named_nowhere(planned):
    frame = table()
    frame.loc[:4, "ward"] = "hermitage"
    found = planned(frame)
    assert "hermitage" not in repr(found)


def test_a_level_of_one_patient_is_named_nowhere(planned):
    frame = table()
    frame["ward"] = frame["ward"].where(frame["patient_id"] >= 6, "hermitage")
    assert (frame["ward"] == "hermitage").sum() >= 11
    assert "hermitage" in repr(planned(frame))
    assert "hermitage" not in repr(planned(frame, subject="patient_id"))


def test_values_beyond_what_is_plausible_are_tolerated_and_named(planned):
    frame = table()
    frame.loc[:3, "age"] = 340
    column = next(c for c in planned(frame).columns if c.name == "age")
    assert (column.low, column.high) == (0, 125)
    assert column.tolerance["range"] >= 4 / 600
    assert any("plausible" in reason for reason in column.why)


def test_remarks_between_numbers_are_missing_and_the_column_stays_one_of_numbers(planned):
    values = [f"{i / 100:.2f}" for i in range(600)]
    values[::10], values[1::30], values[3] = ["<0.01"] * 60, ["see comment"] * 20, "seen by Quimby"
    column = next(c for c in planned(table().assign(crp=values)).columns if c.name == "crp")
    assert (column.kind, column.use, column.missing) == ("float", Use.NUMBER, ("<0.01", "see comment"))
    assert column.nullable
    assert 0 < column.tolerance["dtype"] <= 0.05
    assert "Quimby" not in repr(column)


def test_a_remark_about_few_patients_is_named_nowhere(planned):
    frame = table().assign(crp=[f"{i / 100:.2f}" for i in range(600)])
    frame["crp"] = frame["crp"].where(frame["patient_id"] >= 6, "hermitage")
    assert "hermitage" in repr(planned(frame))
    assert "hermitage" not in repr(planned(frame, subject="patient_id"))


def test_another_unit_is_recognised(planned):
    rng = np.random.default_rng(3)
    celsius, fahrenheit = rng.normal(37, 0.7, 600).round(1), rng.normal(98, 1, 600).round(1)
    units = [
        next(c for c in planned(table().assign(temp=values)).columns if c.name == "temp").unit
        for values in (celsius, fahrenheit)
    ]
    assert units == ["°C", "°F"]
    strange = next(c for c in planned(table().assign(temp=celsius * 100)).columns if c.name == "temp")
    assert not strange.unit
    assert any("called like" in reason for reason in strange.why)


def test_a_column_that_copies_the_outcome_is_left_out(planned):
    found = planned(table().assign(code=lambda t: np.where(t["died"] == 1, "x", "y")))
    assert use(found, "code") is Use.KEPT
    assert next(c.known_at for c in found.columns if c.name == "code") == "outcome"


def test_old_encodings_are_found_out(tmp_path):
    path = tmp_path / "t.csv"
    table().assign(city="Münster").to_csv(path, index=False, encoding="latin-1", sep=";")
    found = plan(DataRequest(str(path), "died", "1"))
    assert found.encoding in ("cp1252", "latin-1")
    assert found.separator == ";"


@pytest.mark.slow
def test_many_columns_are_quick(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 400)).round(3), columns=[f"gene {i}" for i in range(400)])
    frame["died"] = rng.integers(0, 2, 300)
    path = tmp_path / "wide.csv"
    frame.to_csv(path, index=False)
    assert len(plan(DataRequest(str(path), "died", "1")).of(Use.NUMBER)) == 400


def test_a_network_of_many_hospitals_keeps_its_sites_and_says_how_they_are_shown(planned):
    found = planned(table(3000).assign(hospital=[f"h{i % 130}" for i in range(3000)]), site="hospital")
    assert use(found, "hospital") is Use.SITE
    assert any("the 49 largest" in note for note in found.notes)


def test_numbers_that_occur_once_each_may_identify(planned):
    serial = np.random.default_rng(2).permutation(np.arange(5_000, 8_000, 5))
    notes = planned(table().assign(reading=serial)).notes
    assert "reading: each value occurs once: if it identifies, leave it out" in notes
    assert not any(note.startswith(("age:", "visit:")) for note in notes)


def test_many_missing_outcomes_are_said(planned):
    frame = table(2000).assign(died=lambda t: t["died"].astype(object).where(np.arange(2000) % 10 < 3, ""))
    assert any(note.startswith("70% of rows have no outcome") for note in planned(frame).notes)
    assert not any("no outcome" in note for note in planned(table()).notes)


def test_levels_that_differ_only_in_case_are_pointed_at(planned):
    column = next(c for c in planned(table().assign(smoker=["Y", "y", "N", "n"] * 150)).columns if c.name == "smoker")
    assert column.levels == ("N", "Y", "n", "y")
    assert any("differ only in case" in reason for reason in column.why)


def test_many_rare_levels_are_counted_once(planned):
    column = next(
        c for c in planned(table(3000).assign(code=[f"k{i % 900}" for i in range(3000)])).columns if c.name == "code"
    )
    assert sum("levels" in reason for reason in column.why) == 1
    assert any("about 900 levels" in reason for reason in column.why)


def test_nested_columns_are_dropped_with_a_reason(tmp_path):
    path = tmp_path / "t.parquet"
    table().assign(notes=[["a", "b"]] * 600, scan=[b"x"] * 600).to_parquet(path)
    found = plan(DataRequest(str(path), "died", "1"))
    assert [use(found, name) for name in ("notes", "scan")] == [Use.DROPPED] * 2
    assert all("lists, structures or bytes" in column.why[0] for column in found.columns[-2:])
    with pytest.raises(UsageError, match="lists, structures or bytes"):
        plan(DataRequest(str(path), "died", "1", subject="notes"))


def test_values_that_are_neither_are_named(planned):
    frame = table().assign(died=lambda data: data["died"].map({0: "no", 1: "yes"}))
    assert not any("count as no event" in note for note in planned(frame, positive="yes").notes)
    frame.loc[frame.index % 5 == 0, "died"] = "left"
    assert any(
        note.startswith("2 values of died count as no event ('left', 'no')")
        for note in planned(frame, positive="yes").notes
    )
    frame.loc[frame.index % 5 == 0, "died"] = [f"rare {number}" for number in range(120)]
    assert not any("rare" in note for note in planned(frame, positive="yes").notes)
