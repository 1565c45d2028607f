"""From a pandera schema to the frozen :class:`Contract`; what a contract cannot hold is refused, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pandera.dtypes as pandera_types

from wardround.contract.model import KNOWN_AT, RESERVED, Contract, ContractColumn, Kind
from wardround.contract.rules import RULE_OF, STANDARD
from wardround.errors import Problem, UsageError
from wardround.tables.numerals import DECIMALS, SIGNS, THOUSANDS, Numeral

if TYPE_CHECKING:
    from pandera.api.checks import Check
    from pandera.api.pandas.components import Column
    from pandera.api.pandas.container import DataFrameSchema

_TYPES = "pd.Int64Dtype, float, pd.BooleanDtype, str (with isin for a category) or pd.Timestamp"


def translate(schema: DataFrameSchema, where: str) -> Contract:
    """The contract that ``schema`` states.

    Raises :class:`UsageError` with every column that a contract cannot hold: other types, patterns of names, defaults and parsers (a contract
    checks and does not change), reserved names, unknown metadata.
    """
    problems = list(_table_problems(schema, where))
    columns = []
    for name, column in schema.columns.items():
        found = list(_column_problems(str(name), column, where))
        problems += found
        if not found:
            columns.append(_column(str(name), column))
    if not schema.columns:
        problems.append(
            Problem("the contract declares no columns", where=where, next="add one annotated field a column")
        )
    if problems:
        raise UsageError(problems=problems)
    return Contract(
        name=str(schema.name or "Encounters"),
        columns=tuple(columns),
        strict=cast("Any", schema.strict),
        ordered=bool(schema.ordered),
        unique_together=_together(schema),
        where=where,
        schema=schema,
    )


def _table_problems(schema: DataFrameSchema, where: str) -> Iterator[Problem]:
    if schema.index is not None:
        yield Problem("the contract declares an index", where=where, next="make it a column: snapshots have no index")
    if schema.parsers:
        yield Problem(
            "the contract has a dataframe parser", where=where, next="a contract checks and does not change: remove it"
        )
    for name in sorted(
        {name for names in _together(schema) for name in names} - {str(name) for name in schema.columns}
    ):
        yield Problem(f"Config.unique names {name!r}, which is no column of the contract", where=where)


def _together(schema: DataFrameSchema) -> tuple[tuple[str, ...], ...]:
    """One name in pandera, a list of names, or a list of lists."""
    names: Any = schema.unique
    if not names:
        return ()
    if isinstance(names, str):
        return ((names,),)
    if all(isinstance(name, str) for name in names):
        return (tuple(names),)
    return tuple(tuple(some) for some in names)


def _column_problems(name: str, column: Column, where: str) -> Iterator[Problem]:
    place = f"{where}: {name}"
    if name.startswith(RESERVED):
        yield Problem(f"names that start with {RESERVED} are reserved", where=place, next="use an alias or rename")
    if column.regex:
        yield Problem("a pattern of column names", where=place, wanted="one field a column", next="write them out")
    if column.parsers or column.default is not None:
        yield Problem(
            "a parser or default would change the data",
            where=place,
            wanted="a contract that only checks",
            next="do it in pipelines/features.py",
        )
    if _kind(column) is None:
        yield Problem(f"a column of type {column.dtype}", where=place, wanted=_TYPES)
    metadata: Any = column.metadata
    for check in column.checks:
        if check.name not in RULE_OF and check.name in STANDARD:
            yield Problem(f"a check has the name of the standard rule {check.name}", where=place, next="rename it")
    if not isinstance(metadata or {}, Mapping):
        yield Problem("metadata is no dictionary", where=place)
        return
    known = (metadata or {}).get("known_at", "admission")
    if known not in KNOWN_AT:
        yield Problem("known_at is unknown", where=place, wanted=", ".join(KNOWN_AT), found=repr(known))
    missing = (metadata or {}).get("missing", ())
    if isinstance(missing, str) or not isinstance(missing, (list, tuple, set, frozenset)):
        yield Problem("metadata missing is no list", where=place, wanted='a list of texts, such as ["?", "-1"]')
    yield from _numeral_problems(metadata or {}, _kind(column), place)


def _numeral_problems(metadata: Mapping[str, Any], kind: Kind | None, place: str) -> Iterator[Problem]:
    for key, known in _NUMERAL.items():
        if key not in metadata:
            continue
        if metadata[key] not in known:
            yield Problem(f"metadata {key} is unknown", where=place, wanted=" or ".join(map(repr, known)))
        elif kind is not None and not kind.numeric:
            yield Problem(f"metadata {key} in a column of no numbers", where=place, wanted="float or pd.Int64Dtype")
    if "thousands" in metadata and metadata["thousands"] == metadata.get("decimal", "."):
        yield Problem("metadata decimal and thousands are the same", where=place, wanted="two different characters")


_NUMERAL = {"decimal": DECIMALS, "thousands": THOUSANDS, "sign": SIGNS}


def _numeral(metadata: Mapping[str, Any]) -> Numeral | None:
    return (
        Numeral(**{key: metadata[key] for key in _NUMERAL if key in metadata}) if _NUMERAL.keys() & metadata else None
    )


def _kind(column: Column) -> Kind | None:
    kind: Any = column.dtype
    if kind is None:
        return None
    if pandera_types.is_category(kind):
        return Kind.CATEGORY if getattr(kind, "categories", None) is not None else None
    if pandera_types.is_datetime(kind):
        return Kind.DATETIME if getattr(kind, "tz", None) is None else None
    tests = (
        (pandera_types.is_bool, Kind.BOOLEAN),
        (pandera_types.is_int, Kind.INTEGER),
        (pandera_types.is_uint, Kind.INTEGER),
        (pandera_types.is_float, Kind.FLOAT),
    )
    for test, result in tests:
        if test(kind):
            return result
    if pandera_types.is_string(kind):
        closed = any(check.name == "isin" for check in column.checks)
        return Kind.CATEGORY if closed else Kind.TEXT
    return None


@dataclass(frozen=True)
class _Bound:
    value: Any
    closed: bool


def _column(name: str, column: Column) -> ContractColumn:
    metadata: Mapping[str, Any] = column.metadata or {}
    kind = _kind(column)
    assert kind is not None
    low = high = None
    for check in column.checks:
        for side, found in _bounds(check):
            bound = _Bound(_plain(found.value, kind), found.closed)
            if side == "low":
                low = bound if low is None or (bound.value, not bound.closed) > (low.value, not low.closed) else low
            else:
                high = bound if high is None or (bound.value, bound.closed) < (high.value, high.closed) else high
    return ContractColumn(
        name=name,
        kind=kind,
        nullable=bool(column.nullable),
        unique=bool(column.unique),
        required=bool(column.required),
        categories=_categories(column) if kind is Kind.CATEGORY else None,
        low=low.value if low else None,
        high=high.value if high else None,
        low_closed=low.closed if low else True,
        high_closed=high.closed if high else True,
        missing=tuple(str(code) for code in metadata.get("missing", ())),
        numeral=_numeral(metadata),
        unit=str(metadata.get("unit", "")),
        description=str(column.description or metadata.get("description", "")),
        known_at=metadata.get("known_at", "admission"),
        checks=tuple(column.checks),
    )


def _bounds(check: Check) -> Iterator[tuple[str, _Bound]]:
    told = check.statistics or {}
    if check.name == "greater_than_or_equal_to":
        yield "low", _Bound(told["min_value"], closed=True)
    elif check.name == "greater_than":
        yield "low", _Bound(told["min_value"], closed=False)
    elif check.name == "less_than_or_equal_to":
        yield "high", _Bound(told["max_value"], closed=True)
    elif check.name == "less_than":
        yield "high", _Bound(told["max_value"], closed=False)
    elif check.name == "in_range":
        yield "low", _Bound(told["min_value"], closed=told.get("include_min", True))
        yield "high", _Bound(told["max_value"], closed=told.get("include_max", True))


def _plain(value: Any, kind: Kind) -> Any:
    """Python's own number, or for a date column a ``datetime`` (pandas compares dates with text, too)."""
    if kind is Kind.DATETIME:
        return pd.Timestamp(value).to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def _categories(column: Column) -> tuple[str, ...]:
    """The levels in their declared order; of several lists, those that all of them allow."""
    lists = [list(check.statistics["allowed_values"]) for check in column.checks if check.name == "isin"]
    declared = getattr(column.dtype, "categories", None)
    if declared is not None:
        lists.insert(0, list(declared))
    first, *rest = lists
    return tuple(dict.fromkeys(str(level) for level in first if all(level in other for other in rest)))
