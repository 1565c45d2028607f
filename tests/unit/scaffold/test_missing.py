from collections import Counter

import numpy as np
import pytest

from wardround.scaffold import missing
from wardround.scaffold.facts import Facts


def facts(values):
    counts = Counter(str(value) for value in values)
    found = Facts(rows=len(values))
    found.add(np.array(list(counts), dtype=object), np.array(list(counts.values()), np.int64))
    return found


def numbers(values, *, zero=False):
    return missing.in_numbers(facts(values), zero_is_missing=zero, min_cell=11)


@pytest.mark.parametrize(
    "word", ["?", "NA", "n/a", "None", "Unknown", "Unknown/Invalid", "NULL", "-", "#N/A", "missing", "unbekannt"]
)
def test_words_mean_missing_among_numbers(word):
    found = numbers([1, 2, 3, word])
    assert found.texts == (word,)
    assert found.count == 1


def test_none_is_a_level_of_a_category_and_the_reason_is_printed():
    found = missing.in_levels(facts(["None", "high", "?"]), {"None", "high", "?"})
    assert found.texts == ("?",)
    assert any("None" in reason and "kept" in reason for reason in found.why)


def test_a_minus_beside_a_plus_is_a_sign():
    assert missing.in_levels(facts(["+", "-"]), {"+", "-"}).texts == ()
    assert missing.in_levels(facts(["A", "-"]), {"A", "-"}).texts == ("-",)


@pytest.mark.parametrize("code", [-1, -9, -99, -999, 999, 9999])
def test_a_number_far_from_all_others_is_a_code(code):
    found = numbers([*range(18, 90), code, code])
    assert found.texts == (str(code),)
    assert (found.low, found.high) == (18, 89)


@pytest.mark.parametrize(
    "values",
    [[*range(60, 110)], [-1, 0, 1], [*range(-20, 30)], [-3, -2, -1, 0, 1, 2, 3], [10, 50, 99], [*range(70, 100)]],
)
def test_numbers_among_others_are_values(values):
    found = numbers(values * 3)
    assert found.texts == ()
    assert (found.low, found.high) == (min(values), max(values))


def test_both_spellings_of_a_code_are_named():
    assert numbers([20, 30, 40, "-1", "-1.0"]).texts == ("-1", "-1.0")


def test_a_single_99_needs_to_be_frequent_or_very_far():
    assert numbers([*range(1, 61), 99]).texts == ()
    assert numbers([*range(1, 61), *[99] * 11]).texts == ("99",)


def test_zero_is_missing_only_where_it_is_impossible():
    values = [0, 0, 120, 140, 200]
    assert numbers(values).texts == ()
    found = numbers(values, zero=True)
    assert found.texts == ("0",)
    assert found.low == 120


@pytest.mark.parametrize(
    "day", ["9999-99-99", "0000-00-00", "9999-12-31", "1900-01-01", "1900-01-01 00:00:00", "1111-11-11"]
)
def test_fillers_are_no_days(day):
    assert missing.in_days(facts(["2023-01-05", "2023-02-07", day])).texts == (day,)


def test_a_filler_among_real_days_is_a_day():
    assert missing.in_days(facts(["1969-12-01", "1970-01-01", "1970-02-01"])).texts == ()


def test_zeros_that_stand_apart_are_suspected():
    assert missing.suspicious_zero(facts([0, 0, 100, 120, 130]), 100)
    assert not missing.suspicious_zero(facts([0, 0, 1, 2, 3, 10, 20]), 2)
    assert not missing.suspicious_zero(facts([5, 100]), 50)
