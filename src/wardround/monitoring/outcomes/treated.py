"""Who was treated because of an alert, as the files of outcomes tell it."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

_TRUE, _FALSE = {"1", "true", "yes"}, {"0", "false", "no"}


class Treatments:
    """For each row whether it was treated (False where nothing is told) and the declared probability of treatment (NaN where none is)."""

    def __init__(self, treated: NDArray[np.bool_], propensity: NDArray[np.float64]) -> None:
        self.treated = treated
        self.propensity = propensity

    @classmethod
    def none(cls, rows: int) -> Self:
        """Nobody was treated."""
        return cls(np.zeros(rows, bool), np.full(rows, np.nan))

    @classmethod
    def of(cls, batch: pa.RecordBatch, columns: tuple[str, str]) -> Self:
        """From the columns of ``treated`` and ``propensity``, both as text; an empty name: not told."""
        found = cls.none(batch.num_rows)
        treated, propensity = columns
        if treated:
            words = pd.Series(batch.column(treated).to_pylist(), dtype="string").str.strip().str.lower()
            numbers = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
            found.treated = words.isin(_TRUE).to_numpy(dtype=bool, na_value=False) | (numbers > 0)
        if propensity:
            words = pd.Series(batch.column(propensity).to_pylist(), dtype="string").str.strip()
            found.propensity = pd.to_numeric(words, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return found

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """One after the other."""
        return cls(
            np.concatenate([part.treated for part in parts]), np.concatenate([part.propensity for part in parts])
        )

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Treatments:
        """Those rows."""
        return Treatments(self.treated[rows], self.propensity[rows])
