"""The frame that ``build`` returns, made at once: for one encounter most of the time of a service is pandas making columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.errors import Problem, UsageError
from wardround.stages.features.categories import coded
from wardround.stages.features.plain import columns_of

_WHERE = "pipelines/features.py"


def assemble(
    encounters: pd.DataFrame,
    made: Mapping[str, pd.Series[Any] | NDArray[Any]] | None = None,
    *,
    numbers: Iterable[str] = (),
    categories: Mapping[str, Sequence[Any]] | None = None,
    other: str | None = None,
) -> pd.DataFrame:
    """The features of ``encounters``: ``numbers``, then ``categories``, then what was ``made``, each in its order.

    ``numbers`` are columns of ``encounters`` as float64, NaN where missing. ``categories`` are columns with their levels, as
    :func:`wardround.stages.features.category` makes them with ``other``. ``made`` are features by name, each with the index of
    ``encounters`` or an array as long as it. The same as a DataFrame of a dictionary with all these, in half of the time for one
    encounter. Raises :class:`UsageError` that lists every column that is not there or does not fit.
    """
    given = dict(columns_of(encounters))
    plain, levels, made = tuple(numbers), categories or {}, made or {}
    names = (*plain, *levels, *made)
    fitting = {name: array for name, value in made.items() if (array := _fitting(value, encounters)) is not None}
    if len(set(names)) < len(names) or len(fitting) < len(made) or not given.keys() >= {*plain, *levels}:
        raise UsageError(
            problems=list(_problems((*plain, *levels), names, [n for n in made if n not in fitting], given))
        )
    arrays = [
        *(_number(given[name]) for name in plain),
        *(coded(given[name], choices, other) for name, choices in levels.items()),
        *fitting.values(),
    ]
    return from_arrays(arrays, names, encounters.index)


def from_arrays(arrays: Sequence[Any], names: tuple[str, ...], index: pd.Index[Any]) -> pd.DataFrame:
    """``pd.DataFrame(dict(zip(names, arrays)), index=index)``, without looking for lengths and types that are known here."""
    quick = getattr(pd.DataFrame, "_from_arrays", None)
    if quick is None:
        return pd.DataFrame(dict(zip(names, arrays, strict=True)), index=index)
    found = quick(list(arrays), columns=_names(names), index=index, verify_integrity=False)
    assert isinstance(found, pd.DataFrame)
    return found


@lru_cache(maxsize=64)
def _names(names: tuple[str, ...]) -> pd.Index[str]:
    return pd.Index(names)


def _number(array: Any) -> Any:
    """A column as float64; what is no number stays as it is, and is refused with the other features."""
    dtype = array.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return np.asarray(array, dtype=np.float64)
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return array.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _fitting(value: pd.Series[Any] | NDArray[Any], encounters: pd.DataFrame) -> Any:
    """The array of a feature; None when its rows are not those of ``encounters``."""
    if not isinstance(value, pd.Series):
        return value if len(value) == len(encounters) else None
    if value.index is not encounters.index and not value.index.equals(encounters.index):
        return None
    # a copy of what pandas would share: what is written into the features must not be in the encounters. Plain arrays are copied into one block.
    return value.array if isinstance(value.dtype, np.dtype) else value.array.copy()


def _problems(
    taken: Sequence[str], names: Sequence[str], unfit: Sequence[str], given: Mapping[Any, Any]
) -> Iterator[Problem]:
    for name in taken:
        if name not in given:
            yield Problem("the encounters have no such column", where=f"{_WHERE}: {name}", next="name another column")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("a feature stands twice", where=f"{_WHERE}: {name}", next="give each feature a name of its own")
    for name in unfit:
        yield Problem(
            "a feature has other rows than the encounters",
            where=f"{_WHERE}: {name}",
            next="keep the index of the encounters: do not drop, sort or renumber rows on the way to a feature",
        )
