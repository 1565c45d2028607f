"""Categories for ``pipelines/features.py``, written down once, so that a code means the same in every part and every version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: Up to so many rows, as a service has them, a dictionary is quicker than pandas' own way, and gives the same.
_FEW = 1000


def category(column: pd.Series[Any], levels: Sequence[Any]) -> pd.Series[Any]:
    """``column`` as a pandas category with exactly ``levels``; any other value becomes missing.

    ``pd.Categorical(column, categories=levels)`` does the same until a value is not among the levels: pandas 4 will raise then, and a
    new code in tomorrow's data must not stop a service.
    """
    found = _of_text(tuple(levels)) if isinstance(column.dtype, pd.StringDtype) else None
    if found is not None:
        dtype, places, texts = found
        values = pa.array(column.array)
        if len(column) <= _FEW:
            codes = np.array([places.get(value, -1) for value in values.to_pylist()], np.int8)
        else:  # pandas would make a dictionary of the column first, and then look its texts up
            if isinstance(values, pa.ChunkedArray):
                values = values.combine_chunks()
            codes = (
                pc.index_in(values.cast(pa.string()), value_set=texts, skip_nulls=True)
                .fill_null(-1)
                .to_numpy()
                .astype(np.int8)
            )
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype, validate=False), index=column.index)
    given = column.astype("category")
    known: pd.Index[Any] = pd.Index(levels)
    place = known.get_indexer(pd.Index(given.cat.categories))
    numbers = np.append(place, -1)[given.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(numbers, categories=known), index=column.index)


@lru_cache(maxsize=256)
def _of_text(levels: tuple[Any, ...]) -> tuple[pd.CategoricalDtype, dict[str | None, int], pa.Array] | None:
    """The category's type, where each level stands, and the levels for Arrow; None unless the levels are a few different texts."""
    if not all(type(level) is str for level in levels) or len(set(levels)) < len(levels) or len(levels) > 127:
        return None
    places: dict[str | None, int] = {level: place for place, level in enumerate(levels)}
    return pd.CategoricalDtype(pd.Index(levels)), places, pa.array(levels, pa.string())
