"""Decimal commas, thousands and signs: what decides, what is refused, and that ingest reads what init wrote down."""

import numpy as np
import pandas as pd
import pytest

from wardround.scaffold.contract_text import contract_text
from wardround.scaffold.decision import Use
from wardround.scaffold.planning import plan
from wardround.scaffold.request import DataRequest
from wardround.tables import Numeral

ROWS = 400
NUMBERS = np.random.default_rng(5).uniform(0.5, 30, ROWS).round(1)


def written(values, decimal=".", thousands=""):
    texts = [f"{value:,}" for value in values]
    return [text.replace(",", "_").replace(".", decimal).replace("_", thousands) for text in texts]


@pytest.fixture
def planned(tmp_path):
    def make(**columns):
        path = tmp_path / "t.csv"
        pd.DataFrame({"died": ["0", "1"] * (ROWS // 2), **columns}).to_csv(path, index=False, sep=";")
        return plan(DataRequest(str(path), outcome="died", positive="1"))

    return make


def column(found, name):
    return next(item for item in found.columns if item.name == name)


THREE = [5_000 + 17 * place for place in range(ROWS)]


@pytest.mark.parametrize(
    ("columns", "numeral", "kind"),
    [
        ({"x": written(NUMBERS, ",")}, Numeral(","), "float"),
        ({"x": ["0,5", "1,0", "1,5", "2,0"] * (ROWS // 4)}, Numeral(","), "float"),
        ({"x": written(NUMBERS * 1000 + 0.5, ",", ".")}, Numeral(",", "."), "float"),
        ({"x": written(NUMBERS * 1000 + 0.5, ".", ",")}, Numeral(".", ","), "float"),
        ({"x": written(NUMBERS * 1000 + 0.5, ",", "\u202f")}, Numeral(",", " "), "float"),
        ({"x": [f"{value} %" for value in written(NUMBERS, ",")]}, Numeral(",", "", "%"), "float"),
        ({"x": [f"${value}" for value in written(NUMBERS * 1000 + 0.5, ".", ",")]}, Numeral(".", ",", "$"), "float"),
        ({"x": written(THREE, ".", ","), "y": written(NUMBERS, ".")}, Numeral(".", ","), "integer"),
        ({"x": written(THREE, ",", "."), "y": written(NUMBERS, ",")}, Numeral(",", "."), "integer"),
        ({"x": written(np.array(THREE) / 1000, ","), "y": written(NUMBERS, ",")}, Numeral(","), "float"),
    ],
)
def test_the_notation_is_found(planned, columns, numeral, kind):
    found = column(planned(**columns), "x")
    assert (found.use, found.kind, found.numeral) == (Use.NUMBER, kind, numeral)
    assert any("written with" in reason for reason in found.why)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"x": written(THREE, ".", ",")}, "may be decimal commas or stand between thousands"),
        ({"x": written(THREE, ".", ","), "y": written(NUMBERS, ","), "z": written(NUMBERS)}, "other columns have both"),
        ({"x": written(NUMBERS[:200], ",") + written(NUMBERS[200:])}, "some of its numbers have decimal commas"),
        ({"x": [f"{value}%" for value in NUMBERS[:200]] + written(NUMBERS[200:])}, "sign of percent or money"),
    ],
)
def test_what_can_be_read_in_two_ways_is_left_out_and_said(planned, columns, words):
    found = planned(**columns)
    assert column(found, "x").use is Use.DROPPED
    assert any(note.startswith("x is left out") and words in note for note in found.notes)


def test_points_that_may_stand_between_thousands_are_named(planned):
    columns = {"x": written(THREE, ",", "."), "y": written(NUMBERS, ","), "z": written(NUMBERS)}
    found = planned(**columns)
    assert column(found, "x").kind == "float"
    assert any(note.startswith("x is read as decimals") for note in found.notes)


def test_choices_ticked_together_are_no_decimals(planned):
    assert column(planned(x=["1", "2", "1,2", "3"] * (ROWS // 4)), "x").use is Use.CATEGORY


def test_remarks_and_codes_among_decimal_commas_are_missing(planned):
    texts = written(NUMBERS, ",")
    texts[::10], texts[1::10], texts[2::200] = ["<0,5"] * 40, ["-999,0"] * 40, ["12.5"] * 2
    found = column(planned(x=texts), "x")
    assert (found.kind, found.numeral) == ("float", Numeral(","))
    assert "<0,5" in found.missing
    assert "-999.0" in found.missing
    assert 0 < found.tolerance["dtype"] <= 0.1


def test_the_contract_says_how_numbers_are_written(planned):
    text = contract_text("t", planned(x=[f"{value} %" for value in written(NUMBERS * 1000 + 0.5, ",", ".")]), 11)
    assert '"decimal": ",", "thousands": ".", "sign": "%"' in " ".join(text.split())
