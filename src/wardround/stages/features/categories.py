"""Categories for ``pipelines/features.py``, written down once, so that a code means the same in every part and every version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def category(column: pd.Series[Any], levels: Sequence[Any]) -> pd.Series[Any]:
    """``column`` as a pandas category with exactly ``levels``; any other value becomes missing.

    ``pd.Categorical(column, categories=levels)`` does the same until a value is not among the levels: pandas 4 will raise then, and a
    new code in tomorrow's data must not stop a service.
    """
    given = column.astype("category")
    known: pd.Index[Any] = pd.Index(levels)
    place = known.get_indexer(pd.Index(given.cat.categories))
    codes = np.append(place, -1)[given.cat.codes.to_numpy()]
    return pd.Series(pd.Categorical.from_codes(codes, categories=known), index=column.index)
