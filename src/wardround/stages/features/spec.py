"""What the features are called and how they become numbers: one piece of code for training, evaluation and serving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class FeatureSpec:
    """The features in the order of the matrix's columns.

    ``categorical`` maps the name of each categorical feature to its categories, as text; category i has the code i. All other
    features are numbers.
    """

    names: tuple[str, ...]
    categorical: Mapping[str, tuple[str, ...]]

    @property
    def numeric(self) -> tuple[str, ...]:
        """The names of the numeric features."""
        return tuple(name for name in self.names if name not in self.categorical)

    @property
    def categorical_mask(self) -> list[bool]:
        """For each column of the matrix, whether it holds codes: what scikit-learn calls ``categorical_features``."""
        return [name in self.categorical for name in self.names]

    def positions(self, names: tuple[str, ...]) -> list[int]:
        """The columns of the matrix that hold ``names``."""
        return [self.names.index(name) for name in names]

    def plain(self) -> list[dict[str, Any]]:
        """The spec as JSON types."""
        return [
            {"name": name, "categories": list(self.categorical[name]) if name in self.categorical else None}
            for name in self.names
        ]

    @classmethod
    def from_plain(cls, plain: list[Mapping[str, Any]]) -> Self:
        """The spec that :meth:`plain` described."""
        return cls(
            tuple(str(item["name"]) for item in plain),
            {str(item["name"]): tuple(item["categories"]) for item in plain if item["categories"] is not None},
        )


def encode(frame: pd.DataFrame, spec: FeatureSpec) -> NDArray[np.float64]:
    """The features as a float64 matrix, shape (rows, features), C order.

    A category becomes its code 0..k-1; a missing or unseen category becomes NaN, as a missing number does. Columns of
    ``frame`` that the spec does not name are left out. Raises ``KeyError`` for a missing column.
    """
    matrix = np.empty((len(frame), len(spec.names)), dtype=np.float64)
    for position, name in enumerate(spec.names):
        column = frame[name]
        matrix[:, position] = codes(column, spec.categorical[name]) if name in spec.categorical else numbers(column)
    return matrix


def numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """A numeric or boolean column as float64, missing as NaN."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def codes(column: pd.Series[Any], categories: tuple[str, ...]) -> NDArray[np.float64]:
    """The position of each value in ``categories``; NaN where the value is missing or not among them."""
    given = column.astype("category")
    place = pd.Index(categories, dtype=object).get_indexer(
        pd.Index([str(item) for item in given.cat.categories], dtype=object)
    )
    table = np.append(place.astype(np.float64), -1.0)  # code -1, a missing value, takes the last
    found = table[given.cat.codes.to_numpy()]
    found[found < 0] = np.nan
    return np.asarray(found, dtype=np.float64)
