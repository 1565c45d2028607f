"""Raw cells as the contract's types."""

# ruff: noqa: DTZ001 - times in the snapshot have no zone

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from wardround.contract import Kind
from wardround.stages.ingest.casting import Wanted, cast_column
from wardround.tables import Numeral


def cast(cells: object, kind: Kind, *missing: str, day_first: bool | None = None) -> tuple[list[object], list[int]]:
    raw = cells if isinstance(cells, pa.Array) else pa.array(cells)
    values, failed = cast_column(raw, Wanted("x", kind, missing, day_first))
    assert values.type == Wanted("x", kind).type
    assert len(values) == len(raw)
    return values.to_pylist(), [] if failed is None else np.flatnonzero(failed).tolist()


def test_integers() -> None:
    cells = ["1", " 2 ", "+3", "-4", "5.0", "1e3", "", None, "6.5", "six", "9223372036854775807", "9223372036854775808",
             "99999999999999999999999", "1_000", "0007", "1e300"]  # fmt: skip
    values, failed = cast(cells, Kind.INTEGER)
    assert values == [1, 2, 3, -4, 5, 1000, None, None, None, None, 2**63 - 1, None, None, None, 7, None]
    assert failed == [8, 9, 11, 12, 13, 15]


def test_integers_without_trouble_take_the_fast_way() -> None:
    assert cast(["1", "22", "-3"], Kind.INTEGER) == ([1, 22, -3], [])
    assert cast(pa.array([], pa.string()), Kind.INTEGER) == ([], [])


def test_floats() -> None:
    assert cast(["1", "2.5", " -3e2", "", "nan", "inf", "1,5", "x", None], Kind.FLOAT) == (
        [1.0, 2.5, -300.0, None, None, None, None, None, None],
        [4, 5, 6, 7],
    )
    assert cast(["1.5", "inf", "-inf"], Kind.FLOAT) == ([1.5, None, None], [1, 2])


def test_booleans() -> None:
    assert cast(["true", "No", "1", "0.0", "Y", "maybe", "", "F"], Kind.BOOLEAN) == (
        [True, False, True, False, True, None, None, False],
        [5],
    )


def test_text_is_trimmed_and_nothing_is_guessed_missing() -> None:
    assert cast([" a ", "None", "NA", "  ", "", None], Kind.TEXT) == (["a", "None", "NA", None, None, None], [])


def test_dates() -> None:
    assert cast(["2024-01-02", "2024-01-02 03:04:05"], Kind.DATETIME)[1] == []
    values, failed = cast(["2024-01-02", "3.1.2024", "9999-99-99", None], Kind.DATETIME)
    assert values == [dt.datetime(2024, 1, 2), dt.datetime(2024, 1, 3), None, None]
    assert failed == [2]
    assert cast(["3/4/2024"], Kind.DATETIME, day_first=True)[0] == [dt.datetime(2024, 4, 3)]


@pytest.mark.parametrize(
    ("kind", "cells", "missing", "wanted"),
    [
        (Kind.INTEGER, ["-1", "-1.0", "?", "2"], ("?", "-1"), [None, None, None, 2]),
        (Kind.FLOAT, ["0", "0.0", "1.5"], ("0",), [None, None, 1.5]),
        (Kind.TEXT, ["?", "None", "x"], ("?", "None"), [None, None, "x"]),
        (Kind.DATETIME, ["9999-99-99", "2024-01-01"], ("9999-99-99",), [None, dt.datetime(2024, 1, 1)]),
    ],
)
def test_declared_missing_codes_are_not_failures(
    kind: Kind, cells: list[str], missing: tuple[str, ...], wanted: list[object]
) -> None:
    assert cast(cells, kind, *missing) == (wanted, [])


def test_typed_sources() -> None:
    assert cast(pa.array([1.0, math.nan, None, 2.5, 2.0**60]), Kind.INTEGER) == ([1, None, None, None, None], [3, 4])
    assert cast(pa.array([1, None]), Kind.FLOAT) == ([1.0, None], [])
    assert cast(pa.array([math.inf, math.nan, 1.0]), Kind.FLOAT) == ([None, None, 1.0], [0])
    assert cast(pa.array([True, None]), Kind.INTEGER) == ([1, None], [])
    assert cast(pa.array([True, False]), Kind.BOOLEAN) == ([True, False], [])
    assert cast(pa.array([1, 0, 7]), Kind.BOOLEAN) == ([True, False, None], [2])
    assert cast(pa.array([2**64 - 1, 5], pa.uint64()), Kind.INTEGER) == ([None, 5], [0])
    assert cast(pa.array([Decimal("5.00"), Decimal("5.10")]), Kind.INTEGER) == ([5, None], [1])
    assert cast(pa.array([Decimal("5.10")]), Kind.FLOAT) == ([5.1], [])
    assert cast(pa.array([dt.date(2024, 1, 2)]), Kind.DATETIME) == ([dt.datetime(2024, 1, 2)], [])
    assert cast(pa.array([5]), Kind.DATETIME) == ([None], [0])
    assert cast(pa.nulls(2), Kind.FLOAT) == ([None, None], [])
    aware = pa.array([dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)], pa.timestamp("ns", "Europe/Berlin"))
    assert cast(aware, Kind.DATETIME) == ([dt.datetime(2024, 1, 1, 12)], [])


def test_identifiers_that_pandas_made_floats() -> None:
    assert cast(pa.array([123456789012.0, math.nan, 1.5]), Kind.TEXT) == (["123456789012", None, "1.5"], [])
    assert cast(pa.array([7, 8]), Kind.CATEGORY) == (["7", "8"], [])


def test_codes_in_typed_sources() -> None:
    assert cast(pa.array([0, 5]), Kind.INTEGER, "0") == ([None, 5], [])
    assert cast(pa.array([0.0, 5.0]), Kind.FLOAT, "0", "x") == ([None, 5.0], [])
    assert cast(pa.array([9, 5]), Kind.TEXT, "9") == ([None, "5"], [])
    assert cast(pa.array([dt.date(1900, 1, 1)]), Kind.DATETIME, "1900-01-01") == ([None], [])


def test_numbers_of_another_notation_are_read_and_those_that_do_not_fit_are_reported():
    wanted = Wanted("x", Kind.FLOAT, ("-999.0", "<0,5"), numeral=Numeral(",", "."))
    values, failed = cast_column(pa.array(["1.234,5", " 2,5", "-999,0", "<0,5", "", None, "12.5", "3"]), wanted)
    assert values.to_pylist() == [1234.5, 2.5, None, None, None, None, None, 3.0]
    assert failed.tolist() == [False] * 6 + [True, False]
    whole, _ = cast_column(pa.array(["1.234", "5"]), Wanted("x", Kind.INTEGER, numeral=Numeral(",", ".")))
    assert whole.to_pylist() == [1234, 5]
