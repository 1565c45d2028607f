"""pandera's standard checks as functions over Arrow arrays: fast when nothing fails, exact when something does.

Each kernel returns a mask of the failing rows, or None when no row fails. Null never fails here (pandera ignores it, and
``nullable`` counts it). Aggregates are asked first, because clean data are the rule and a minimum costs a tenth of a mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wardround.contract.model import ContractColumn, Kind

if TYPE_CHECKING:
    from pandera.api.checks import Check

Mask = NDArray[np.bool_]
Kernel = Callable[[pa.Array], "Mask | None"]


def compile_check(check: Check, column: ContractColumn) -> Kernel | None:
    """The kernel of a standard check, or None when pandera itself has to run it."""
    if check.element_wise or check.groupby is not None or not check.ignore_na or check.n_failure_cases is not None:
        return None
    told = dict(check.statistics or {})
    try:
        return _compile(check, told, column)
    except (KeyError, TypeError, ValueError, OverflowError, pa.ArrowInvalid):
        return None  # values of another type than the column's: pandera knows what they mean


def _compile(check: Check, told: dict[str, Any], column: ContractColumn) -> Kernel | None:
    name = check.name
    ordered = column.kind.numeric or column.kind is Kind.DATETIME
    if ordered and name in _BOUNDS:
        low, high, low_closed, high_closed = _BOUNDS[name](told)
        return range_kernel(_scalar(low, column.kind), _scalar(high, column.kind), low_closed, high_closed)
    if name in {"isin", "notin"}:
        values = told["allowed_values" if name == "isin" else "forbidden_values"]
        return member_kernel(values, column.kind, inside=name == "isin")
    if name in {"equal_to", "not_equal_to"}:
        return member_kernel([told["value"]], column.kind, inside=name == "equal_to")
    if name in _TEXT and column.kind in (Kind.TEXT, Kind.CATEGORY):
        return text_kernel(check)
    return None


_BOUNDS: dict[str, Callable[[dict[str, Any]], tuple[Any, Any, bool, bool]]] = {
    "greater_than_or_equal_to": lambda told: (told["min_value"], None, True, True),
    "greater_than": lambda told: (told["min_value"], None, False, True),
    "less_than_or_equal_to": lambda told: (None, told["max_value"], True, True),
    "less_than": lambda told: (None, told["max_value"], True, False),
    "in_range": lambda told: (
        told["min_value"],
        told["max_value"],
        told.get("include_min", True),
        told.get("include_max", True),
    ),
}
_TEXT = frozenset({"str_length", "str_matches", "str_contains", "str_startswith", "str_endswith"})


def _scalar(value: Any, kind: Kind) -> Any:
    """A bound as a Python value that compares with ``pa.Scalar.as_py()``; NaN and text bounds are pandera's to judge."""
    if value is None:
        return None
    if kind is Kind.DATETIME:
        stamp = pd.Timestamp(value)
        if stamp.tz is not None or stamp.nanosecond:
            raise ValueError
        return stamp.to_pydatetime()
    if isinstance(value, str) or pd.isna(value):
        raise ValueError
    plain = value.item() if hasattr(value, "item") else value
    if not isinstance(plain, (int, float)):
        raise TypeError
    return plain


def range_kernel(low: Any, high: Any, low_closed: bool, high_closed: bool) -> Kernel:  # noqa: FBT001 - four bounds
    """Values below ``low`` or above ``high``; an open bound excludes the bound itself."""

    def within(smallest: Any, largest: Any) -> bool:
        above = low is None or (smallest >= low if low_closed else smallest > low)
        return bool(above and (high is None or (largest <= high if high_closed else largest < high)))

    below = pc.less if low_closed else pc.less_equal
    over = pc.greater if high_closed else pc.greater_equal

    def kernel(array: pa.Array) -> Mask | None:
        extremes = pc.min_max(array)
        smallest = extremes["min"].as_py()
        if smallest is None or within(smallest, extremes["max"].as_py()):
            return None
        failing = None
        for bound, compare in ((low, below), (high, over)):
            if bound is not None:
                part = compare(array, pa.scalar(bound))
                failing = part if failing is None else pc.or_(failing, part)
        return _mask(failing)

    return kernel


