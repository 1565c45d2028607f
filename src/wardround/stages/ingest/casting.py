"""One raw column as the contract's type. A cell that cannot be read becomes null and is reported by position, never quoted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract import ContractColumn, Kind
from wardround.stages.ingest.dates import read_date
from wardround.tables import Numeral

STAMP = pa.timestamp("us")
_INTEGER = r"^[+-]?[0-9]{1,18}$"
_TRUE, _FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")


@dataclass(frozen=True)
class Wanted:
    """What a column shall become. ``day_first`` orders dates such as 3/4/2024; None: dates so written cannot be read."""

    name: str
    kind: Kind
    missing: tuple[str, ...] = ()
    day_first: bool | None = None
    declared: bool = True
    numeral: Numeral | None = None
    missing_numbers: tuple[float, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "missing_numbers", tuple(_numbers(self.missing)))

    @classmethod
    def of(cls, column: ContractColumn, *, day_first: bool | None = None) -> Wanted:
        """What the contract wants."""
        return cls(column.name, column.kind, column.missing, day_first, numeral=column.numeral)

    @property
    def type(self) -> pa.DataType:
        """The type in the snapshot."""
        return ContractColumn(self.name, self.kind).arrow_type


def _numbers(texts: tuple[str, ...]) -> list[float]:
    found = []
    for text in texts:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return found


def cast_column(raw: pa.Array, wanted: Wanted) -> tuple[pa.Array, NDArray[np.bool_] | None]:
    """The column as ``wanted.type`` and a mask of the cells that had a value which could not be read (None: no such cell).

    Empty text, white space, NaN and the declared missing codes become null without being reported. Text is trimmed.
    """
    if pa.types.is_string(raw.type):
        raw = pc.ascii_trim_whitespace(raw)
        absent = pc.equal(raw, "")
        if wanted.missing:
            absent = pc.or_(absent, pc.is_in(raw, pa.array(wanted.missing, pa.string())))
        raw = _null_where(raw, absent)
        values = _from_text(raw if wanted.numeral is None else wanted.numeral.plain(raw), wanted)
    else:
        raw, values = _from_native(raw, wanted)
    mask = None
    if values.null_count != raw.null_count:  # a cell without a value never gets one, so equal counts are equal cells
        failed = pc.and_(pc.is_valid(raw), pc.is_null(values))
        mask = failed.to_numpy(zero_copy_only=False).astype(np.bool_)
    if wanted.missing and (not pa.types.is_string(raw.type) or wanted.kind.numeric):
        values = _without_codes(values, wanted)
    return values, mask


def _null_where(values: pa.Array, mask: Any) -> pa.Array:
    return pc.if_else(pc.fill_null(mask, False), pa.scalar(None, values.type), values)


def _without_codes(values: pa.Array, wanted: Wanted) -> pa.Array:
    if wanted.kind.numeric:
        codes = [number for number in wanted.missing_numbers if wanted.kind is Kind.FLOAT or number.is_integer()]
        return (
            _null_where(values, pc.is_in(values, pa.array(codes, pa.float64()).cast(values.type))) if codes else values
        )
    if wanted.kind is Kind.DATETIME:
        moments = [read_date(code, day_first=wanted.day_first) for code in wanted.missing]
        return _null_where(values, pc.is_in(values, pa.array([item for item in moments if item], STAMP)))
    text = values if pa.types.is_string(values.type) else values.cast(pa.string())
    return _null_where(values, pc.is_in(text, pa.array(wanted.missing, pa.string())))


def _from_text(raw: pa.Array, wanted: Wanted) -> pa.Array:
    match wanted.kind:
        case Kind.INTEGER:
            return _integers(raw)
        case Kind.FLOAT:
            return _floats(raw)
        case Kind.BOOLEAN:
            return _booleans(raw)
        case Kind.DATETIME:
            return _stamps(raw, day_first=wanted.day_first)
        case _:
            return raw


def _integers(raw: pa.Array) -> pa.Array:
    plain = pc.match_substring_regex(raw, _INTEGER)
    easy = pc.if_else(plain, pc.ascii_ltrim(raw, "+"), pa.scalar(None, pa.string())).cast(pa.int64())
    if easy.null_count == raw.null_count:
        return easy
    return pc.coalesce(easy, _each(_null_where(raw, plain), _integer, pa.int64()))


def _integer(text: str) -> int | None:
    """An integer, also written ``3.0`` (as spreadsheets and pandas do beside gaps), within 64 bits."""
    try:
        value = int(text, 10) if text.isascii() and "_" not in text else None
    except ValueError:
        number = _float(text)
        # Beyond 2**53 a float text may stand for several integers.
        value = int(number) if number is not None and number.is_integer() and abs(number) <= 2**53 else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _floats(raw: pa.Array) -> pa.Array:
    try:
        values = raw.cast(pa.float64())
    except pa.ArrowInvalid:
        return _each(raw, _float, pa.float64())
    return (
        values
        if pc.all(pc.is_finite(values)).as_py() is not False
        else _null_where(values, pc.invert(pc.is_finite(values)))
    )


def _float(text: str) -> float | None:
    """A finite number in Python's notation, without digit separators."""
    try:
        value = float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
    return value if value is not None and np.isfinite(value) else None


