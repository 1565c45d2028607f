"""What ``build`` returned, as plain arrays: each column looked at once, whether it becomes a frame or goes straight into a matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wardround.errors import Problem
from wardround.stages.features.spec import FeatureSpec, numbers

_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
_NEITHER = "the feature is neither a number nor a category"


@dataclass(frozen=True)
class Column:
    """A number (float64, NaN where missing), or a category: ``data`` are codes, -1 where missing, and ``levels`` their texts."""

    data: NDArray[Any]
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PlainFeatures:
    """The features by name, in the order of the team's frame; ``index`` is that of the encounters."""

    columns: dict[str, Column]
    index: pd.Index[Any]

    def frame(self) -> pd.DataFrame:
        """The features as they are compared and written: numbers as float64, categories with their levels as text."""
        made: dict[str, Any] = {}
        for name, column in self.columns.items():
            if column.levels is None:
                made[name] = column.data
            else:
                levels = pd.CategoricalDtype(pd.Index(column.levels, dtype=object))
                made[name] = pd.Categorical.from_codes(column.data, dtype=levels)
        return pd.DataFrame(made, index=self.index)

    def unlike(self, spec: FeatureSpec) -> list[str]:
        """The features of ``spec`` that are not here, or of another kind."""
        return [
            name
            for name in spec.names
            if name not in self.columns or (self.columns[name].levels is not None) != (name in spec.categorical)
        ]

    def matrix(self, spec: FeatureSpec, order: Literal["C", "F"] = "C") -> NDArray[np.float64]:
        """The same bits as :func:`wardround.stages.features.spec.encode` of :meth:`frame`; ``order`` "F" has columns together, not rows."""
        made = np.empty((len(self.index), len(spec.names)), dtype=np.float64, order=order)
        for place, name in enumerate(spec.names):
            column = self.columns[name]
            if column.levels is None:
                made[:, place] = column.data
                continue
            wanted = spec.categorical[name]
            if column.levels == wanted:
                made[:, place] = column.data
            else:
                places = {level: code for code, level in enumerate(wanted)}
                table = np.array([*(places.get(level, -1) for level in column.levels), -1], dtype=np.float64)
                made[:, place] = table[column.data]
            made[made[:, place] < 0, place] = np.nan
        return made


def columns_of(made: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Names and arrays of a frame. ``made.items()`` would make a series of each, which is most of the cost of one encounter."""
    arrays = getattr(made, "_iter_column_arrays", None)
    if arrays is None:
        return ((name, column.array) for name, column in made.items())
    return zip(made.columns, arrays(), strict=True)


def plain(name: str, array: Any, where: str) -> Column | Problem:
    """One array of a frame in plain form, or what is wrong with it."""
    if isinstance(array, pd.Categorical):
        levels = _levels(array.dtype)
        if len(set(levels)) < len(levels):
            return Problem("two categories are the same text", where=where, next="declare each category once")
        if not levels:
            return Problem(
                "the feature has no categories",
                where=where,
                next="declare them: category(values, [...]) of wardround.stages.features",
            )
        return Column(array.codes, levels)
    dtype = array.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        values = np.asarray(array, dtype=np.float64)
    elif isinstance(array, _MASKED):
        values = array.to_numpy(dtype=np.float64, na_value=np.nan)
    elif pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        values = numbers(pd.Series(array, name=name))
    else:
        return Problem(
            _NEITHER,
            where=where,
            wanted="a float, int or bool column, or a pandas category with fixed categories",
            found=str(dtype),
            next="for text: category(values, [...]) of wardround.stages.features; for times: a difference in days",
        )
    if _infinite(values):
        return Problem(
            "the feature has infinite values", where=where, next="a division by zero? make such values missing"
        )
    return Column(values)


def _infinite(values: NDArray[np.float64]) -> bool:
    if len(values) > _HANDFUL:
        return bool(np.isinf(values).any())
    items = values.tolist()  # numpy costs more than this, and a service asks it of every feature
    return math.inf in items or -math.inf in items


_HANDFUL = 16
#: Levels of the types that were met last, by the type's identity: a service meets the same ones for every patient.
_MET: dict[int, tuple[pd.CategoricalDtype, tuple[str, ...]]] = {}
_MOST = 256


def _levels(dtype: pd.CategoricalDtype) -> tuple[str, ...]:
    """The levels as text."""
    met = _MET.get(id(dtype))
    if met is not None and met[0] is dtype:
        return met[1]
    levels = tuple(str(level) for level in dtype.categories)
    if len(_MET) >= _MOST:
        _MET.clear()
    _MET[id(dtype)] = (dtype, levels)  # kept with its type, so that no other can have that identity
    return levels
