"""Categories for ``pipelines/features.py``, written down once, so that a code means the same in every part and every version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Up to so many rows, as a service has them, looking texts up one by one is quicker than pandas' own way, and gives the same.
FEW = 1000
_TEXT = pd.StringDtype(na_value=np.nan)
#: The code of a missing value.
_NONE = -1


def category(column: pd.Series[Any], levels: Sequence[Any], other: str | None = None) -> pd.Series[Any]:
    """``column`` as a pandas category with exactly ``levels``; any other value becomes missing, or the last level ``other``.

    ``pd.Categorical(column, categories=levels)`` does the same until a value is not among the levels: pandas 4 will raise then, and a
    new code in tomorrow's data must not stop a service. With ``other``, levels are texts and values are compared as texts.
    """
    return pd.Series(coded(column.array, levels, other), index=column.index, copy=False)


def coded(array: Any, levels: Sequence[Any], other: str | None = None) -> pd.Categorical:
    """As :func:`category`, of the array of a column."""
    choices = tuple(levels) if other is None else (*levels, other)
    if other is not None and not isinstance(array.dtype, pd.StringDtype):
        array = pd.array(array).astype(_TEXT)
    found = _of_text(choices) if isinstance(array.dtype, pd.StringDtype) else None
    if found is not None:
        dtype, places, texts = found
        values = pa.array(array)
        rest = -1 if other is None else len(levels)
        if len(array) <= FEW:
            codes = np.array(
                [_NONE if value is None else places.get(value, rest) for value in values.to_pylist()], np.int8
            )
        else:  # pandas would make a dictionary of the column first, and then look its texts up
            if isinstance(values, pa.ChunkedArray):
                values = values.combine_chunks()
            placed = pc.index_in(values.cast(pa.string()), value_set=texts, skip_nulls=True).fill_null(rest)
            codes = placed.to_numpy().astype(np.int8)
            if other is not None and values.null_count:
                codes[values.is_null().to_numpy(zero_copy_only=False)] = _NONE
        return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
    if other is not None:
        known = pd.Series(array).where(lambda words: words.isna() | words.isin(list(levels)), other).array
        return pd.Categorical(known, categories=list(choices))
    given = pd.Categorical(array)
    index: pd.Index[Any] = pd.Index(choices)
    place = index.get_indexer(pd.Index(given.categories))
    numbers = np.append(place, -1)[given.codes]
    return pd.Categorical.from_codes(numbers, categories=index)


@lru_cache(maxsize=256)
def _of_text(levels: tuple[Any, ...]) -> tuple[pd.CategoricalDtype, dict[str | None, int], pa.Array] | None:
    """The category's type, where each level stands, and the levels for Arrow; None unless the levels are a few different texts."""
    if not all(type(level) is str for level in levels) or len(set(levels)) < len(levels) or len(levels) > 127:
        return None
    places: dict[str | None, int] = {level: place for place, level in enumerate(levels)}
    return pd.CategoricalDtype(pd.Index(levels)), places, pa.array(levels, pa.string())