def _booleans(raw: pa.Array) -> pa.Array:
    text = pc.ascii_lower(raw)
    yes, no = pc.is_in(text, pa.array(_TRUE)), pc.is_in(text, pa.array(_FALSE))
    return pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))


def _stamps(raw: pa.Array, *, day_first: bool | None) -> pa.Array:
    try:
        return raw.cast(STAMP)
    except pa.ArrowInvalid:
        return _each(raw, lambda text: read_date(text, day_first=day_first), STAMP)


def _each(raw: pa.Array, read: Any, kind: pa.DataType) -> pa.Array:
    """Slow but exact: ``read`` applied to each distinct text once."""
    encoded = raw.dictionary_encode()
    values = pa.array([read(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def _is_finite(values: pa.Array) -> bool:
    """Whether a sum shows that all values are: clean data are the rule, and it costs a tenth of two masks."""
    total = pc.sum(values).as_py()
    return total is None or math.isfinite(total)


def _from_native(raw: pa.Array, wanted: Wanted) -> tuple[pa.Array, pa.Array]:
    """A column that the source has typed already (Parquet): exact conversions only, text in between where types differ.

    The first result is the raw column with NaN as null.
    """
    kind = raw.type
    if pa.types.is_floating(kind):
        raw = raw.cast(pa.float64())
        is_finite = _is_finite(raw)
        raw = raw if is_finite else _null_where(raw, pc.is_nan(raw))
        if is_finite and wanted.kind is Kind.FLOAT:
            return raw, raw
    target = wanted.type
    if raw.type == target:
        return raw, _null_where(raw, pc.is_inf(raw)) if wanted.kind is Kind.FLOAT else raw
    if pa.types.is_null(kind):
        return raw, pa.nulls(len(raw), target)
    if wanted.kind is Kind.INTEGER and pa.types.is_floating(kind):
        whole = pc.and_(pc.equal(pc.floor(raw), raw), pc.less_equal(pc.abs(raw), 2.0**53))
        return raw, pc.if_else(whole, raw, pa.scalar(None, pa.float64())).cast(pa.int64())
    if wanted.kind is Kind.DATETIME and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return raw, raw.cast(pa.timestamp("us", getattr(kind, "tz", None)), safe=False).cast(STAMP, safe=False)
    if wanted.kind is Kind.FLOAT and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return raw, raw.cast(pa.float64(), safe=False)
    if wanted.kind is Kind.INTEGER and pa.types.is_boolean(kind):
        return raw, raw.cast(pa.int64())
    if wanted.kind in (Kind.TEXT, Kind.CATEGORY) and pa.types.is_floating(kind):
        # Identifiers that pandas wrote as floats because one was missing: 123456789012.0 is 123456789012.
        whole = pc.and_(pc.equal(pc.floor(raw), raw), pc.less_equal(pc.abs(raw), 2.0**53))
        integers = pc.if_else(whole, raw, pa.scalar(None, pa.float64())).cast(pa.int64()).cast(pa.string())
        return raw, pc.coalesce(integers, raw.cast(pa.string()))
    return raw, _from_text(raw.cast(pa.string()), wanted)
