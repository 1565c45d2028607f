"""Categories for ``pipelines/features.py``, written down once, so that a code means the same in every part and every version."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

#: Up to so many rows, as a service has them, a dictionary is quicker than pandas' own way, and gives the same.
_FEW = 1000


def category(column: pd.Series[Any], levels: Sequence[Any]) -> pd.Series[Any]:
    """``column`` as a pandas category with exactly ``levels``; any other value becomes missing.

    ``pd.Categorical(column, categories=levels)`` does the same until a value is not among the levels: pandas 4 will raise then, and a
    new code in tomorrow's data must not stop a service.
    """
    if len(column) <= _FEW and isinstance(column.dtype, pd.StringDtype):
        found = _of_text(tuple(levels))
        if found is not None:
            dtype, places = found
            few = [places.get(value, -1) for value in pa.array(column.array).to_pylist()]
            made = pd.Categorical.from_codes(np.array(few, np.int8), dtype=dtype, validate=False)
            return pd.Series(made, index=column.index)
    given = column.astype("category")
    known: pd.Index[Any] = pd.Index(levels)
    place = known.get_indexer(pd.Index(given.cat.categories))
    codes = np.append(place, -1)[given.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, categories=known), index=column.index)


@lru_cache(maxsize=256)
def _of_text(levels: tuple[Any, ...]) -> tuple[pd.CategoricalDtype, dict[str | None, int]] | None:
    """The category's type and where each level stands; None unless the levels are a few different texts."""
    if not all(type(level) is str for level in levels) or len(set(levels)) < len(levels) or len(levels) > 127:
        return None
    return pd.CategoricalDtype(pd.Index(levels)), {level: place for place, level in enumerate(levels)}