def member_kernel(values: Sequence[Any], kind: Kind, *, inside: bool) -> Kernel | None:
    """Values that are not in the list (``inside``), or that are."""
    listed = list(values)
    if kind in (Kind.TEXT, Kind.CATEGORY):
        chosen = pa.array([value for value in listed if isinstance(value, str)], pa.string())
    elif kind is Kind.DATETIME:
        chosen = pa.array([_scalar(value, kind) for value in listed], pa.timestamp("us"))
    elif kind is Kind.BOOLEAN:
        if not all(isinstance(value, (bool, np.bool_)) for value in listed):
            return None
        chosen = pa.array([bool(value) for value in listed], pa.bool_())
    else:
        numbers = [_scalar(value, kind) for value in listed]
        if kind is Kind.INTEGER:
            numbers = [int(number) for number in numbers if number == int(number)]
        elif 0.0 in numbers:
            numbers += [0.0, -0.0]  # equal, but not to Arrow's hash table
        chosen = pa.array(numbers, pa.int64() if kind is Kind.INTEGER else pa.float64())

    def kernel(array: pa.Array) -> Mask | None:
        if pa.types.is_dictionary(array.type):
            return _through_dictionary(array, lambda levels: _failing(levels, chosen, inside=inside))
        return _failing(array, chosen, inside=inside)

    return kernel


def _failing(array: pa.Array, chosen: pa.Array, *, inside: bool) -> Mask | None:
    found = pc.is_in(array, value_set=chosen, skip_nulls=True)
    if inside:
        if found.true_count + array.null_count == len(array):
            return None
        return _mask(pc.and_(pc.invert(found), array.is_valid()))
    return _mask(found) if found.true_count else None


def text_kernel(check: Check) -> Kernel:
    """Checks of text, run by pandera itself: its answer; of a dictionary, at the cost of the levels."""

    def judge(texts: pa.Array) -> Mask | None:
        series = texts.to_pandas(types_mapper=_AS_TEXT.get)
        output = np.asarray(check(series).check_output, bool)
        return None if output.all() else ~output

    def kernel(array: pa.Array) -> Mask | None:
        if pa.types.is_dictionary(array.type):
            return _through_dictionary(array, judge)
        if not array.null_count:
            return judge(array)
        wrong = judge(array.drop_null())
        if wrong is None:
            return None
        rows = np.zeros(len(array), np.bool_)
        rows[array.is_valid().to_numpy(zero_copy_only=False)] = wrong
        return rows

    return kernel


#: Text as pandas 3 holds it, which pandas 2 knows, too.
_AS_TEXT = {pa.string(): pd.StringDtype("pyarrow", na_value=np.nan)}


def _through_dictionary(array: pa.Array, judge: Callable[[pa.Array], Mask | None]) -> Mask | None:
    """Judges the levels and carries the answer to the rows; levels that no row has do not count."""
    levels = array.dictionary
    if not len(levels):
        return None
    wrong = judge(levels)
    if wrong is None:
        return None
    codes = array.indices.fill_null(len(levels)).to_numpy(zero_copy_only=False)
    rows: Mask = np.append(wrong, False)[codes]
    return rows if rows.any() else None


def _mask(array: pa.Array) -> Mask | None:
    """An Arrow boolean array as a mask; null does not fail."""
    if not array.true_count:
        return None
    filled: Mask = array.fill_null(False).to_numpy(zero_copy_only=False)
    return filled


def nan_as_null(array: pa.Array) -> pa.Array:
    """A missing float is NaN in pandas, so NaN counts as missing here; a sum is the cheapest way to find one."""
    if not pa.types.is_floating(array.type) or len(array) == array.null_count:
        return array
    total = pc.sum(array).as_py()
    if total is None or not math.isnan(total):
        return array
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
