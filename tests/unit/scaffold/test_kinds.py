from collections import Counter

import numpy as np
import pytest

from wardround.scaffold.kinds import looks_like_person, looks_of
from wardround.scaffold.survey import ColumnSurvey


def column(name, values):
    found = ColumnSurvey(name)
    counts = Counter(str(value) for value in values if str(value))
    texts = np.array(list(counts), dtype=object)
    found.add(texts, np.array(list(counts.values()), np.int64), np.arange(len(texts)).astype(np.uint64), len(values))
    found.finish()
    return found


def kind(name, values):
    return looks_of(column(name, values), len(values)).kind


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("x", [""] * 50, "empty"),
        ("x", ["?", "NA"] * 20, "empty"),
        ("x", ["None"] * 50, "category"),
        ("x", [1, 2, 3] * 20, "integer"),
        ("x", ["1.0", "2", "3"] * 20, "integer"),
        ("x", ["1.5", "2", "3"] * 20, "float"),
        ("temperature", ["36.0", "37.0"] * 20, "float"),
        ("ward_id", [1, 2, 3] * 20, "code"),
        ("ward_id", list(range(1000, 3000, 2)) * 2, "identifier"),
        ("rownames", range(1, 101), "identifier"),
        ("décode", [1, 2, 3] * 20, "integer"),
        ("x", range(1, 101), "identifier"),
        ("x", range(100, 200), "integer"),
        ("zip", ["01234", "99999", "04321"] * 20, "category"),
        ("x", [f"{value:020d}" for value in range(10**19, 10**19 + 60)], "identifier"),
        ("flag", ["True", "False"] * 20, "boolean"),
        ("flag", ["Yes", "No"] * 20, "category"),
        ("x", [f"P{value}" for value in range(100)], "identifier"),
        ("x", [f"the patient came in at night with {value} things" for value in range(100)] * 2, "note"),
        ("x", [f"name {value}" for value in range(100)] + ["name 1"], "note"),
        ("physician_name", ["Dr Smith", "Dr Jones"] * 20, "note"),
        ("drug_name", ["aspirin", "heparin"] * 20, "category"),
        ("d", ["2024-01-05", "2024-02-07"] * 20, "datetime"),
        ("d", ["2024-01-05T10:00:00", "2024-02-07 11:30"] * 20, "datetime"),
        ("d", ["31.12.2024", "1.2.2024"] * 20, "datetime"),
        ("visit_date", ["20240105", "20240207"] * 20, "datetime"),
        ("x", ["20240105", "20240207"] * 20, "integer"),
        ("x", [f"2024{month:02d}{day:02d}" for month in range(1, 13) for day in range(1, 4)], "datetime"),
        ("x", [f"202401{day:02d}" for day in range(1, 32)], "integer"),
        ("x", ["1", "2", "1,2"] * 20, "category"),
        ("x", [*range(100, 200), *[">200"] * 40], "integer"),
        ("x", [*range(100, 200), *["V27"] * 10] * 4, "category"),
    ],
)
def test_what_a_column_looks_like(name, values, expected):
    assert kind(name, list(values)) == expected


def test_diagnoses_need_a_name_or_letters():
    icd9 = ["250.83", "428", "V27", "E909", "8", *(str(value) for value in range(400, 440))] * 3
    assert looks_of(column("diag_1", icd9), len(icd9)).layout == "icd9"
    icd10 = [f"{letter}{number:02d}.{number % 10}" for letter in "ABCE" for number in range(20)] * 3
    assert looks_of(column("x", icd10), len(icd10)).layout == "icd10"
    assert kind("number_diagnoses", [str(value) for value in range(1, 17)] * 10) == "integer"


def test_the_order_of_day_and_month_is_proved_or_unclear():
    assert not looks_of(column("d", ["13/02/2024", "01/02/2024"] * 10), 20).ambiguous
    assert looks_of(column("d", ["13/02/2024", "01/02/2024"] * 10), 20).layout == "%d/%m/%Y"
    assert looks_of(column("d", ["02/13/2024", "01/02/2024"] * 10), 20).layout == "%m/%d/%Y"
    assert looks_of(column("d", ["03/02/2024", "01/02/2024"] * 10), 20).ambiguous


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("patient_nbr", True),
        ("subject_id", True),
        ("MRN", True),
        ("PatientID", True),
        ("patient_age", False),
        ("ward_id", False),
    ],
)
def test_names_of_people(name, person):
    assert looks_like_person(name) is person
