"""A column of the table in the contract's type, or the answer that it is of another kind."""

from __future__ import annotations

import pyarrow as pa

from wardround.contract.kernels import nan_as_null
from wardround.contract.model import Kind


def conform(array: pa.Array, kind: Kind) -> pa.Array | None:
    """``array`` in the contract's type, NaN as null; None when it is of another kind, which is a failure of every row."""
    found = array.type
    if kind in (Kind.TEXT, Kind.CATEGORY):
        if pa.types.is_dictionary(found):
            return array if pa.types.is_string(found.value_type) else _cast(array, pa.string())
        if pa.types.is_string(found):
            return array
        return _cast(array, pa.string()) if _texts(found) or pa.types.is_null(found) else None
    if pa.types.is_null(found):
        return _cast(array, _ARROW[kind])
    fits = {
        Kind.INTEGER: pa.types.is_integer,
        Kind.FLOAT: lambda kind: pa.types.is_floating(kind) or pa.types.is_integer(kind),
        Kind.BOOLEAN: pa.types.is_boolean,
        Kind.DATETIME: lambda kind: pa.types.is_timestamp(kind) or pa.types.is_date(kind),
    }[kind](found)
    if not fits:
        return None
    return nan_as_null(array if found == _ARROW[kind] else _cast(array, _ARROW[kind]))


_ARROW = {
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATETIME: pa.timestamp("us"),
}


def _texts(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _cast(array: pa.Array, kind: pa.DataType) -> pa.Array | None:
    try:
        return array.cast(kind)
    except pa.ArrowInvalid:
        return None
